//! Bytes that are read in parts.

/// Bytes that are read in parts, so that the engine need not hold all of them: a slice, or an array of JavaScript's.
pub trait Source {
    /// Their number.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `part` with the bytes from `start` on, of which there are as many.
    fn read(&self, start: usize, part: &mut [u8]);
}

impl Source for &[u8] {
    fn len(&self) -> usize {
        <[u8]>::len(self)
    }

    fn read(&self, start: usize, part: &mut [u8]) {
        if let Some(bytes) = self.get(start..).and_then(|bytes| bytes.get(..part.len())) {
            part.copy_from_slice(bytes);
        }
    }
}

/// Appends the bytes of a range that is within the source.
pub(super) fn append(source: &dyn Source, range: std::ops::Range<usize>, bytes: &mut Vec<u8>) {
    let end = bytes.len();
    bytes.resize(end + range.len(), 0);
    source.read(range.start, &mut bytes[end..]);
}

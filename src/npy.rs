//! numpy's file formats.

use crate::error::{Error, ErrorKind, Result};
use crate::tensor::{Tensor, TensorData, for_any_data};
use half::f16;

/// The most dimensions that numpy reads.
const MAX_DIMENSIONS: usize = 64;

/// A tensor as a `.npy` file: byte for byte what `np.save` writes.
///
/// # Errors
/// [`ErrorKind::TooLarge`] for more than 64 dimensions, which numpy does not read.
pub fn write_npy(tensor: &Tensor) -> Result<Vec<u8>> {
    let shape = tensor.shape();
    if shape.len() > MAX_DIMENSIONS {
        return Err(too_large(format!("a tensor of {} dimensions; numpy has at most {MAX_DIMENSIONS}", shape.len())));
    }
    Ok(for_any_data!(tensor.data(), values => npy_of(shape, values)))
}

/// Writes a `.npz` file, numpy's archive of arrays by name, in parts. The file is what [`add`](Self::add) and
/// [`finish`](Self::finish) return, one after the other; so it need not be in memory as a whole.
///
/// It is a Zip archive without compression, as `np.savez` writes: an entry `NAME.npy` for the array `NAME`.
///
/// ```
/// use convscope::npy::NpzWriter;
/// use convscope::{Tensor, TensorData};
///
/// let weights = Tensor::new(vec![2, 2], TensorData::F32(vec![1.0, 0.0, 0.0, 1.0]))?;
/// let mut writer = NpzWriter::default();
/// let mut file = writer.add("weights", &weights)?;
/// file.extend(writer.finish());
/// # assert!(file.starts_with(b"PK"));
/// # Ok::<(), convscope::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct NpzWriter {
    /// Length of the parts so far.
    position: u32,
    /// The archive's directory so far.
    directory: Vec<u8>,
    entries: u16,
}

impl NpzWriter {
    /// The archive's next part, with an array `name`. Names must differ from each other.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`] for more than an archive or numpy can hold: 4 GiB, 65,534 arrays, names of 65,531 bytes,
    /// 64 dimensions. The array is then not in the archive, which can go on.
    pub fn add(&mut self, name: &str, tensor: &Tensor) -> Result<Vec<u8>> {
        let name = format!("{name}.npy");
        let npy = write_npy(tensor)?;
        let beyond = || too_large(format!("the array '{name}' is more than a Zip archive without extensions can hold"));
        let name_len = u16::try_from(name.len()).map_err(|_| beyond())?;
        let len = u32::try_from(npy.len()).map_err(|_| beyond())?;

        // What the entry's own header and its copy in the directory have in common (section 4.3 of Zip's APPNOTE.TXT).
        let mut common = Vec::with_capacity(26);
        common.extend(20u16.to_le_bytes()); // needs version 2.0
        let is_utf8 = if name.is_ascii() { 0u16 } else { 1 << 11 };
        common.extend(is_utf8.to_le_bytes());
        common.extend(0u16.to_le_bytes()); // stored
        common.extend([0, 0, 0x21, 0]); // midnight of 1 January 1980
        common.extend(crc32fast::hash(&npy).to_le_bytes());
        common.extend(len.to_le_bytes()); // compressed
        common.extend(len.to_le_bytes()); // uncompressed
        common.extend(name_len.to_le_bytes());
        common.extend(0u16.to_le_bytes()); // no extra field

        let mut part = Vec::with_capacity(4 + common.len() + name.len() + npy.len());
        part.extend(b"PK\x03\x04");
        part.extend(&common);
        part.extend(name.as_bytes());
        part.extend(npy);

        let mut record = Vec::with_capacity(20 + common.len() + name.len());
        record.extend(b"PK\x01\x02");
        record.extend([20, 3]); // made by version 2.0 on Unix
        record.extend(&common);
        record.extend([0; 6]); // no comment, first disk, no internal attributes
        record.extend((0o644u32 << 16).to_le_bytes());
        record.extend(self.position.to_le_bytes());
        record.extend(name.as_bytes());

        // The largest numbers would mean that the true ones are in an extension.
        let entries = self.entries.checked_add(1).filter(|&entries| entries < u16::MAX);
        let added = part.len() + self.directory.len() + record.len();
        let end = u64::from(self.position) + added as u64;
        let (Some(entries), true) = (entries, end < u32::MAX.into()) else {
            return Err(beyond());
        };
        self.entries = entries;
        self.position += part.len() as u32;
        self.directory.extend(record);
        Ok(part)
    }

    /// The archive's last part.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        let directory_len = self.directory.len() as u32;
        let mut part = self.directory;
        part.extend(b"PK\x05\x06");
        part.extend([0; 4]); // on the first disk
        part.extend(self.entries.to_le_bytes()); // on this disk
        part.extend(self.entries.to_le_bytes());
        part.extend(directory_len.to_le_bytes());
        part.extend(self.position.to_le_bytes());
        part.extend([0; 2]); // no comment
        part
    }
}

/// A `.npy` file, format 1.0 (`numpy/lib/_format_impl.py`), of at most [`MAX_DIMENSIONS`].
fn npy_of<T: Element>(shape: &[usize], values: &[T]) -> Vec<u8> {
    let dimensions: Vec<_> = shape.iter().map(usize::to_string).collect();
    let tuple = match dimensions.as_slice() {
        [only] => format!("({only},)"),
        all => format!("({})", all.join(", ")),
    };
    let mut header = format!("{{'descr': '{}', 'fortran_order': False, 'shape': {tuple}, }}", T::DESCR);
    // numpy leaves room for the first dimension to grow to 21 digits,
    if let Some(first) = dimensions.first() {
        header.extend(std::iter::repeat_n(' ', 21 - first.len()));
    }
    // and lets the data begin at a multiple of 64, at least one space and a line feed later.
    let before_header = 10;
    header.extend(std::iter::repeat_n(' ', 64 - (before_header + header.len() + 1) % 64));
    header.push('\n');

    let mut npy = Vec::with_capacity(before_header + header.len() + size_of_val(values));
    npy.extend(b"\x93NUMPY\x01\x00");
    npy.extend((header.len() as u16).to_le_bytes());
    npy.extend(header.as_bytes());
    for value in values {
        value.push_to(&mut npy);
    }
    npy
}

/// What numpy calls an element type, and how it stores an element.
trait Element {
    const DESCR: &str;
    fn push_to(&self, bytes: &mut Vec<u8>);
}

macro_rules! impl_element {
    ($($number:ty: $descr:literal,)*) => {
        $(impl Element for $number {
            const DESCR: &str = $descr;
            fn push_to(&self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }
        })*
    };
}
impl_element! {
    u8: "|u1", u16: "<u2", u32: "<u4", u64: "<u8",
    i8: "|i1", i16: "<i2", i32: "<i4", i64: "<i8",
    f16: "<f2", f32: "<f4", f64: "<f8",
}

impl Element for bool {
    const DESCR: &str = "|b1";
    fn push_to(&self, bytes: &mut Vec<u8>) {
        bytes.push((*self).into());
    }
}

fn too_large(message: String) -> Error {
    Error::new(ErrorKind::TooLarge, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_numpy_cannot_read_is_refused() {
        let of_rank = |rank| Tensor::new(vec![1; rank], TensorData::U8(vec![0])).unwrap();
        assert!(write_npy(&of_rank(64)).is_ok());
        assert_eq!(write_npy(&of_rank(65)).unwrap_err().kind(), ErrorKind::TooLarge);
    }

    #[test]
    fn an_archive_goes_on_after_an_array_that_it_cannot_hold() {
        let dot = Tensor::new(vec![], TensorData::U8(vec![7])).unwrap();
        let mut plain = NpzWriter::default();
        plain.add("dot", &dot).unwrap();

        let mut archive = NpzWriter::default();
        let error = archive.add(&"x".repeat(65_532), &dot).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        archive.add("dot", &dot).unwrap();
        assert_eq!(archive.finish(), plain.finish());
    }

    #[test]
    fn an_archive_holds_65534_arrays() {
        let dot = Tensor::new(vec![], TensorData::U8(vec![7])).unwrap();
        let mut archive = NpzWriter::default();
        for index in 0..65_534 {
            archive.add(&index.to_string(), &dot).unwrap();
        }
        assert_eq!(archive.add("last", &dot).unwrap_err().kind(), ErrorKind::TooLarge);
    }
}

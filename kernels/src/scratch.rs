//! Memory that is kept from one computation to the next: new memory has to be cleared.

/// Bytes of a line of a cache: vectors that lie across two of them take twice as long to read.
const LINE: usize = 64;

/// Room for `size` numbers, which are what they were before, from the beginning of a line of the cache on.
pub(crate) fn room(memory: &mut Vec<f32>, size: usize) -> &mut [f32] {
    let needed = size + LINE / size_of::<f32>();
    if memory.len() < needed {
        *memory = vec![0.0; needed];
    }
    let first = memory.as_ptr().align_offset(LINE).min(needed - size);
    &mut memory[first..first + size]
}

//! Memory that is kept from one computation to the next: new memory has to be cleared.

/// Room for `size` numbers, which are what they were before.
pub(crate) fn room(memory: &mut Vec<f32>, size: usize) -> &mut [f32] {
    if memory.len() < size {
        *memory = vec![0.0; size];
    }
    &mut memory[..size]
}

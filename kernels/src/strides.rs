//! Values that are two apart, as a stride of two meets them.

use crate::simd::{F32x4, LANES};

/// Copies every second one of `values`, from the first on, to `evens`, and the others to `odds`, as far as there is room.
pub(crate) fn split(values: &[f32], evens: &mut [f32], odds: &mut [f32]) {
    let blocks = values.as_chunks::<{ 2 * LANES }>().0;
    let whole = blocks.len().min(evens.len() / LANES).min(odds.len() / LANES);
    let targets = evens.as_chunks_mut::<LANES>().0.iter_mut().zip(odds.as_chunks_mut::<LANES>().0);
    for (block, (evens, odds)) in blocks.iter().zip(targets) {
        let [even, odd] = unzip(block);
        even.store(evens);
        odd.store(odds);
    }
    let rest = &values[whole * 2 * LANES..];
    copy_one_by_one(rest, &mut evens[whole * LANES..]);
    copy_one_by_one(rest.get(1..).unwrap_or_default(), &mut odds[whole * LANES..]);
}

/// Copies every second one of `values`, from the first on, to `target`, as far as there is room.
pub(crate) fn copy(values: &[f32], target: &mut [f32]) {
    let (blocks, targets) = (values.as_chunks::<{ 2 * LANES }>().0, target.as_chunks_mut::<LANES>().0);
    let whole = blocks.len().min(targets.len());
    for (block, target) in blocks.iter().zip(targets) {
        unzip(block)[0].store(target);
    }
    copy_one_by_one(&values[whole * 2 * LANES..], &mut target[whole * LANES..]);
}

/// Those with even places, and those with odd ones.
#[inline(always)]
pub(crate) fn unzip(block: &[f32; 2 * LANES]) -> [F32x4; 2] {
    F32x4::unzipped(F32x4::load(block), F32x4::load(&block[LANES..]))
}

fn copy_one_by_one(values: &[f32], target: &mut [f32]) {
    for (target, value) in target.iter_mut().zip(values.iter().step_by(2)) {
        *target = *value;
    }
}

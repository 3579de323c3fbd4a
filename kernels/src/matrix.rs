//! Products of matrices, in tiles that fit the machine's vectors and registers.

use crate::simd::F32x4;
use std::array::from_fn;
use std::ops::Range;

/// Rows of a tile. With [`COLUMNS`], as many sums as WebAssembly's compilers keep in the 16 vectors that x86 has, beside what
/// is added to them.
const ROWS: usize = 3;
/// Columns of a tile.
pub(crate) const COLUMNS: usize = 12;
const VECTORS: usize = COLUMNS / 4;

/// The left one of two matrices, in the order in which products read it: for every [`ROWS`] rows, column after column.
#[derive(Debug)]
pub(crate) struct Panels {
    rows: usize,
    depth: usize,
    values: Vec<f32>,
}

/// What is already in the product.
#[derive(Clone, Copy)]
pub(crate) enum Start<'a> {
    /// The values that are there.
    Continue,
    /// One value a row.
    Rows(&'a [f32]),
    Zero,
}

impl Panels {
    /// All zero.
    pub(crate) fn zero(rows: usize, depth: usize) -> Self {
        Self { rows, depth, values: vec![0.0; rows.next_multiple_of(ROWS) * depth] }
    }

    /// The rows of a matrix, one after the other.
    pub(crate) fn from_rows(matrix: &[f32], depth: usize) -> Self {
        let mut panels = Self::zero(matrix.len() / depth, depth);
        for (row, values) in matrix.chunks_exact(depth).enumerate() {
            for (column, value) in values.iter().enumerate() {
                *panels.at(row, column) = *value;
            }
        }
        panels
    }

    pub(crate) fn at(&mut self, row: usize, column: usize) -> &mut f32 {
        &mut self.values[(row / ROWS * self.depth + column) * ROWS + row % ROWS]
    }

    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// Adds to `product` the columns `depths` of this times `right`.
    ///
    /// `right` has for every [`COLUMNS`] columns row after row, `depths.len()` of them. `product` has its rows `stride`
    /// apart, of which the first `columns` are computed.
    pub(crate) fn multiply(
        &self,
        depths: Range<usize>,
        right: &[f32],
        product: &mut [f32],
        stride: usize,
        columns: usize,
        start: Start,
    ) {
        for (panel, left) in self.values.chunks_exact(self.depth * ROWS).enumerate() {
            let left = &left[depths.start * ROWS..depths.end * ROWS];
            let first = panel * ROWS;
            let height = ROWS.min(self.rows - first);
            for (block, right) in right.chunks_exact(depths.len() * COLUMNS).enumerate() {
                let column = block * COLUMNS;
                let width = COLUMNS.min(columns - column);
                let place = |row: usize| (first + row) * stride + column;
                let mut sums = [[F32x4::splat(0.0); VECTORS]; ROWS];
                for (row, sums) in sums.iter_mut().enumerate().take(height) {
                    match start {
                        Start::Zero => {}
                        Start::Rows(values) => *sums = [F32x4::splat(values[first + row]); VECTORS],
                        Start::Continue => *sums = load(&product[place(row)..][..width]),
                    }
                }
                add_tile(left, right, &mut sums);
                for (row, sums) in sums.iter().enumerate().take(height) {
                    store(sums, &mut product[place(row)..][..width]);
                }
            }
        }
    }
}

/// Up to [`COLUMNS`] values. Copies of a length that the compiler knows are no calls.
#[inline(always)]
fn load(values: &[f32]) -> [F32x4; VECTORS] {
    let load = |values: &[f32; COLUMNS]| from_fn(|vector| F32x4::load(&values[4 * vector..]));
    if let Ok(values) = values.try_into() {
        return load(values);
    }
    let mut padded = [0.0; COLUMNS];
    for (padded, value) in padded.iter_mut().zip(values) {
        *padded = *value;
    }
    load(&padded)
}

/// Sets up to [`COLUMNS`] values.
#[inline(always)]
fn store(vectors: &[F32x4; VECTORS], values: &mut [f32]) {
    let store = |values: &mut [f32; COLUMNS]| {
        for (vector, values) in vectors.iter().zip(values.as_chunks_mut::<4>().0) {
            vector.store(values);
        }
    };
    if let Ok(values) = values.try_into() {
        return store(values);
    }
    let mut padded = [0.0; COLUMNS];
    store(&mut padded);
    for (value, padded) in values.iter_mut().zip(padded) {
        *value = padded;
    }
}

/// Adds to `sums` the product of a panel of [`ROWS`] rows and one of [`COLUMNS`] columns.
#[inline(never)]
fn add_tile(left: &[f32], right: &[f32], sums: &mut [[F32x4; VECTORS]; ROWS]) {
    // In registers, of which the caller's memory is none.
    let mut local = *sums;
    let ((left, _), (right, _)) = (left.as_chunks::<ROWS>(), right.as_chunks::<COLUMNS>());
    for (left, right) in left.iter().zip(right) {
        let right: [F32x4; VECTORS] = from_fn(|vector| F32x4::load(&right[4 * vector..]));
        for (sums, &factor) in local.iter_mut().zip(left) {
            let factor = F32x4::splat(factor);
            for (sum, &value) in sums.iter_mut().zip(&right) {
                *sum = *sum + factor * value;
            }
        }
    }
    *sums = local;
}

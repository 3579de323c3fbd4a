//! Products of matrices, in tiles that fit the machine's vectors and registers.

use crate::simd::{F32x4, LANES};
use std::array::from_fn;
use std::ops::Range;

/// Columns of a tile. With three rows, as many sums as WebAssembly's compilers keep in the 16 vectors that x86 has, beside
/// what is added to them.
pub(crate) const COLUMNS: usize = 12;

/// The left one of two matrices.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    /// One row after the other.
    pub(crate) values: &'a [f32],
    /// Length of a row.
    pub(crate) depth: usize,
}

/// Where a product is to be.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    /// From a row to the next one.
    pub(crate) row_stride: usize,
    /// From [`LANES`] columns to the next ones.
    pub(crate) lanes_stride: usize,
    /// Columns that are computed.
    pub(crate) columns: usize,
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

/// Where a value of the right matrix is, which has for every [`COLUMNS`] columns a panel: row after row of them. The last
/// panel is as narrow as vectors allow, the number of `columns` being a multiple of [`LANES`].
pub(crate) fn place(columns: usize, depth: usize, row: usize, column: usize) -> usize {
    let (panel, column) = (column / COLUMNS * COLUMNS, column % COLUMNS);
    panel * depth + row * COLUMNS.min(columns - panel) + column
}

impl Rows<'_> {
    /// Adds to `product` the columns `depths` of this times `right`, whose panels have `depths.len()` rows ([`place`]).
    pub(crate) fn multiply(
        self,
        depths: Range<usize>,
        right: &[f32],
        product: &mut [f32],
        layout: Layout,
        start: Start,
    ) {
        for (block, panel) in right.chunks(depths.len() * COLUMNS).enumerate() {
            let first = block * COLUMNS;
            let product = &mut product[first / LANES * layout.lanes_stride..];
            let layout = Layout { columns: COLUMNS.min(layout.columns - first), ..layout };
            let depths = depths.clone();
            // As many sums as hide how long one takes.
            match panel.len() / depths.len() / LANES {
                1 => self.multiply_panel(add_6_rows, depths, panel, product, layout, start),
                2 => self.multiply_panel(add_4_rows, depths, panel, product, layout, start),
                _ => self.multiply_panel(add_3_rows, depths, panel, product, layout, start),
            }
        }
    }

    fn multiply_panel<const ROWS: usize, const VECTORS: usize>(
        self,
        add_tile: impl Fn([&[f32]; ROWS], &[f32], &mut [[F32x4; VECTORS]; ROWS]),
        depths: Range<usize>,
        panel: &[f32],
        product: &mut [f32],
        layout: Layout,
        start: Start,
    ) {
        for (group, left) in self.values.chunks(self.depth * ROWS).enumerate() {
            let height = left.len() / self.depth;
            // Rows beyond the last one repeat it, for nothing.
            let left = from_fn(|row| &left[row.min(height - 1) * self.depth..][depths.clone()]);
            let first = group * ROWS;
            let place = |row: usize, vector: usize| {
                let start = (first + row) * layout.row_stride + vector * layout.lanes_stride;
                start..start + LANES.min(layout.columns - vector * LANES)
            };
            let mut sums = [[F32x4::splat(0.0); VECTORS]; ROWS];
            for (row, sums) in sums.iter_mut().enumerate().take(height) {
                match start {
                    Start::Zero => {}
                    Start::Rows(values) => *sums = [F32x4::splat(values[first + row]); VECTORS],
                    Start::Continue => *sums = from_fn(|vector| F32x4::load_some(&product[place(row, vector)])),
                }
            }
            add_tile(left, panel, &mut sums);
            for (row, sums) in sums.iter().enumerate().take(height) {
                for (vector, sum) in sums.iter().enumerate() {
                    sum.store_some(&mut product[place(row, vector)]);
                }
            }
        }
    }
}

/// Defines a function that adds to `sums` the product of some rows and a panel.
macro_rules! define_tile {
    ($name:ident, $rows:literal rows $first:ident $($row:ident)+, $vectors:literal vectors) => {
        #[inline(never)]
        fn $name([$first, $($row),+]: [&[f32]; $rows], panel: &[f32], sums: &mut [[F32x4; $vectors]; $rows]) {
            // In registers, of which the caller's memory is none.
            let mut local = *sums;
            let values = panel.as_chunks::<{ $vectors * LANES }>().0.iter();
            // Rows by name: the compiler makes slower code of an array of them.
            for (values, nested!($first $($row)+)) in values.zip(zipped!($first $($row)+)) {
                let values: [F32x4; $vectors] = from_fn(|vector| F32x4::load(&values[LANES * vector..]));
                for (sums, factor) in local.iter_mut().zip([*$first, $(*$row),+]) {
                    let factor = F32x4::splat(factor);
                    for (sum, &value) in sums.iter_mut().zip(&values) {
                        *sum = *sum + factor * value;
                    }
                }
            }
            *sums = local;
        }
    };
}

/// An iterator over some slices at once.
macro_rules! zipped {
    ($first:ident) => { $first };
    ($first:ident $($row:ident)+) => { $first.iter().zip(zipped!($($row)+)) };
}

/// What [`zipped`] gives.
macro_rules! nested {
    ($first:ident) => { $first };
    ($first:ident $($row:ident)+) => { ($first, nested!($($row)+)) };
}

define_tile!(add_3_rows, 3 rows a b c, 3 vectors);
define_tile!(add_4_rows, 4 rows a b c d, 2 vectors);
define_tile!(add_6_rows, 6 rows a b c d e f, 1 vectors);

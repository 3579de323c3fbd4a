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
    /// Adds to `product`, whose rows are a `stride` apart, some `columns` of the columns `depths` of this times `right`, whose
    /// panels have `depths.len()` rows ([`place`]).
    pub(crate) fn multiply(
        self,
        depths: Range<usize>,
        right: &[f32],
        columns: usize,
        product: &mut [f32],
        stride: usize,
        start: Start,
    ) {
        for (block, panel) in right.chunks(depths.len() * COLUMNS).enumerate() {
            let first = block * COLUMNS;
            let target = Target { product: &mut product[first..], stride, columns: COLUMNS.min(columns - first) };
            let depths = depths.clone();
            // As many sums as hide how long one takes.
            match panel.len() / depths.len() / LANES {
                1 => self.multiply_panel::<6, 4>(add_6_rows, depths, panel, target, start),
                2 => self.multiply_panel::<4, 8>(add_4_rows, depths, panel, target, start),
                _ => self.multiply_panel::<3, 12>(add_3_rows, depths, panel, target, start),
            }
        }
    }

    fn multiply_panel<const ROWS: usize, const WIDTH: usize>(
        self,
        add_tile: impl Fn([&[f32]; ROWS], &[f32], Start, &mut [f32], usize),
        depths: Range<usize>,
        panel: &[f32],
        Target { product, stride, columns }: Target,
        start: Start,
    ) {
        for (group, left) in self.values.chunks(self.depth * ROWS).enumerate() {
            let height = left.len() / self.depth;
            // Rows beyond the last one repeat it, for nothing.
            let left = from_fn(|row| &left[row.min(height - 1) * self.depth..][depths.clone()]);
            let start = match start {
                Start::Rows(values) => Start::Rows(&values[group * ROWS..]),
                _ => start,
            };
            let product = &mut product[group * ROWS * stride..];
            if height == ROWS && columns == WIDTH {
                add_tile(left, panel, start, product, stride);
                continue;
            }
            let mut tile = [0.0; 3 * COLUMNS];
            if let Start::Continue = start {
                for (tile, product) in tile.chunks_mut(WIDTH).zip(product.chunks(stride)).take(height) {
                    tile[..columns].copy_from_slice(&product[..columns]);
                }
            }
            add_tile(left, panel, start, &mut tile, WIDTH);
            for (tile, product) in tile.chunks(WIDTH).zip(product.chunks_mut(stride)).take(height) {
                product[..columns].copy_from_slice(&tile[..columns]);
            }
        }
    }
}

/// Where columns of a product are to be.
struct Target<'a> {
    product: &'a mut [f32],
    /// From a row to the next one.
    stride: usize,
    /// Number of columns.
    columns: usize,
}

/// Defines a function that computes a tile of the product of some rows and a panel.
macro_rules! define_tile {
    ($name:ident, $inner:ident, $rows:literal rows $first:ident $($row:ident)+, $vectors:literal vectors) => {
        #[inline(always)]
        fn $name([$first, $($row),+]: [&[f32]; $rows], panel: &[f32], start: Start, product: &mut [f32], stride: usize) {
            $inner($first, $($row),+, panel, start, product, stride);
        }

        #[inline(never)]
        fn $inner($first: &[f32], $($row: &[f32]),+, panel: &[f32], start: Start, product: &mut [f32], stride: usize) {
            let mut sums = [[F32x4::splat(0.0); $vectors]; $rows];
            match start {
                Start::Zero => {}
                Start::Rows(values) => {
                    for (sums, &value) in sums.iter_mut().zip(values) {
                        *sums = [F32x4::splat(value); $vectors];
                    }
                }
                Start::Continue => {
                    for (row, sums) in sums.iter_mut().enumerate() {
                        *sums = from_fn(|vector| F32x4::load(&product[row * stride + vector * LANES..]));
                    }
                }
            }
            let values = panel.as_chunks::<{ $vectors * LANES }>().0.iter();
            // Rows by name: the compiler makes slower code of an array of them.
            for (values, nested!($first $($row)+)) in values.zip(zipped!($first $($row)+)) {
                let values: [F32x4; $vectors] = from_fn(|vector| F32x4::load(&values[LANES * vector..]));
                for (sums, factor) in sums.iter_mut().zip([*$first, $(*$row),+]) {
                    let factor = F32x4::splat(factor);
                    for (sum, &value) in sums.iter_mut().zip(&values) {
                        *sum = *sum + factor * value;
                    }
                }
            }
            for (row, sums) in sums.iter().enumerate() {
                let product = &mut product[row * stride..][..$vectors * LANES];
                for (vector, sum) in sums.iter().enumerate() {
                    sum.store(&mut product[vector * LANES..]);
                }
            }
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

define_tile!(add_3_rows, tile_3, 3 rows a b c, 3 vectors);
define_tile!(add_4_rows, tile_4, 4 rows a b c d, 2 vectors);
define_tile!(add_6_rows, tile_6, 6 rows a b c d e f, 1 vectors);

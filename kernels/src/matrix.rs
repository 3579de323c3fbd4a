//! Products of matrices, in tiles that fit the machine's vectors and registers.

use crate::dense::{ROWS as DOT_PRODUCTS, dot_products};
use crate::simd::{F32x4, LANES};
use std::array::from_fn;
use std::ops::Range;

/// Columns of a tile. With three rows, as many sums as WebAssembly's compilers keep in the 16 vectors that x86 has, beside
/// what is added to them.
pub(crate) const COLUMNS: usize = 12;

/// Rows of a block, a multiple of the rows of each tile: they are a part of a second-level cache, for they are read again for
/// each of a group of panels.
const ROWS: usize = 96;
/// Numbers of a group of panels: they fit a first-level cache, for they are read again for each tile's rows. Several panels fill
/// more of the product's rows at a time than one.
const PANELS: usize = 256 * COLUMNS;
/// Steps that are written out, so that counting them costs less.
const UNROLLED: usize = 4;

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

/// Number of columns with those that fill the last panel: a multiple of [`LANES`], but a single column is left alone.
pub(crate) fn padded(columns: usize) -> usize {
    if columns % COLUMNS == 1 { columns } else { columns.next_multiple_of(LANES) }
}

/// Where a value of the right matrix is, which has for every [`COLUMNS`] columns a panel: row after row of them. The last
/// panel is as narrow as the number of `columns` allows, which is [`padded`].
pub(crate) fn place(columns: usize, depth: usize, row: usize, column: usize) -> usize {
    let (panel, column) = (column / COLUMNS * COLUMNS, column % COLUMNS);
    panel * depth + row * COLUMNS.min(columns - panel) + column
}

impl<'a> Start<'a> {
    /// Without the first `rows`.
    fn after(self, rows: usize) -> Self {
        match self {
            Start::Rows(values) => Start::Rows(&values[rows..]),
            _ => self,
        }
    }
}

/// A product of matrices, or a part of one.
pub(crate) struct Product<'a> {
    pub(crate) values: &'a mut [f32],
    /// From a row to the next one.
    pub(crate) stride: usize,
    /// Number of columns.
    pub(crate) columns: usize,
}

impl Product<'_> {
    /// What begins at a cell.
    fn from(&mut self, row: usize, column: usize) -> Product<'_> {
        let Self { stride, columns, .. } = *self;
        Product { values: &mut self.values[row * stride + column..], stride, columns: columns - column }
    }
}

impl Rows<'_> {
    /// Adds to a product the columns `depths` of this times `right`, whose panels have `depths.len()` rows ([`place`]).
    pub(crate) fn multiply(self, depths: Range<usize>, right: &[f32], mut product: Product, start: Start) {
        let depth = depths.len();
        let panels = (PANELS / COLUMNS / depth).max(1);
        for (block, values) in self.values.chunks(self.depth * ROWS).enumerate() {
            let rows = Rows { values, depth: self.depth };
            let start = start.after(block * ROWS);
            for (group, right) in right.chunks(panels * COLUMNS * depth).enumerate() {
                let mut product = product.from(block * ROWS, group * panels * COLUMNS);
                let columns = right.len() / depth;
                let wide = columns / COLUMNS * COLUMNS;
                let (right, narrow) = right.split_at(wide * depth);
                if wide > 0 {
                    rows.multiply_panels::<3, 12>(add_3_rows, &depths, right, product.from(0, 0), start);
                }
                // As many sums as hide how long one takes.
                match columns - wide {
                    0 => {}
                    1 => rows.multiply_column(&depths, narrow, product.from(0, wide), start),
                    LANES => rows.multiply_panels::<6, 4>(add_6_rows, &depths, narrow, product.from(0, wide), start),
                    _ => rows.multiply_panels::<4, 8>(add_4_rows, &depths, narrow, product.from(0, wide), start),
                }
            }
        }
    }

    /// The columns `depths` of some rows at a time, after the number of the first one and how many there are: beyond the last one
    /// it is repeated, for nothing.
    fn groups<'a, const COUNT: usize>(
        &'a self,
        depths: &'a Range<usize>,
    ) -> impl Iterator<Item = (usize, usize, [&'a [f32]; COUNT])> {
        self.values.chunks(self.depth * COUNT).zip((0..).step_by(COUNT)).map(|(rows, first)| {
            let height = rows.len() / self.depth;
            (first, height, from_fn(|row| &rows[row.min(height - 1) * self.depth..][depths.clone()]))
        })
    }

    /// The same for a single column.
    fn multiply_column(self, depths: &Range<usize>, column: &[f32], product: Product, start: Start) {
        for (first, height, left) in self.groups::<DOT_PRODUCTS>(depths) {
            for (row, sum) in (first..first + height).zip(dot_products(left, column)) {
                let value = &mut product.values[row * product.stride];
                *value = sum
                    + match start {
                        Start::Zero => 0.0,
                        Start::Rows(values) => values[row],
                        Start::Continue => *value,
                    };
            }
        }
    }

    /// The same for panels of one width.
    fn multiply_panels<const ROWS: usize, const WIDTH: usize>(
        self,
        add_tile: impl Fn([&[f32]; ROWS], &[f32], Start, &mut [f32], usize),
        depths: &Range<usize>,
        panels: &[f32],
        mut product: Product,
        start: Start,
    ) {
        for (row, height, left) in self.groups::<ROWS>(depths) {
            let start = start.after(row);
            for (panel, right) in panels.chunks_exact(depths.len() * WIDTH).enumerate() {
                let Product { values, stride, columns } = product.from(row, panel * WIDTH);
                let columns = columns.min(WIDTH);
                if height == ROWS && columns == WIDTH {
                    add_tile(left, right, start, values, stride);
                    continue;
                }
                let mut tile = [0.0; 3 * COLUMNS];
                if let Start::Continue = start {
                    for (tile, values) in tile.chunks_mut(WIDTH).zip(values.chunks(stride)).take(height) {
                        tile[..columns].copy_from_slice(&values[..columns]);
                    }
                }
                add_tile(left, right, start, &mut tile, WIDTH);
                for (tile, values) in tile.chunks(WIDTH).zip(values.chunks_mut(stride)).take(height) {
                    values[..columns].copy_from_slice(&tile[..columns]);
                }
            }
        }
    }
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
            // Rows by name: the compiler makes slower code of an array of them. Nor may it mix steps, for which there are too few
            // registers: each may be the last one.
            let mut steps = panel.as_chunks::<{ $vectors * LANES }>().0.iter().zip(zipped!($first $($row)+));
            'depth: loop {
                for _ in 0..UNROLLED {
                    let Some((values, nested!($first $($row)+))) = steps.next() else { break 'depth };
                    let values: [F32x4; $vectors] = from_fn(|vector| F32x4::load(&values[LANES * vector..]));
                    for (sums, factor) in sums.iter_mut().zip([*$first, $(*$row),+]) {
                        let factor = F32x4::splat(factor);
                        for (sum, &value) in sums.iter_mut().zip(&values) {
                            *sum = *sum + factor * value;
                        }
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

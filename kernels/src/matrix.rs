//! Products of matrices, in tiles that fit the machine's vectors and registers.

use crate::dense::{ROWS as DOT_PRODUCTS, dot_products};
use crate::simd::{F32x4, LANES};
use std::array::from_fn;
use std::ops::Range;

/// Columns of a panel, and of a tile. With three rows, as many sums as WebAssembly's compilers keep in the 16 vectors that x86
/// has, beside what is added to them.
pub(crate) const COLUMNS: usize = 12;
/// Columns of the last panels, which take what others leave: with four rows, nearly as fast.
const NARROW: usize = 8;

/// Rows of a block, a multiple of the rows of each kind of tile: they are a part of a second-level cache, for they are read again
/// for each of a group of panels.
const ROWS: usize = 96;
/// Numbers of a group of panels: most of a first-level cache, for they are read again for each tile's rows. The more panels there
/// are, the less often a tile begins with other rows.
const PANELS: usize = 512 * COLUMNS;
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

/// Number of columns, of a [`padded`] one, that are in panels of [`COLUMNS`]: two narrow panels are less work than a wide one and
/// a single vector.
pub(crate) fn wide(columns: usize) -> usize {
    let left = columns % COLUMNS;
    columns - if left == LANES && columns > COLUMNS { 2 * NARROW } else { left }
}

/// The columns of each panel of the right matrix, whose number is [`padded`]. A panel has its part of row after row.
pub(crate) fn panels(columns: usize) -> impl Iterator<Item = Range<usize>> {
    let wide = wide(columns);
    let narrow = (wide..columns).step_by(NARROW).map(move |first| first..columns.min(first + NARROW));
    (0..wide).step_by(COLUMNS).map(|first| first..first + COLUMNS).chain(narrow)
}

/// Where a value is in the [`panels`], which have `depth` rows.
pub(crate) fn place(columns: usize, depth: usize, row: usize, column: usize) -> usize {
    let wide = wide(columns);
    let (panel, width) = if column < wide {
        (column / COLUMNS * COLUMNS, COLUMNS)
    } else {
        let panel = wide + (column - wide) / NARROW * NARROW;
        (panel, NARROW.min(columns - panel))
    };
    panel * depth + row * width + column - panel
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
    /// Some columns from a row on, as far as there are any.
    fn part(&mut self, row: usize, columns: Range<usize>) -> Product<'_> {
        let Self { stride, columns: end, .. } = *self;
        let values = &mut self.values[row * stride + columns.start..];
        Product { values, stride, columns: columns.end.min(end) - columns.start }
    }
}

impl Rows<'_> {
    /// Adds to a product the columns `depths` of this times `right`, whose [`panels`] have `depths.len()` rows.
    pub(crate) fn multiply(self, depths: Range<usize>, right: &[f32], mut product: Product, start: Start) {
        let depth = depths.len();
        let columns = right.len() / depth;
        let wide = wide(columns);
        let (right, narrow) = right.split_at(wide * depth);
        let group = (PANELS / COLUMNS / depth).max(1) * COLUMNS;
        for (block, values) in self.values.chunks(self.depth * ROWS).enumerate() {
            let rows = Rows { values, depth: self.depth };
            let row = block * ROWS;
            let start = start.after(row);
            for (right, first) in right.chunks(group * depth).zip((0..).step_by(group)) {
                let product = product.part(row, first..wide.min(first + group));
                rows.multiply_panels::<3, COLUMNS>(add_3_rows, &depths, right, product, start);
            }
            if narrow.is_empty() {
                continue;
            }
            let product = product.part(row, wide..columns);
            // As many sums as hide how long one takes.
            match columns - wide {
                1 => rows.multiply_column(&depths, narrow, product, start),
                LANES => rows.multiply_panels::<6, LANES>(add_6_rows, &depths, narrow, product, start),
                _ => rows.multiply_panels::<4, NARROW>(add_4_rows, &depths, narrow, product, start),
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
            // Seldom a division, which takes as long as many products.
            let height = if rows.len() == self.depth * COUNT { COUNT } else { rows.len() / self.depth };
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
        add_tiles: impl Fn(&[&[f32]; ROWS], &[f32], &Start, &mut [f32], usize),
        depths: &Range<usize>,
        panels: &[f32],
        mut product: Product,
        start: Start,
    ) {
        let columns = product.columns;
        for (row, height, left) in self.groups::<ROWS>(depths) {
            let start = start.after(row);
            let whole = if height == ROWS { columns / WIDTH * WIDTH } else { 0 };
            let (tiles, parts) = panels.split_at(whole * depths.len());
            if !tiles.is_empty() {
                let Product { values, stride, .. } = product.part(row, 0..whole);
                add_tiles(&left, tiles, &start, values, stride);
            }
            if !parts.is_empty() {
                let product = product.part(row, whole..columns);
                add_parts::<ROWS, WIDTH>(&add_tiles, &left, parts, &start, product, height);
            }
        }
    }
}

/// Adds the first rows and columns of tiles: no more than those of the last rows, and of the last panel.
#[inline(never)]
fn add_parts<const ROWS: usize, const WIDTH: usize>(
    add_tiles: impl Fn(&[&[f32]; ROWS], &[f32], &Start, &mut [f32], usize),
    left: &[&[f32]; ROWS],
    panels: &[f32],
    start: &Start,
    mut product: Product,
    height: usize,
) {
    for (panel, first) in panels.chunks_exact(left[0].len() * WIDTH).zip((0..).step_by(WIDTH)) {
        let Product { values, stride, columns } = product.part(0, first..first + WIDTH);
        let mut tile = [[0.0; WIDTH]; ROWS];
        if let Start::Continue = start {
            for (tile, values) in tile.iter_mut().zip(values.chunks(stride)).take(height) {
                tile[..columns].copy_from_slice(&values[..columns]);
            }
        }
        add_tiles(left, panel, start, tile.as_flattened_mut(), WIDTH);
        for (tile, values) in tile.iter().zip(values.chunks_mut(stride)).take(height) {
            values[..columns].copy_from_slice(&tile[..columns]);
        }
    }
}

/// Defines a function that computes the tiles of the product of some rows and panels. It gets references to what its caller has
/// just written: a copy would have to wait for that.
macro_rules! define_tiles {
    ($name:ident, $inner:ident, $rows:literal rows $first:ident $($row:ident)+, $vectors:literal vectors) => {
        #[inline(always)]
        fn $name([$first, $($row),+]: &[&[f32]; $rows], panels: &[f32], start: &Start, product: &mut [f32], stride: usize) {
            $inner($first, $($row),+, panels, start, product, stride);
        }

        #[inline(never)]
        fn $inner($first: &[f32], $($row: &[f32]),+, panels: &[f32], start: &Start, product: &mut [f32], stride: usize) {
            let mut panels = panels.as_chunks::<{ $vectors * LANES }>().0;
            let mut column = 0;
            while let Some((panel, others)) = panels.split_at_checked($first.len()) {
                let product = &mut product[column..];
                let mut sums = [[F32x4::splat(0.0); $vectors]; $rows];
                match start {
                    Start::Zero => {}
                    Start::Rows(values) => {
                        for (sums, &value) in sums.iter_mut().zip(*values) {
                            *sums = [F32x4::splat(value); $vectors];
                        }
                    }
                    Start::Continue => {
                        for (row, sums) in sums.iter_mut().enumerate() {
                            *sums = from_fn(|vector| F32x4::load(&product[row * stride + vector * LANES..]));
                        }
                    }
                }
                // Rows by name: the compiler makes slower code of an array of them. Nor may it mix steps, for which there are too
                // few registers: each may be the last one.
                let mut steps = panel.iter().zip(zipped!($first $($row)+));
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
                panels = others;
                column += $vectors * LANES;
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

define_tiles!(add_3_rows, tiles_3, 3 rows a b c, 3 vectors);
define_tiles!(add_4_rows, tiles_4, 4 rows a b c d, 2 vectors);
define_tiles!(add_6_rows, tiles_6, 6 rows a b c d e f, 1 vectors);

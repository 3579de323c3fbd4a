//! Tiles of output planes, and the patches of the input that they are made from.

use super::Points;
use super::transforms::{PATCH, transform_input, transform_output};
use crate::convolution::Window;
use crate::matrix::{COLUMNS, place};
use crate::simd::{self, F32x4, LANES};
use std::array::from_fn;
use std::ops::Range;

/// Some tiles of an output plane, of `TILE` x `TILE`.
pub(super) struct Tiles<'a, const TILE: usize> {
    window: &'a Window,
    /// In a row of the plane.
    across: usize,
    /// Row and column, in tiles, of each; the last one again to fill vectors.
    places: Vec<[usize; 2]>,
    count: usize,
}

impl<'a, const TILE: usize> Tiles<'a, TILE> {
    /// Those of `range` if the plane's are counted row after row, with as many `across`.
    pub(super) fn new(window: &'a Window, across: usize, range: Range<usize>) -> Self {
        let places = (range.start..range.start + range.len().next_multiple_of(LANES)).map(|tile| {
            let tile = tile.min(range.end - 1);
            [tile / across, tile % across]
        });
        Self { window, across, places: places.collect(), count: range.len() }
    }

    /// Number of tiles with those that fill vectors.
    pub(super) fn padded_count(&self) -> usize {
        self.places.len()
    }

    /// Bands of tiles that these are in.
    fn bands(&self) -> Range<usize> {
        self.places[0][0]..self.places[self.count - 1][0] + 1
    }

    /// Rows and columns of what the bands read of a plane, in whole vectors.
    fn padded_size(&self) -> [usize; 2] {
        [self.bands().len() * TILE + PATCH - TILE, self.across * TILE + 2 * LANES - TILE]
    }

    /// Copies what the bands read of planes, with padding around it.
    pub(super) fn pad(&self, input: &[f32], padded_planes: &mut Vec<f32>) {
        let [height, width] = self.window.input;
        let [top, left] = self.window.padding;
        let [rows, columns] = self.padded_size();
        let planes = input.chunks_exact(height * width);
        padded_planes.clear();
        padded_planes.resize(planes.len() * rows * columns, 0.0);
        let first = self.bands().start * TILE;
        let length = width.min(columns - left);
        for (plane, padded) in planes.zip(padded_planes.chunks_exact_mut(rows * columns)) {
            for (row, padded) in padded.chunks_exact_mut(columns).enumerate() {
                let source = (first + row).checked_sub(top).filter(|&row| row < height);
                if let Some(source) = source {
                    simd::copy(&plane[source * width..][..length], &mut padded[left..]);
                }
            }
        }
    }

    /// Transforms the patches of planes that are padded. Each point's are in panels of [`place`], whose rows are planes.
    pub(super) fn transform_input<const LENGTH: usize>(&self, padded_planes: &[f32], points: &mut Points<LENGTH>) {
        let [rows, stride] = self.padded_size();
        let first = self.bands().start;
        let channels = padded_planes.len() / (rows * stride);
        // Channel after channel of a panel, whose places in memory are next to each other.
        for (panel, tiles) in self.places.chunks(COLUMNS).enumerate() {
            for (channel, plane) in padded_planes.chunks_exact(rows * stride).enumerate() {
                for (group, places) in tiles.as_chunks::<LANES>().0.iter().enumerate() {
                    let offsets = places.map(|[row, column]| ((row - first) * stride + column) * TILE);
                    let rows = if are_neighbours(places) {
                        transform_neighbours::<TILE>(plane, offsets[0], stride)
                    } else {
                        transform_patches(plane, offsets, stride)
                    };
                    let place = place(self.places.len(), channels, channel, panel * COLUMNS + group * LANES);
                    let values = rows.map(transform_input);
                    for (value, point) in values.as_flattened().iter().zip(&mut *points) {
                        value.store(&mut point[place..place + LANES]);
                    }
                }
            }
        }
    }

    /// Transforms the products of an output plane back. `products` has those of a point for a vector of tiles from one on.
    pub(super) fn transform_output(&self, products: impl Fn(usize, usize) -> F32x4, bias: f32, plane: &mut [f32]) {
        let [height, width] = self.window.output;
        let bias = F32x4::splat(bias);
        for (group, places) in self.places.as_chunks::<LANES>().0.iter().enumerate() {
            let point = |row: usize, column: usize| products(row * PATCH + column, group * LANES);
            let columns: [[F32x4; TILE]; PATCH] = from_fn(|column| transform_output(from_fn(|row| point(row, column))));
            let places = &places[..LANES.min(self.count - group * LANES)];
            for row in 0..TILE {
                let values = transform_output::<TILE>(from_fn(|column| columns[column][row]));
                let tiles = F32x4::transposed(from_fn(|column| values.get(column).map_or(bias, |&value| value + bias)));
                for ([y, x], values) in places.iter().zip(tiles) {
                    let (y, x) = (y * TILE + row, x * TILE);
                    if y < height {
                        values.store_some(&mut plane[y * width + x..][..TILE.min(width - x)]);
                    }
                }
            }
        }
    }
}

/// Whether tiles lie next to each other in a row.
fn are_neighbours(places: &[[usize; 2]; LANES]) -> bool {
    let [row, column] = places[0];
    places.iter().enumerate().all(|(lane, place)| *place == [row, column + lane])
}

/// Four patches that lie next to each other from `offset` on, their columns transformed: by row and column.
#[inline(always)]
fn transform_neighbours<const TILE: usize>(plane: &[f32], offset: usize, stride: usize) -> [[F32x4; PATCH]; PATCH] {
    // The last columns of a patch are the first ones of another.
    let next = LANES / TILE;
    let rows = rows_of(plane, offset, stride, (LANES + next - 1) * TILE + LANES);
    let columns: [[F32x4; PATCH]; 2 * LANES] =
        from_fn(|tile| transform_columns(rows, tile.min(LANES + next - 1) * TILE));
    from_fn(|row| {
        let [first, second, third, fourth] = F32x4::transposed(from_fn(|tile| columns[tile][row]));
        let [fifth, sixth, ..] = F32x4::transposed(from_fn(|tile| columns[tile + next][row]));
        [first, second, third, fourth, fifth, sixth]
    })
}

/// As [`transform_neighbours`] for patches anywhere.
#[inline(always)]
fn transform_patches(plane: &[f32], offsets: [usize; LANES], stride: usize) -> [[F32x4; PATCH]; PATCH] {
    let rows = offsets.map(|offset| rows_of(plane, offset, stride, 2 * LANES));
    let left = rows.map(|rows| transform_columns(rows, 0));
    let right = rows.map(|rows| transform_columns(rows, LANES));
    from_fn(|row| {
        let [first, second, third, fourth] = F32x4::transposed(left.map(|columns| columns[row]));
        let [fifth, sixth, ..] = F32x4::transposed(right.map(|columns| columns[row]));
        [first, second, third, fourth, fifth, sixth]
    })
}

/// The rows of a patch, each from its first column on: a length that the compiler knows spares checks of bounds.
#[inline(always)]
fn rows_of(plane: &[f32], offset: usize, stride: usize, length: usize) -> [&[f32]; PATCH] {
    from_fn(|row| &plane[offset + row * stride..][..length])
}

/// Transforms [`LANES`] columns of some rows.
#[inline(always)]
fn transform_columns(rows: [&[f32]; PATCH], first: usize) -> [F32x4; PATCH] {
    transform_input(rows.map(|row| F32x4::load(&row[first..])))
}

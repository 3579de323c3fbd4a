//! Convolution by windows of 3 x 3 in a quarter of the multiplications: Winograd's F(4 x 4, 3 x 3), with the transforms of
//! Lavin and Gray, "Fast algorithms for convolutional neural networks" (2015).
//!
//! The output is made in tiles of 4 x 4, each from a tile of 6 x 6 of the input. Both and the weights are transformed so
//! that each of the 36 values of a tile is a product of matrices of its own.

use crate::convolution::Window;
use crate::matrix::{COLUMNS, Layout, Rows, Start, place};
use crate::simd::{F32x4, LANES};
use std::array::from_fn;
use std::ops::Range;

/// Rows and columns of an output tile.
const TILE: usize = 4;
/// Rows and columns of an input tile.
const PATCH: usize = TILE + 2;
/// Values of a transformed tile.
const POINTS: usize = PATCH * PATCH;
/// Numbers of transformed tiles that are made at once: a part of a cache.
const SIZE: usize = 1 << 19;

/// Transformed weights.
#[derive(Debug)]
pub(crate) struct Winograd {
    channels: usize,
    features: usize,
    /// Points x output planes x channels.
    points: Vec<f32>,
}

/// Some tiles of an output plane.
struct Tiles<'a> {
    window: &'a Window,
    /// In a row of the plane.
    across: usize,
    /// Row and column, in tiles, of each; the last one again to fill vectors.
    places: Vec<[usize; 2]>,
    count: usize,
}

impl Winograd {
    /// Whether it is faster than the product of weights and windows, which have the same sums but for rounding.
    pub(crate) fn is_worthwhile(window: &Window, channels: usize, features: usize) -> bool {
        let [height, width] = window.output;
        let tiles = (height.div_ceil(TILE) * width.div_ceil(TILE)).next_multiple_of(LANES);
        let positions = (height * width).next_multiple_of(LANES);
        window.size == [3, 3]
            && window.stride == [1, 1]
            && window.dilation == [1, 1]
            // Transforms cost as much as some channels' products.
            && channels.min(features) >= 16
            && 3 * tiles * POINTS <= 2 * positions * 9
    }

    /// Transforms weights in the order output plane, channel, row, column.
    pub(crate) fn new(weights: &[f32], channels: usize, features: usize) -> Self {
        let size = features * channels;
        let mut points = vec![0.0; POINTS * size];
        let (kernels, _) = weights.as_chunks::<9>();
        for (index, kernel) in kernels.iter().enumerate() {
            let rows: [[f32; 3]; PATCH] = {
                let columns: [[f32; PATCH]; 3] =
                    from_fn(|column| transform_weights(from_fn(|row| kernel[3 * row + column])));
                from_fn(|row| from_fn(|column| columns[column][row]))
            };
            let values = rows.into_iter().flat_map(transform_weights);
            for (value, point) in values.zip(points.chunks_exact_mut(size)) {
                point[index] = value;
            }
        }
        Self { channels, features, points }
    }

    /// Computes the output planes of one input.
    pub(crate) fn run(&self, window: &Window, bias: &[f32], input: &[f32], output: &mut [f32]) {
        let across = window.output[1].div_ceil(TILE);
        let count = window.output[0].div_ceil(TILE) * across;
        let most = (SIZE / POINTS / (self.channels + self.features)).max(4 * COLUMNS).next_multiple_of(COLUMNS);
        let width = most.min(count.next_multiple_of(LANES));
        let mut patches = vec![0.0; POINTS * self.channels * width];
        let mut products = vec![0.0; POINTS * self.features * width];
        let mut padded_planes = Vec::new();
        for start in (0..count).step_by(width) {
            let tiles = Tiles::new(window, across, start..count.min(start + width));
            let padded = tiles.places.len();
            let patches = &mut patches[..POINTS * self.channels * padded];
            tiles.pad(input, &mut padded_planes);
            tiles.transform_input(&padded_planes, patches, self.channels);
            let patches = patches.chunks_exact(self.channels * padded);
            let points = self.points.chunks_exact(self.features * self.channels);
            let layout = Layout { row_stride: POINTS * padded, lanes_stride: POINTS * LANES, columns: padded };
            for (point, (values, patches)) in points.zip(patches).enumerate() {
                let rows = Rows { values, depth: self.channels };
                let products = &mut products[point * LANES..];
                rows.multiply(0..self.channels, patches, products, layout, Start::Zero);
            }
            let planes = output.chunks_exact_mut(window.output[0] * window.output[1]);
            for ((plane, &bias), products) in planes.zip(bias).zip(products.chunks_exact(POINTS * padded)) {
                tiles.transform_output(products, bias, plane);
            }
        }
    }
}

impl<'a> Tiles<'a> {
    fn new(window: &'a Window, across: usize, range: Range<usize>) -> Self {
        let places = (range.start..range.start + range.len().next_multiple_of(LANES)).map(|tile| {
            let tile = tile.min(range.end - 1);
            [tile / across, tile % across]
        });
        Self { window, across, places: places.collect(), count: range.len() }
    }

    /// Bands of tiles that these are in.
    fn bands(&self) -> Range<usize> {
        self.places[0][0]..self.places[self.count - 1][0] + 1
    }

    /// Rows and columns of what the bands read of a plane, in whole vectors.
    fn padded_size(&self) -> [usize; 2] {
        [self.bands().len() * TILE + 2, (self.across + 1) * TILE]
    }

    /// Copies what the bands read of all planes, with padding around it.
    fn pad(&self, input: &[f32], padded_planes: &mut Vec<f32>) {
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
                    padded[left..][..length].copy_from_slice(&plane[source * width..][..length]);
                }
            }
        }
    }

    /// Transforms the patches of all channels into `patches`: by point, in panels of [`place`] whose rows are channels.
    fn transform_input(&self, padded_planes: &[f32], patches: &mut [f32], channels: usize) {
        let [rows, stride] = self.padded_size();
        let first = self.bands().start;
        let size = patches.len() / POINTS;
        // Channel after channel of a panel, whose places in memory are next to each other.
        for (panel, tiles) in self.places.chunks(COLUMNS).enumerate() {
            for (channel, plane) in padded_planes.chunks_exact(rows * stride).enumerate() {
                for (group, places) in tiles.as_chunks::<LANES>().0.iter().enumerate() {
                    let offsets = places.map(|[row, column]| ((row - first) * stride + column) * TILE);
                    let rows = if are_neighbours(places) {
                        transform_neighbours(plane, offsets[0], stride)
                    } else {
                        transform_patches(plane, offsets, stride)
                    };
                    let place = place(self.places.len(), channels, channel, panel * COLUMNS + group * LANES);
                    let mut points = patches.chunks_exact_mut(size);
                    for columns in rows {
                        for (value, point) in transform_input(columns).into_iter().zip(&mut points) {
                            value.store(&mut point[place..]);
                        }
                    }
                }
            }
        }
    }

    /// Transforms the products of an output plane back: for every [`LANES`] tiles, point after point.
    fn transform_output(&self, products: &[f32], bias: f32, plane: &mut [f32]) {
        let [height, width] = self.window.output;
        let bias = F32x4::splat(bias);
        let groups = products.as_chunks::<{ POINTS * LANES }>().0.iter().zip(self.places.as_chunks::<LANES>().0);
        for (group, (points, places)) in groups.enumerate() {
            let point = |row: usize, column: usize| F32x4::load(&points[(row * PATCH + column) * LANES..]);
            let columns: [[F32x4; TILE]; PATCH] = from_fn(|column| transform_output(from_fn(|row| point(row, column))));
            let [top, left] = places[0].map(|place| place * TILE);
            let is_block = are_neighbours(places) && top + TILE <= height && left + LANES * TILE <= width;
            let places = &places[..LANES.min(self.count - group * LANES)];
            for row in 0..TILE {
                let values = transform_output(from_fn(|column| columns[column][row]));
                let tiles = F32x4::transposed(values.map(|value| value + bias));
                if is_block {
                    let target = &mut plane[(top + row) * width + left..][..LANES * TILE];
                    for (tile, target) in tiles.into_iter().zip(target.as_chunks_mut::<TILE>().0) {
                        tile.store(target);
                    }
                    continue;
                }
                for ([y, x], values) in places.iter().zip(tiles) {
                    let (y, x) = (y * TILE + row, x * TILE);
                    if y >= height {
                        continue;
                    }
                    let target = &mut plane[y * width + x..][..TILE.min(width - x)];
                    if target.len() == TILE {
                        values.store(target);
                    } else {
                        target.copy_from_slice(&values.to_array()[..target.len()]);
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
fn transform_neighbours(plane: &[f32], offset: usize, stride: usize) -> [[F32x4; PATCH]; PATCH] {
    let columns: [[F32x4; PATCH]; LANES + 1] =
        from_fn(|tile| transform_columns(&plane[offset + tile * TILE..], stride));
    from_fn(|row| {
        let [a, b, c, d, e] = from_fn(|tile| columns[tile][row]);
        let [first, second, third, fourth] = F32x4::transposed([a, b, c, d]);
        let [fifth, sixth, ..] = F32x4::transposed([b, c, d, e]);
        [first, second, third, fourth, fifth, sixth]
    })
}

/// As [`transform_neighbours`] for patches anywhere.
#[inline(always)]
fn transform_patches(plane: &[f32], offsets: [usize; LANES], stride: usize) -> [[F32x4; PATCH]; PATCH] {
    let left = offsets.map(|offset| transform_columns(&plane[offset..], stride));
    let right = offsets.map(|offset| transform_columns(&plane[offset + TILE..], stride));
    from_fn(|row| {
        let [first, second, third, fourth] = F32x4::transposed(left.map(|columns| columns[row]));
        let [fifth, sixth, ..] = F32x4::transposed(right.map(|columns| columns[row]));
        [first, second, third, fourth, fifth, sixth]
    })
}

/// Transforms the first [`LANES`] columns of a plane.
#[inline(always)]
fn transform_columns(plane: &[f32], stride: usize) -> [F32x4; PATCH] {
    transform_input(from_fn(|row| F32x4::load(&plane[row * stride..])))
}

fn transform_weights([a, b, c]: [f32; 3]) -> [f32; PATCH] {
    let (ends, near, far) = ((a + c) / -6.0, b / 6.0, a / 24.0 + c / 6.0);
    [a / 4.0, ends - near, ends + near, far + b / 12.0, far - b / 12.0, c]
}

#[inline(always)]
fn transform_input([a, b, c, d, e, f]: [F32x4; PATCH]) -> [F32x4; PATCH] {
    let (two, four, five) = (F32x4::splat(2.0), F32x4::splat(4.0), F32x4::splat(5.0));
    let (even, odd) = (e - four * c, d - four * b);
    let (near, far) = (e - c, two * (d - b));
    [four * a - five * c + e, even + odd, even - odd, near + far, near - far, four * b - five * d + f]
}

#[inline(always)]
fn transform_output([a, b, c, d, e, f]: [F32x4; PATCH]) -> [F32x4; TILE] {
    let (two, four, eight) = (F32x4::splat(2.0), F32x4::splat(4.0), F32x4::splat(8.0));
    let (near, nearer) = (b + c, b - c);
    let (far, farther) = (d + e, d - e);
    [a + near + far, nearer + two * farther, near + four * far, nearer + eight * farther + f]
}

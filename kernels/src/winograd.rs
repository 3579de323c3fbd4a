//! Convolution by windows of 3 x 3 in a quarter of the multiplications: Winograd's F(4 x 4, 3 x 3), with the transforms of
//! Lavin and Gray, "Fast algorithms for convolutional neural networks" (2015).
//!
//! The output is made in tiles of 4 x 4, each from a tile of 6 x 6 of the input. Both and the weights are transformed so
//! that each of the 36 values of a tile is a product of matrices of its own.

use crate::convolution::Window;
use crate::matrix::{COLUMNS, Panels, Start};
use crate::simd::F32x4;
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
    /// By point, output planes x channels.
    points: Vec<Panels>,
}

/// Tiles of an output plane, of which some are being computed.
struct Tiles<'a> {
    window: &'a Window,
    across: usize,
    range: Range<usize>,
}

impl Winograd {
    /// Whether it is faster than the product of weights and windows, which have the same sums but for rounding.
    pub(crate) fn is_worthwhile(window: &Window, channels: usize, features: usize) -> bool {
        let [height, width] = window.output;
        let tiles = (height.div_ceil(TILE) * width.div_ceil(TILE)).next_multiple_of(COLUMNS);
        let positions = (height * width).next_multiple_of(COLUMNS);
        window.size == [3, 3]
            && window.stride == [1, 1]
            && window.dilation == [1, 1]
            // Transforms cost as much as some channels' products.
            && channels.min(features) >= 16
            && 3 * tiles * POINTS <= 2 * positions * 9
    }

    /// Transforms weights in the order output plane, channel, row, column.
    pub(crate) fn new(weights: &[f32], channels: usize, features: usize) -> Self {
        let mut points: Vec<Panels> = (0..POINTS).map(|_| Panels::zero(features, channels)).collect();
        let (kernels, _) = weights.as_chunks::<9>();
        for (index, kernel) in kernels.iter().enumerate() {
            let rows: [[f32; 3]; PATCH] = {
                let columns: [[f32; PATCH]; 3] =
                    from_fn(|column| transform_weights(from_fn(|row| kernel[3 * row + column])));
                from_fn(|row| from_fn(|column| columns[column][row]))
            };
            for (values, points) in rows.into_iter().zip(points.chunks_exact_mut(PATCH)) {
                for (value, point) in transform_weights(values).into_iter().zip(points) {
                    *point.at(index / channels, index % channels) = value;
                }
            }
        }
        Self { channels, features, points }
    }

    /// Computes the output planes of one input.
    pub(crate) fn run(&self, window: &Window, bias: &[f32], input: &[f32], output: &mut [f32]) {
        let across = window.output[1].div_ceil(TILE);
        let count = window.output[0].div_ceil(TILE) * across;
        let most = (SIZE / POINTS / (self.channels + self.features)).max(4 * COLUMNS).next_multiple_of(COLUMNS);
        let width = most.min(count.next_multiple_of(COLUMNS));
        let mut patches = vec![0.0; POINTS * self.channels * width];
        let mut products = vec![0.0; POINTS * self.features * width];
        let mut rows = Vec::new();
        for start in (0..count).step_by(width) {
            let tiles = Tiles { window, across, range: start..count.min(start + width) };
            let padded = tiles.range.len().next_multiple_of(COLUMNS);
            let patches = &mut patches[..POINTS * self.channels * padded];
            let planes = input.chunks_exact(window.input[0] * window.input[1]);
            for (channel, plane) in planes.enumerate() {
                tiles.transform_input(plane, &mut rows, patches, self.channels, channel);
            }
            let patches = patches.chunks_exact(self.channels * padded);
            for ((point, patches), products) in
                self.points.iter().zip(patches).zip(products.chunks_exact_mut(self.features * width))
            {
                point.multiply(0..self.channels, patches, products, width, padded, Start::Zero);
            }
            let planes = output.chunks_exact_mut(window.output[0] * window.output[1]);
            for (feature, (plane, &bias)) in planes.zip(bias).enumerate() {
                tiles.transform_output(&products, self.features * width, feature * width, bias, plane);
            }
        }
    }
}

impl Tiles<'_> {
    /// Transforms a channel's patches into `patches`: by point, for every [`COLUMNS`] tiles, channel after channel.
    /// `rows` is room to work in.
    fn transform_input(
        &self,
        plane: &[f32],
        rows: &mut Vec<f32>,
        patches: &mut [f32],
        channels: usize,
        channel: usize,
    ) {
        let width = self.across * TILE + 4;
        let bands = self.range.start / self.across..(self.range.end - 1) / self.across + 1;
        rows.clear();
        rows.resize(bands.len() * PATCH * width, 0.0);
        for (band, rows) in bands.clone().zip(rows.chunks_exact_mut(PATCH * width)) {
            self.transform_columns(plane, band, rows);
        }
        let size = patches.len() / POINTS;
        let offset = |tile: usize| {
            let tile = tile.min(self.range.end - 1);
            (tile / self.across - bands.start) * PATCH * width + tile % self.across * TILE
        };
        for (group, first) in self.range.clone().step_by(4).enumerate() {
            let tiles: [&[f32]; 4] = from_fn(|lane| &rows[offset(first + lane)..]);
            let place = (group * 4 / COLUMNS * channels + channel) * COLUMNS + group * 4 % COLUMNS;
            for row in 0..PATCH {
                let tiles = tiles.map(|tile| &tile[row * width..][..8]);
                let left = F32x4::transposed(from_fn(|lane| F32x4::load(tiles[lane])));
                let right = F32x4::transposed(from_fn(|lane| F32x4::load(&tiles[lane][4..])));
                let values = transform_input([left[0], left[1], left[2], left[3], right[0], right[1]]);
                for (column, value) in values.into_iter().enumerate() {
                    value.store(&mut patches[(row * PATCH + column) * size + place..][..4]);
                }
            }
        }
    }

    /// Transforms the columns of a row of tiles.
    fn transform_columns(&self, plane: &[f32], band: usize, rows: &mut [f32]) {
        let [height, width] = self.window.input;
        let [top, left] = self.window.padding;
        let stride = rows.len() / PATCH;
        for (row, values) in rows.chunks_exact_mut(stride).enumerate() {
            values.fill(0.0);
            let source = (band * TILE + row).checked_sub(top).filter(|&row| row < height);
            if let Some(source) = source {
                let length = width.min(stride - left);
                values[left..left + length].copy_from_slice(&plane[source * width..][..length]);
            }
        }
        for column in (0..stride).step_by(4) {
            let values = from_fn(|row| F32x4::load(&rows[row * stride + column..][..4]));
            for (row, value) in transform_input(values).into_iter().enumerate() {
                value.store(&mut rows[row * stride + column..][..4]);
            }
        }
    }

    /// Transforms the products of an output plane back; points are `stride` apart, and the plane's tiles start at `first`.
    fn transform_output(&self, products: &[f32], stride: usize, first: usize, bias: f32, plane: &mut [f32]) {
        let [height, width] = self.window.output;
        let bias = F32x4::splat(bias);
        for (group, start) in self.range.clone().step_by(4).enumerate() {
            let place = first + 4 * group;
            let columns: [[F32x4; TILE]; PATCH] = from_fn(|column| {
                transform_output(from_fn(|row| F32x4::load(&products[(row * PATCH + column) * stride + place..][..4])))
            });
            for row in 0..TILE {
                let values = transform_output(from_fn(|column| columns[column][row]));
                let tiles = F32x4::transposed(values.map(|value| value + bias));
                for (tile, values) in (start..self.range.end).zip(tiles) {
                    let (y, x) = (tile / self.across * TILE + row, tile % self.across * TILE);
                    if y >= height {
                        continue;
                    }
                    let target = &mut plane[y * width..][x..width.min(x + TILE)];
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

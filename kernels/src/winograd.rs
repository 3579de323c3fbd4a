//! Convolution in fewer multiplications: Winograd's F(4 x 4, 3 x 3) and F(2 x 2, 5 x 5), as in Lavin and Gray, "Fast
//! algorithms for convolutional neural networks" (2015).
//!
//! The output is made in tiles of 4 x 4, or 2 x 2, each from a patch of 6 x 6 of the input. Patches and kernels are
//! transformed so that each of the 36 values, the points, of a tile is a product of matrices of its own. Kernels are
//! transformed whenever they are used: that takes less time than to read four times as much from memory.

mod tiles;
mod transforms;

use crate::convolution::Window;
use crate::matrix::{COLUMNS, Product, Rows, Start};
use crate::scratch::room;
use crate::simd::{F32x4, LANES};
use std::cell::RefCell;
use std::ops::Range;
use tiles::Tiles;
use transforms::{PATCH, POINTS, transform_kernels};

/// Most numbers at each point of a block of patches. The points are read one by one, each again for a block of kernels.
const PATCHES: usize = 1 << 14;
/// As many where planes are small, so that small networks do not take the memory of large ones.
const FEW_PATCHES: usize = 1 << 11;
/// Most numbers at each point of a block of transformed kernels: all points are a part of a second-level cache.
const KERNELS: usize = 1 << 12;
/// As many where there are few channels.
const FEW_KERNELS: usize = 1 << 10;
/// Most numbers at each point of a block of products: they are in a second-level cache, with the patches.
const PRODUCTS: usize = 1 << 11;
/// Most tiles of a block. The more there are, the less is the transform of kernels, which each block needs, of the whole.
const TILES: usize = 8 * COLUMNS;
/// Numbers between those of one point and the next: else all points would be in the same few places of a cache.
const GAP: usize = 16;

/// Numbers by point.
type Points<const SIZE: usize> = [[f32; SIZE]; POINTS];

/// What is kept from one convolution to the next.
#[derive(Default)]
struct Scratch {
    patches: Vec<f32>,
    kernels: Vec<f32>,
    padded_planes: Vec<f32>,
    products: Vec<f32>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Room for `SIZE` numbers at each point. A size that the compiler knows spares checks of bounds.
fn points<const SIZE: usize>(memory: &mut Vec<f32>) -> &mut Points<SIZE> {
    let points = room(memory, POINTS * SIZE).as_chunks_mut().0.first_chunk_mut();
    points.unwrap_or_else(|| unreachable!("there are as many points"))
}

/// Sizes of the blocks that a convolution is computed in.
struct Blocks {
    tiles: usize,
    channels: usize,
    features: usize,
}

impl Blocks {
    fn new(tiles: usize, channels: usize, features: usize) -> Self {
        let tiles = evenly(tiles, TILES, LANES);
        let channels = evenly(channels, (PATCHES / tiles).min(KERNELS / COLUMNS), LANES).min(channels);
        let features = ((KERNELS / channels).min(PRODUCTS / tiles) / COLUMNS * COLUMNS).min(features);
        Self { tiles, channels, features }
    }
}

/// The size of as few and even parts of `whole` as are no larger than `most`: a multiple of `unit`.
fn evenly(whole: usize, most: usize, unit: usize) -> usize {
    let most = most / unit * unit;
    whole.div_ceil(whole.div_ceil(most)).next_multiple_of(unit)
}

/// Whether this computes a convolution, and faster than the product of weights and windows, which has the same sums but for
/// rounding.
pub(crate) fn is_worthwhile(window: &Window, channels: usize) -> bool {
    let [height, width] = window.output;
    let [size @ (3 | 5), size_across] = window.size else { return false };
    let tile = PATCH + 1 - size;
    let tiles = (height.div_ceil(tile) * width.div_ceil(tile)).next_multiple_of(LANES);
    let positions = (height * width).next_multiple_of(LANES);
    size == size_across
        && window.stride == [1, 1]
        && window.dilation == [1, 1]
        // The transform back costs as much as some channels' products.
        && channels >= 16
        && 3 * tiles * POINTS <= 2 * positions * size * size
}

/// Computes the output planes of one input, if it [is worthwhile](is_worthwhile). `weights` are in the order output plane,
/// channel, row, column.
pub(crate) fn run(window: &Window, weights: &[f32], bias: &[f32], input: &[f32], output: &mut [f32]) {
    SCRATCH.with_borrow_mut(|scratch| match window.size {
        [3, _] => run_by::<3, 9, 4>(scratch, window, weights.as_chunks().0, bias, input, output),
        _ => run_by::<5, 25, 2>(scratch, window, weights.as_chunks().0, bias, input, output),
    });
}

fn run_by<const SIZE: usize, const CELLS: usize, const TILE: usize>(
    scratch: &mut Scratch,
    window: &Window,
    weights: &[[f32; CELLS]],
    bias: &[f32],
    input: &[f32],
    output: &mut [f32],
) {
    let area = |[rows, columns]: [usize; 2]| rows * columns;
    let (input_size, output_size) = (area(window.input), area(window.output));
    let (all_channels, all_features) = (input.len() / input_size, bias.len());
    let across = window.output[1].div_ceil(TILE);
    let count = window.output[0].div_ceil(TILE) * across;
    let blocks = Blocks::new(count, all_channels, all_features);
    // Sums over several blocks of channels have to stay.
    let kept = if blocks.channels < all_channels { all_features } else { blocks.features };
    let Scratch { patches, kernels, padded_planes, products } = scratch;
    let stride = (kept * blocks.tiles).max(PRODUCTS) + GAP;
    let products = room(products, POINTS * stride);
    for tiles in split(count, blocks.tiles) {
        let tiles = Tiles::<TILE>::new(window, across, tiles);
        let columns = tiles.padded_count();
        for channels in split(all_channels, blocks.channels) {
            let depth = channels.len();
            tiles.pad(&input[channels.start * input_size..channels.end * input_size], padded_planes);
            let patches = if blocks.channels * blocks.tiles <= FEW_PATCHES {
                transform_patches::<TILE, { FEW_PATCHES + GAP }>(&tiles, padded_planes, patches)
            } else {
                transform_patches::<TILE, { PATCHES + GAP }>(&tiles, padded_planes, patches)
            };
            for features in split(all_features, blocks.features) {
                let weights = weights.chunks_exact(all_channels).skip(features.start).take(features.len());
                let weights = weights.map(|weights| &weights[channels.clone()]);
                let kernels = if blocks.features * blocks.channels <= FEW_KERNELS {
                    transform_block::<SIZE, CELLS, { FEW_KERNELS + GAP }>(weights, kernels)
                } else {
                    transform_block::<SIZE, CELLS, { KERNELS + GAP }>(weights, kernels)
                };
                let first = features.start % kept * columns;
                let start = if channels.start == 0 { Start::Zero } else { Start::Continue };
                for (point, (values, patches)) in kernels.into_iter().zip(patches).enumerate() {
                    let rows = Rows { values: &values[..features.len() * depth], depth };
                    let product = Product { values: &mut products[point * stride + first..], stride: columns, columns };
                    rows.multiply(0..depth, &patches[..depth * columns], product, start);
                }
                if channels.end == all_channels {
                    let planes = output[features.start * output_size..].chunks_exact_mut(output_size);
                    // A distance of points that the compiler knows spares checks of bounds.
                    let near = <&Points<{ PRODUCTS + GAP }>>::try_from(products.as_chunks().0);
                    for ((plane, &bias), first) in planes.zip(&bias[features]).zip((first..).step_by(columns)) {
                        if let Ok(points) = near {
                            let products = |point: usize, tile| F32x4::load(&points[point][first + tile..]);
                            tiles.transform_output(products, bias, plane);
                        } else {
                            let products = |point, tile| F32x4::load(&products[point * stride + first + tile..]);
                            tiles.transform_output(products, bias, plane);
                        }
                    }
                }
            }
        }
    }
}

/// Transforms patches to points that are in `memory`.
fn transform_patches<'a, const TILE: usize, const SIZE: usize>(
    tiles: &Tiles<TILE>,
    padded_planes: &[f32],
    memory: &'a mut Vec<f32>,
) -> [&'a [f32]; POINTS] {
    let points = points::<SIZE>(memory);
    tiles.transform_input(padded_planes, points);
    points.each_ref().map(|point| &point[..])
}

/// Transforms kernels, those of all channels for each feature, to points that are in `memory`.
fn transform_block<'a, const SIZE: usize, const CELLS: usize, const LENGTH: usize>(
    weights: impl Iterator<Item = &'a [[f32; CELLS]]>,
    memory: &mut Vec<f32>,
) -> [&[f32]; POINTS] {
    let points = points::<LENGTH>(memory);
    let mut place = 0;
    for weights in weights {
        transform_kernels::<SIZE, CELLS, LENGTH>(weights, place, points);
        place += weights.len();
    }
    points.each_ref().map(|point| &point[..])
}

/// Ranges of at most `size`, one after the other.
fn split(whole: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    (0..whole).step_by(size).map(move |start| start..whole.min(start + size))
}

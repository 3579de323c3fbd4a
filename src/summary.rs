//! Summaries of a layer's feature maps: statistics and likeness of channels, and all channels as one picture.

use crate::error::{Error, ErrorKind, Result};
use crate::feature_map::{FeatureMaps, Statistics, ValueRange};
use convscope_kernels::{add_finite, keep_larger_finite};
use serde::Serialize;
use std::cmp::Ordering;
use std::ops::Range;

/// Components that [`components`] finds at most: one for each of red, green and blue.
pub const COMPONENTS: usize = 3;

/// The most dimensions of which principal components are found, in channels or in cells.
pub const MAX_DIMENSIONS: usize = 2048;
/// The most products that make a matrix of covariances: beyond it every second, third or so of what is summed is left out.
const MAX_PRODUCTS: usize = 1 << 28;
/// Vectors iterated, more than are wanted: these converge the faster.
const ITERATED: usize = 8;
const MAX_ITERATIONS: usize = 200;
/// Iteration ends when no wanted vector, of length 1, changes by more than this.
const TOLERANCE: f64 = 1e-9;

/// How often values fall into each of several ranges.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Histogram {
    /// From the lower end of the first bin to the upper end of the last; none if no value is finite.
    pub range: Option<ValueRange>,
    /// Number of values in each bin. Each takes its lower end in and leaves its upper end out, but the last takes in both.
    pub counts: Vec<usize>,
}

/// The principal components of feature maps; see [`components`].
#[derive(Clone, Debug, PartialEq)]
pub struct Components {
    /// A plane for each component, the strongest first.
    pub scores: FeatureMaps<'static>,
    /// The share of the variance that each explains, of 0 to 1.
    pub explained: Vec<f64>,
}

/// Where a channel has its largest value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Peak {
    /// The channel.
    pub channel: usize,
    /// The cell's row in the whole map.
    pub row: usize,
    /// The cell's column in the whole map.
    pub column: usize,
    /// The cell's value.
    pub value: f32,
}

/// The largest finite value of each channel in some `rows` and `columns`, the first of those that are alike; the channel
/// with the largest comes first, and of those that are alike the one with the smaller number. Channels without a finite
/// value there are left out.
#[must_use]
pub fn peaks(maps: &FeatureMaps<'_>, rows: Range<usize>, columns: Range<usize>) -> Vec<Peak> {
    let columns = columns.start..columns.end.min(maps.width());
    let peak = |(channel, map): (usize, &[f32])| {
        let cells = rows.clone().flat_map(|row| columns.clone().map(move |column| (row, column)));
        let value = |row: usize, column: usize| map.get(row * maps.width() + column).copied();
        cells
            .filter_map(|(row, column)| Some(Peak { channel, row, column, value: value(row, column)? }))
            .filter(|peak| peak.value.is_finite())
            .reduce(|best, peak| if peak.value > best.value { peak } else { best })
    };
    let mut peaks: Vec<Peak> = maps.maps().enumerate().filter_map(peak).collect();
    peaks.sort_by(|a, b| b.value.partial_cmp(&a.value).unwrap_or(Ordering::Equal));
    peaks
}

/// The statistics of each channel.
#[must_use]
pub fn statistics(maps: &FeatureMaps<'_>) -> Vec<Statistics> {
    maps.maps().map(Statistics::of).collect()
}

/// How alike a channel and each of the channels are: Pearson's correlation coefficient over the cells where both are
/// finite, of -1 to 1; none where one of both is constant there.
///
/// # Errors
/// [`ErrorKind::Input`] if there is no such `channel`.
pub fn similarities(maps: &FeatureMaps<'_>, channel: usize) -> Result<Vec<Option<f64>>> {
    let chosen = map_of(maps, channel)?;
    Ok(maps.maps().map(|map| correlation(chosen, map)).collect())
}

/// The histogram of a channel's finite values in `bins` ranges of the same width. If all are the same, the range is of
/// one half on each side, as numpy's.
///
/// # Errors
/// [`ErrorKind::Input`] if there is no such `channel`, or no bin.
pub fn histogram(maps: &FeatureMaps<'_>, channel: usize, bins: usize) -> Result<Histogram> {
    let map = map_of(maps, channel)?;
    if bins == 0 || bins > map.len().max(1 << 10) {
        return Err(Error::new(ErrorKind::Input, format!("a histogram has no {bins} bins")));
    }
    let mut counts = vec![0; bins];
    let Some(ValueRange { low, high }) = ValueRange::of(map) else { return Ok(Histogram { range: None, counts }) };
    let (low, high) = if low == high { (low - 0.5, high + 0.5) } else { (low, high) };
    let span = f64::from(high) - f64::from(low);
    for value in map.iter().filter(|value| value.is_finite()) {
        let bin = (f64::from(*value) - f64::from(low)) / span * bins as f64;
        counts[(bin as usize).min(bins - 1)] += 1;
    }
    Ok(Histogram { range: Some(ValueRange { low, high }), counts })
}

/// The mean over channels in each cell, of those that are finite there; NaN where none is.
///
/// # Errors
/// As [`FeatureMaps::new`]'s.
pub fn mean(maps: &FeatureMaps<'_>) -> Result<FeatureMaps<'static>> {
    let cells = maps.height() * maps.width();
    let (mut sums, mut counts) = (vec![0.0; cells], vec![0.0; cells]);
    for map in maps.maps() {
        add_finite(map, &mut sums, &mut counts);
    }
    let means: Vec<f32> = sums.iter().zip(&counts).map(|(sum, count)| (sum / count) as f32).collect();
    FeatureMaps::new(1, maps.height(), maps.width(), means)
}

/// The largest value over channels in each cell, of those that are finite there; NaN where none is.
///
/// # Errors
/// As [`FeatureMaps::new`]'s.
pub fn maximum(maps: &FeatureMaps<'_>) -> Result<FeatureMaps<'static>> {
    let mut largest = vec![f32::NAN; maps.height() * maps.width()];
    for map in maps.maps() {
        keep_larger_finite(map, &mut largest);
    }
    FeatureMaps::new(1, maps.height(), maps.width(), largest)
}

/// The first three principal components of the channels over the cells, or as many as there are.
///
/// Each cell is an observation of as many variables as there are channels. From each channel its mean is taken; a component
/// is the projection of the cells on an eigenvector of the channels' covariance. Its sign, which is arbitrary, is such that
/// the value farthest from zero is positive. Cells where a channel is not finite do not count, and are NaN.
///
/// The eigenvectors are found by orthogonal iteration (Golub and Van Loan, "Matrix Computations", section 8.2) on the
/// covariances of the channels or, if there are fewer of them, on the inner products of the cells, which have the same
/// eigenvalues. Where that takes too many products they are estimated from an evenly spaced sample of the longer dimension.
///
/// # Errors
/// [`ErrorKind::Input`] if no cell counts, [`ErrorKind::TooLarge`] for more than [`MAX_DIMENSIONS`] channels and cells.
pub fn components(maps: &FeatureMaps<'_>) -> Result<Components> {
    let cells: Vec<usize> = (0..maps.height() * maps.width())
        .filter(|&cell| maps.maps().all(|map| map.get(cell).is_some_and(|value| value.is_finite())))
        .collect();
    if cells.is_empty() {
        return Err(Error::new(ErrorKind::Input, "no cell has finite values only, of which components could be found"));
    }
    let dimensions = maps.channels().min(cells.len());
    if dimensions > MAX_DIMENSIONS {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!("principal components of {} channels and {} cells", maps.channels(), cells.len()),
        ));
    }
    let centered: Vec<Vec<f64>> = maps.maps().map(|map| centered(map, &cells)).collect();
    let (scores, explained) = if maps.channels() <= cells.len() {
        by_channels(&centered, cells.len())
    } else {
        by_cells(&centered, cells.len())
    };
    let mut values = vec![f32::NAN; maps.height() * maps.width() * scores.len()];
    for (plane, scores) in values.chunks_exact_mut(maps.height() * maps.width()).zip(&scores) {
        let farthest = scores.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or_default();
        for (&cell, score) in cells.iter().zip(scores) {
            plane[cell] = (score * farthest.signum()) as f32;
        }
    }
    Ok(Components { scores: FeatureMaps::new(scores.len(), maps.height(), maps.width(), values)?, explained })
}

/// Scores and explained shares, from the covariances of channels.
fn by_channels(centered: &[Vec<f64>], cells: usize) -> (Vec<Vec<f64>>, Vec<f64>) {
    let step = sample_step(centered.len(), cells);
    let sampled: Vec<Vec<f64>> =
        centered.iter().map(|channel| channel.iter().copied().step_by(step).collect()).collect();
    let (vectors, explained) = strongest(&products(&sampled));
    let score = |vector: &Vec<f64>| {
        let mut scores = vec![0.0; cells];
        for (weight, channel) in vector.iter().zip(centered) {
            for (score, value) in scores.iter_mut().zip(channel) {
                *score += weight * value;
            }
        }
        scores
    };
    (vectors.iter().map(score).collect(), explained)
}

/// Scores and explained shares, from the inner products of cells.
fn by_cells(centered: &[Vec<f64>], cells: usize) -> (Vec<Vec<f64>>, Vec<f64>) {
    let step = sample_step(cells, centered.len());
    let by_cell = |cell: usize| centered.iter().step_by(step).map(|channel| channel[cell]).collect();
    let transposed: Vec<Vec<f64>> = (0..cells).map(by_cell).collect();
    let matrix = products(&transposed);
    let (vectors, explained) = strongest(&matrix);
    // An eigenvector of the inner products is the scores but for its length, the root of the eigenvalue.
    let score = |vector: &Vec<f64>| {
        let length = (dot(vector, &times(&matrix, vector)).max(0.0) * step as f64).sqrt();
        vector.iter().map(|value| value * length).collect()
    };
    (vectors.iter().map(score).collect(), explained)
}

/// Which of `length` values to take, such that the products of `dimensions` rows of them are not too many.
fn sample_step(dimensions: usize, length: usize) -> usize {
    (dimensions * dimensions * length).div_ceil(MAX_PRODUCTS).max(1)
}

/// The inner products of all rows with all.
fn products(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut matrix = vec![vec![0.0; rows.len()]; rows.len()];
    for (i, row) in rows.iter().enumerate() {
        for (j, other) in rows.iter().enumerate().take(i + 1) {
            let product = dot(row, other);
            matrix[i][j] = product;
            matrix[j][i] = product;
        }
    }
    matrix
}

/// The eigenvectors with the largest eigenvalues of a symmetric `matrix` that has none below zero, of length 1, and the
/// share of each eigenvalue in their sum.
fn strongest(matrix: &[Vec<f64>]) -> (Vec<Vec<f64>>, Vec<f64>) {
    let trace: f64 = matrix.iter().enumerate().map(|(i, row)| row[i]).sum();
    // Any beginning will do that no eigenvector is likely to be orthogonal to.
    let mut state = 1u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1u32 << 24) - 0.5
    };
    let begin = |_| matrix.iter().map(|_| random()).collect();
    let mut vectors: Vec<Vec<f64>> = (0..ITERATED.min(matrix.len())).map(begin).collect();
    orthonormalize(&mut vectors);
    let mut eigenvalues = vec![0.0; vectors.len()];
    for _ in 0..MAX_ITERATIONS {
        let before = vectors.clone();
        for (vector, eigenvalue) in vectors.iter_mut().zip(&mut eigenvalues) {
            let image = times(matrix, vector);
            *eigenvalue = dot(vector, &image);
            *vector = image;
        }
        orthonormalize(&mut vectors);
        let wanted = vectors.iter().zip(&before).take(COMPONENTS);
        if wanted.flat_map(|(vector, before)| vector.iter().zip(before)).all(|(a, b)| (a - b).abs() <= TOLERANCE) {
            break;
        }
    }
    vectors.truncate(COMPONENTS);
    let share = |eigenvalue: f64| if trace > 0.0 { (eigenvalue / trace).clamp(0.0, 1.0) } else { 0.0 };
    (vectors, eigenvalues.into_iter().take(COMPONENTS).map(share).collect())
}

/// Gram and Schmidt's, each vector twice for the sake of precision. One that depends on those before it becomes zero.
fn orthonormalize(vectors: &mut [Vec<f64>]) {
    for index in 0..vectors.len() {
        let (done, rest) = vectors.split_at_mut(index);
        let Some(vector) = rest.first_mut() else { return };
        let before = dot(vector, vector).sqrt();
        for _ in 0..2 {
            for other in &*done {
                let share = dot(vector, other);
                for (value, other) in vector.iter_mut().zip(other) {
                    *value -= share * other;
                }
            }
        }
        let length = dot(vector, vector).sqrt();
        let factor = if length > before * 1e-12 { length.recip() } else { 0.0 };
        for value in vector {
            *value *= factor;
        }
    }
}

fn times(matrix: &[Vec<f64>], vector: &[f64]) -> Vec<f64> {
    matrix.iter().map(|row| dot(row, vector)).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A channel's values in some cells, less their mean.
fn centered(map: &[f32], cells: &[usize]) -> Vec<f64> {
    let values: Vec<f64> = cells.iter().filter_map(|&cell| map.get(cell)).map(|&value| f64::from(value)).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.into_iter().map(|value| value - mean).collect()
}

fn correlation(a: &[f32], b: &[f32]) -> Option<f64> {
    let both = || {
        let pairs = a.iter().zip(b).filter(|(a, b)| a.is_finite() && b.is_finite());
        pairs.map(|(&a, &b)| (f64::from(a), f64::from(b)))
    };
    let count = both().count() as f64;
    let (sum_a, sum_b) = both().fold((0.0, 0.0), |(sum_a, sum_b), (a, b)| (sum_a + a, sum_b + b));
    let (mean_a, mean_b) = (sum_a / count, sum_b / count);
    let (mut product, mut square_a, mut square_b) = (0.0, 0.0, 0.0);
    for (a, b) in both() {
        product += (a - mean_a) * (b - mean_b);
        square_a += (a - mean_a).powi(2);
        square_b += (b - mean_b).powi(2);
    }
    let size = (square_a * square_b).sqrt();
    (size > 0.0 && size.is_finite()).then(|| (product / size).clamp(-1.0, 1.0))
}

fn map_of<'a>(maps: &'a FeatureMaps<'_>, channel: usize) -> Result<&'a [f32]> {
    maps.map(channel).ok_or_else(|| {
        Error::new(ErrorKind::Input, format!("no channel {channel}: there are {} channels, from 0", maps.channels()))
    })
}

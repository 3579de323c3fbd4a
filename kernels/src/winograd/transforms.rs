//! The transforms of Winograd's convolutions whose patches are of 6 x 6. With the points 0, 1, -1, 2, -2 and infinity,
//! that of a patch is the same whatever the kernel's size.

use super::Points;
use crate::simd::{F32x4, LANES};
use std::array::from_fn;

/// Rows and columns of a patch.
pub(super) const PATCH: usize = 6;
/// Values of a transformed patch, and of the others.
pub(super) const POINTS: usize = PATCH * PATCH;

/// Transforms kernels of `SIZE` x `SIZE`, and puts them one after the other at `place` of each point.
pub(super) fn transform_kernels<const SIZE: usize, const CELLS: usize, const LENGTH: usize>(
    kernels: &[[f32; CELLS]],
    place: usize,
    points: &mut Points<LENGTH>,
) {
    let (groups, rest) = kernels.as_chunks::<LANES>();
    for (group, kernels) in groups.iter().enumerate() {
        let place = place + group * LANES;
        transform_group::<SIZE, CELLS, LENGTH>(kernels, points, |value, point| value.store(&mut point[place..]));
    }
    if let Some(last) = rest.last() {
        let place = place + groups.len() * LANES;
        let kernels = from_fn(|lane| *rest.get(lane).unwrap_or(last));
        transform_group::<SIZE, CELLS, LENGTH>(&kernels, points, |value, point| {
            value.store_some(&mut point[place..place + rest.len()]);
        });
    }
}

/// Transforms [`LANES`] kernels.
#[inline(always)]
fn transform_group<const SIZE: usize, const CELLS: usize, const LENGTH: usize>(
    kernels: &[[f32; CELLS]; LANES],
    points: &mut Points<LENGTH>,
    store: impl Fn(F32x4, &mut [f32; LENGTH]),
) {
    let mut cells = [F32x4::splat(0.0); CELLS];
    let (fours, rest) = cells.as_chunks_mut::<LANES>();
    for (index, four) in fours.iter_mut().enumerate() {
        *four = F32x4::transposed(kernels.each_ref().map(|kernel| F32x4::load(&kernel[index * LANES..])));
    }
    if let [last] = rest {
        *last = F32x4::new(kernels.each_ref().map(|kernel| kernel[CELLS - 1]));
    }
    let columns: [[F32x4; PATCH]; SIZE] =
        from_fn(|column| transform_weights::<SIZE>(from_fn(|row| cells[SIZE * row + column])));
    // Stored row by row: all at once are more than registers hold.
    for (row, points) in points.as_chunks_mut::<PATCH>().0.iter_mut().enumerate() {
        let values = transform_weights::<SIZE>(from_fn(|column| columns[column][row]));
        for (value, point) in values.into_iter().zip(points) {
            store(value, point);
        }
    }
}

/// The values at the points of the polynomial with these coefficients.
#[inline(always)]
fn transform_weights<const SIZE: usize>(weights: [F32x4; SIZE]) -> [F32x4; PATCH] {
    let last = SIZE - 1;
    // By Horner's rule, of the coefficients with even and with odd indices.
    let sum_from = |start: usize, square: f32| {
        let square = F32x4::splat(square);
        (start..last - 1).step_by(2).rev().fold(weights[last - start], |sum, index| sum * square + weights[index])
    };
    let (near, nearer) = (sum_from(0, 1.0), sum_from(1, 1.0));
    let (far, farther) = (sum_from(0, 4.0), F32x4::splat(2.0) * sum_from(1, 4.0));
    [weights[0], near + nearer, near - nearer, far + farther, far - farther, weights[last]]
}

#[inline(always)]
pub(super) fn transform_input([a, b, c, d, e, f]: [F32x4; PATCH]) -> [F32x4; PATCH] {
    let (two, four, five) = (F32x4::splat(2.0), F32x4::splat(4.0), F32x4::splat(5.0));
    let (even, odd) = (e - four * c, d - four * b);
    let (near, far) = (e - c, two * (d - b));
    [four * a - five * c + e, even + odd, even - odd, near + far, near - far, four * b - five * d + f]
}

/// With the factors that make the transforms each other's inverse, which the kernels' leaves out.
#[inline(always)]
pub(super) fn transform_output<const TILE: usize>([a, b, c, d, e, f]: [F32x4; PATCH]) -> [F32x4; TILE] {
    let sixth = F32x4::splat(-1.0 / 6.0);
    let (near, nearer) = (sixth * (b + c), sixth * (b - c));
    let (far, farther) = (d + e, d - e);
    from_fn(|row| {
        let power = F32x4::splat((1 << row) as f32 / 24.0);
        let value = if row % 2 == 0 { near + power * far } else { nearer + power * farther };
        match row {
            0 => F32x4::splat(0.25) * a + value,
            _ if row == TILE - 1 => value + f,
            _ => value,
        }
    })
}

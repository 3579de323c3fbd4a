//! Weighted sums of bytes, in fixed point, as Pillow's resampling takes them (`libImaging/Resample.c`).

/// Fractional bits of a weight: 32 less eight for the result and two against overflow.
pub const FRACTION_BITS: u32 = 32 - 8 - 2;

/// One half in fixed point, to round to the nearest.
const HALF: i32 = 1 << (FRACTION_BITS - 1);

/// The weights of neighbours in a line that make up one pixel.
#[derive(Clone, Debug, PartialEq)]
pub struct Taps {
    /// The first of the neighbours.
    pub start: usize,
    /// Their weights, of which the sum is one.
    pub weights: Vec<i32>,
}

/// Makes a pixel of a row's for each of `taps`.
///
/// # Panics
/// If there are taps beyond the row.
pub fn weigh_pixels(row: &[[u8; 3]], taps: &[Taps], output: &mut [[u8; 3]]) {
    for (taps, output) in taps.iter().zip(output) {
        let mut sums = [HALF; 3];
        for (pixel, &weight) in row[taps.start..][..taps.weights.len()].iter().zip(&taps.weights) {
            for (sum, &value) in sums.iter_mut().zip(pixel) {
                *sum += i32::from(value) * weight;
            }
        }
        *output = sums.map(to_byte);
    }
}

/// Makes a row of others, which are as long.
///
/// # Panics
/// If there are taps beyond the rows.
pub fn weigh_rows(rows: &[&[u8]], taps: &Taps, output: &mut [u8]) {
    let mut sums = vec![HALF; output.len()];
    for (row, &weight) in rows[taps.start..][..taps.weights.len()].iter().zip(&taps.weights) {
        for (sum, &value) in sums.iter_mut().zip(*row) {
            *sum += i32::from(value) * weight;
        }
    }
    for (output, sum) in output.iter_mut().zip(sums) {
        *output = to_byte(sum);
    }
}

/// A sum in fixed point as a byte.
fn to_byte(sum: i32) -> u8 {
    (sum >> FRACTION_BITS).clamp(0, 255) as u8
}

//! The kernels beside the plainest loops in double precision.

use convscope_kernels::{
    AveragePool, Beyond, Convolution, Extremes, LocalResponseNorm, NON_FINITE, WeightOrder, Window, add, add_finite,
    clamp, color, dense, even_levels, extreme_levels, keep_larger_finite, max_pool, mean_and_deviation, mean_levels,
    scale_and_shift, standard_levels,
};

/// Numbers between -1 and 1 without an order.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (f64::from(state >> 8) / f64::from(1 << 23) - 1.0) as f32
    };
    (0..count).map(|_| next()).collect()
}

/// A window whose output ends with the input and `after` cells of padding.
fn window(input: [usize; 2], size: [usize; 2], stride: [usize; 2], padding: [usize; 2], after: [usize; 2]) -> Window {
    let output =
        std::array::from_fn(|axis| (input[axis] + padding[axis] + after[axis] - size[axis]) / stride[axis] + 1);
    Window { size, stride, dilation: [1, 1], padding, input, output }
}

/// The cells of the input under the window at a place of the output: their places in the window and in the plane.
fn cells(window: &Window, row: usize, column: usize) -> Vec<(usize, usize)> {
    let place = |axis: usize, output: usize, cell: usize| {
        let place = output * window.stride[axis] + cell * window.dilation[axis];
        place.checked_sub(window.padding[axis]).filter(|&place| place < window.input[axis])
    };
    let mut cells = Vec::new();
    for y in 0..window.size[0] {
        for x in 0..window.size[1] {
            if let (Some(row), Some(column)) = (place(0, row, y), place(1, column, x)) {
                cells.push((y * window.size[1] + x, row * window.input[1] + column));
            }
        }
    }
    cells
}

#[track_caller]
fn check_close(actual: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(actual.len(), expected.len());
    let largest = expected.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    for (index, (&actual, &expected)) in actual.iter().zip(expected).enumerate() {
        let distance = (f64::from(actual) - expected).abs();
        assert!(distance <= tolerance * largest, "{actual} instead of {expected} at {index}");
    }
}

#[test]
fn convolutions_are_sums_of_products() {
    #[track_caller]
    fn check(window: Window, channels: usize, features: usize, groups: usize, batch: usize) {
        let (input_area, area) = (window.input.iter().product::<usize>(), window.output.iter().product::<usize>());
        let taps = window.size[0] * window.size[1];
        let (group_channels, group_features) = (channels / groups, features / groups);
        let weights = numbers(features * group_channels * taps, 1);
        let bias = numbers(features, 2);
        let input = numbers(batch * channels * input_area, 3);
        let mut expected = Vec::new();
        for image in input.chunks_exact(channels * input_area) {
            for (feature, weights) in weights.chunks_exact(group_channels * taps).enumerate() {
                let planes = &image[feature / group_features * group_channels * input_area..];
                for position in 0..area {
                    let mut sum = f64::from(bias[feature]);
                    for (cell, place) in cells(&window, position / window.output[1], position % window.output[1]) {
                        for channel in 0..group_channels {
                            sum += f64::from(weights[channel * taps + cell])
                                * f64::from(planes[channel * input_area + place]);
                        }
                    }
                    expected.push(sum);
                }
            }
        }
        let mut output = vec![f32::NAN; batch * features * area];
        Convolution::new(window, channels, groups, bias).run(&weights, &input, &mut output);
        check_close(&output, &expected, 1e-5);
    }
    // Products of weights and windows.
    check(window([5, 7], [1, 1], [1, 1], [0, 0], [0, 0]), 3, 4, 1, 2);
    check(window([9, 9], [1, 1], [2, 2], [0, 0], [0, 0]), 300, 5, 1, 1);
    check(window([19, 31], [1, 1], [1, 1], [0, 0], [0, 0]), 300, 5, 1, 1);
    check(window([10, 41], [3, 3], [1, 2], [1, 1], [1, 1]), 3, 4, 1, 1);
    check(window([9, 8], [3, 3], [2, 2], [1, 1], [1, 0]), 5, 7, 1, 1);
    check(window([13, 11], [5, 3], [1, 3], [2, 0], [1, 4]), 4, 6, 2, 1);
    check(window([6, 70], [3, 3], [1, 1], [0, 4], [0, 5]), 2, 3, 1, 1);
    check(window([79, 79], [3, 3], [2, 2], [1, 1], [1, 1]), 30, 3, 1, 1);
    // More rows than a block's, and panels than a group's; a column left over, and some.
    check(window([7, 7], [1, 1], [1, 1], [0, 0], [0, 0]), 300, 100, 1, 1);
    check(window([15, 17], [1, 1], [1, 1], [0, 0], [0, 0]), 16, 98, 1, 1);
    check(window([25, 37], [3, 3], [2, 2], [1, 1], [0, 1]), 2, 101, 1, 1);
    // Two narrow panels, one of which is whole or in part; one; and a wide one in part.
    check(window([4, 7], [1, 1], [1, 1], [0, 0], [0, 0]), 300, 9, 1, 1);
    check(window([3, 5], [1, 1], [1, 1], [0, 0], [0, 0]), 7, 10, 1, 1);
    check(window([3, 7], [3, 3], [1, 1], [1, 1], [1, 1]), 5, 6, 1, 1);
    check(window([2, 17], [1, 1], [1, 1], [0, 0], [0, 0]), 600, 6, 1, 2);
    let dilated = Window { dilation: [2, 3], output: [5, 3], ..window([9, 9], [3, 3], [1, 1], [0, 0], [0, 0]) };
    check(dilated, 2, 2, 1, 1);
    // Each plane by itself.
    check(window([7, 7], [5, 5], [1, 1], [2, 2], [2, 2]), 6, 6, 6, 2);
    check(window([15, 37], [3, 3], [1, 1], [1, 1], [1, 1]), 4, 8, 4, 1);
    check(window([13, 12], [3, 5], [2, 2], [1, 2], [1, 2]), 3, 3, 3, 1);
    check(window([13, 12], [3, 3], [2, 2], [1, 1], [1, 1]), 3, 3, 3, 1);
    check(window([14, 45], [5, 5], [2, 2], [2, 2], [2, 1]), 3, 6, 3, 1);
    check(window([9, 30], [3, 3], [1, 2], [0, 0], [0, 0]), 3, 3, 3, 1);
    check(window([3, 5], [5, 5], [2, 2], [6, 7], [6, 5]), 2, 2, 2, 1);
    check(window([14, 29], [2, 4], [1, 3], [0, 1], [0, 2]), 2, 2, 2, 1);
    check(window([9, 9], [1, 1], [1, 1], [0, 0], [0, 0]), 5, 5, 5, 1);
    check(window([3, 3], [3, 3], [2, 2], [4, 5], [3, 2]), 2, 2, 2, 1);
    check(Window { dilation: [2, 3], output: [5, 2], ..window([9, 9], [3, 3], [1, 2], [0, 0], [0, 0]) }, 2, 2, 2, 1);
    // Winograd's, in tiles that are whole, cut off, and more than are made at once.
    check(window([16, 24], [3, 3], [1, 1], [1, 1], [1, 1]), 16, 16, 1, 1);
    check(window([14, 14], [3, 3], [1, 1], [1, 1], [1, 1]), 64, 17, 1, 2);
    check(window([23, 19], [3, 3], [1, 1], [0, 0], [0, 0]), 16, 20, 1, 1);
    check(window([22, 21], [3, 3], [1, 1], [3, 2], [0, 1]), 18, 16, 1, 1);
    check(window([14, 13], [3, 3], [1, 1], [1, 1], [1, 1]), 32, 34, 2, 2);
    check(window([90, 88], [3, 3], [1, 1], [1, 1], [1, 1]), 16, 16, 1, 1);
    check(window([7, 7], [3, 3], [1, 1], [1, 1], [1, 1]), 700, 35, 1, 1);
    check(window([48, 48], [3, 3], [1, 1], [1, 1], [1, 1]), 178, 50, 1, 1);
    check(window([28, 25], [3, 3], [1, 1], [1, 1], [1, 1]), 16, 1, 1, 1);
    check(window([7, 7], [5, 5], [1, 1], [2, 2], [2, 2]), 18, 23, 1, 2);
    check(window([27, 26], [5, 5], [1, 1], [2, 2], [2, 2]), 34, 36, 2, 1);
    check(window([21, 34], [5, 5], [1, 1], [0, 4], [0, 1]), 17, 16, 1, 1);
}

#[test]
fn dense_layers_are_sums_of_products() {
    for (count, depth, batch) in [(1, 1, 1), (10, 37, 1), (7, 64, 3), (2050, 9, 2), (4100, 6, 1)] {
        let (weights, inputs) = (numbers(count * depth, 8), numbers(batch * depth, 9));
        for order in [WeightOrder::ByOutput, WeightOrder::ByInput] {
            let mut expected = Vec::new();
            for input in inputs.chunks_exact(depth) {
                expected.extend((0..count).map(|output| {
                    let place = |place: usize| match order {
                        WeightOrder::ByOutput => output * depth + place,
                        WeightOrder::ByInput => place * count + output,
                    };
                    let products = (0..depth).map(|at| f64::from(weights[place(at)]) * f64::from(input[at]));
                    products.sum::<f64>()
                }));
            }
            let mut output = vec![f32::NAN; batch * count];
            dense(&weights, order, &inputs, depth, &mut output);
            check_close(&output, &expected, 1e-6);
        }
    }
}

#[test]
fn what_is_not_finite_spreads_no_further_than_its_windows() {
    let window = window([16, 24], [3, 3], [1, 1], [1, 1], [1, 1]);
    let (channels, area) = (16, 16 * 24);
    let weights = numbers(channels * channels * 9, 6);
    let mut input = numbers(channels * area, 7);
    input[3 * area + 5 * 24 + 7] = f32::INFINITY;
    input[9 * area + 12 * 24 + 20] = f32::NAN;
    let mut output = vec![0.0; channels * area];
    Convolution::new(window, channels, 1, vec![0.0; channels]).run(&weights, &input, &mut output);
    for (index, value) in output.iter().enumerate() {
        let (row, column) = (index % area / 24, index % 24);
        let is_near = |y: usize, x: usize| row.abs_diff(y) <= 1 && column.abs_diff(x) <= 1;
        assert_eq!(value.is_infinite(), is_near(5, 7), "{value} in row {row}, column {column}");
        assert_eq!(value.is_nan(), is_near(12, 20), "{value} in row {row}, column {column}");
    }
}

#[test]
fn max_pools_pass_over_padding_and_nan() {
    #[track_caller]
    fn check(window: Window) {
        let mut input = numbers(2 * window.input[0] * window.input[1], 4);
        input[1] = f32::NAN;
        let mut expected = Vec::new();
        for plane in input.chunks_exact(window.input[0] * window.input[1]) {
            for position in 0..window.output[0] * window.output[1] {
                let cells = cells(&window, position / window.output[1], position % window.output[1]);
                expected.push(cells.iter().map(|&(_, place)| plane[place]).fold(f32::NEG_INFINITY, f32::max));
            }
        }
        let mut output = vec![0.0; expected.len()];
        max_pool(&window, &input, &mut output);
        assert_eq!(output, expected, "{window:?}");
    }
    check(window([8, 9], [2, 2], [2, 2], [0, 0], [0, 0]));
    check(window([9, 23], [2, 2], [2, 2], [0, 0], [0, 0]));
    check(window([9, 13], [3, 3], [2, 2], [1, 1], [1, 1]));
    check(window([7, 7], [3, 3], [1, 1], [1, 1], [1, 1]));
    check(window([6, 17], [1, 5], [1, 3], [0, 2], [0, 1]));
    check(window([8, 19], [5, 4], [1, 2], [2, 3], [2, 0]));
    check(window([13, 13], [7, 7], [3, 4], [0, 1], [1, 2]));
    check(Window { dilation: [2, 3], output: [5, 3], ..window([9, 9], [3, 3], [1, 1], [0, 0], [0, 0]) });
    // The last window lies beyond the input in part, as with `ceil_mode`.
    check(window([7, 7], [2, 2], [2, 2], [0, 0], [1, 1]));
}

#[test]
fn average_pools_are_sums_over_what_counts() {
    for (input, size, stride) in [([9, 13], [3, 3], [1, 1]), ([14, 7], [2, 4], [2, 3]), ([6, 6], [6, 6], [1, 1])] {
        let window = window(input, size, stride, [1, 0], [0, 1]);
        let values = numbers(3 * input[0] * input[1], 12);
        let [rows, columns]: [Vec<usize>; 2] = [0, 1].map(|axis| (2..2 + window.output[axis]).collect());
        let mut expected = Vec::new();
        for plane in values.chunks_exact(input[0] * input[1]) {
            for (row, row_count) in rows.iter().enumerate() {
                for (column, column_count) in columns.iter().enumerate() {
                    let cells = cells(&window, row, column);
                    let sum: f64 = cells.iter().map(|&(_, place)| f64::from(plane[place])).sum();
                    expected.push(sum / (row_count * column_count) as f64);
                }
            }
        }
        let mut output = vec![f32::NAN; expected.len()];
        AveragePool { window, rows, columns }.run(&values, &mut output);
        check_close(&output, &expected, 1e-6);
    }
}

#[test]
fn normalisation_is_by_the_squares_of_neighbouring_channels() {
    for (size, beta) in [(5, 0.75), (4, 0.75), (3, 0.6), (1, 1.0)] {
        let norm = LocalResponseNorm { alpha: 0.3, beta, bias: 1.5, size };
        let (channels, area) = (6, 5);
        let input = numbers(2 * channels * area, 5);
        let mut output = vec![0.0; input.len()];
        norm.run(&input, channels, area, &mut output);
        let expected: Vec<f64> = (0..input.len())
            .map(|index| {
                let (image, channel) = (index / area / channels, index / area % channels);
                let near = (channel + channels).saturating_sub((size - 1) / 2)..=channel + channels + size / 2;
                let near = near.filter(|near| (channels..2 * channels).contains(near)).map(|near| near - channels);
                let squares =
                    near.map(|near| f64::from(input[(image * channels + near) * area + index % area]).powi(2));
                let sum: f64 = squares.sum();
                f64::from(input[index]) / (1.5 + 0.3f32 as f64 / size as f64 * sum).powf(f64::from(beta))
            })
            .collect();
        check_close(&output, &expected, 1e-6);
    }
}

#[test]
fn channels_are_scaled_and_shifted() {
    let mut output = vec![0.0; 8];
    scale_and_shift(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], &[2.0, -1.0], &[0.5, 0.0], 2, &mut output);
    assert_eq!(output, [2.5, 4.5, -3.0, -4.0, 10.5, 12.5, -7.0, -8.0]);
}

#[test]
fn values_are_clamped_and_added() {
    for len in [0, 1, 4, 7, 100] {
        let (left, right) = (numbers(len, 18), numbers(len, 19));
        for (low, high) in [(0.0, f32::INFINITY), (f32::NEG_INFINITY, 0.25), (-0.5, 0.5)] {
            let mut output = vec![f32::NAN; len];
            clamp(&left, low, high, &mut output);
            assert_eq!(output, left.iter().map(|value| value.clamp(low, high)).collect::<Vec<_>>());
        }
        let mut output = vec![f32::NAN; len];
        add(&left, &right, &mut output);
        assert_eq!(output, left.iter().zip(&right).map(|(left, right)| left + right).collect::<Vec<_>>());
    }
    let mut output = [0.0; 5];
    clamp(&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1.0, f32::NAN], 0.0, 6.0, &mut output);
    assert!(output[0].is_nan() && output[4].is_nan());
    assert_eq!(output[1..4], [6.0, 0.0, 1.0]);
}

#[test]
fn extremes_are_of_finite_values() {
    for len in [1, 3, 16, 17, 100] {
        let mut values = numbers(len, 20);
        for non_finite in 0..len.min(4) {
            let mut sorted = values[non_finite..].to_vec();
            sorted.sort_by(f32::total_cmp);
            let expected = Extremes { low: sorted[0], high: sorted[sorted.len() - 1], non_finite };
            assert_eq!(Extremes::of(&values), expected, "{len}");
            values.rotate_left(non_finite);
            assert_eq!(Extremes::of(&values), expected, "{len}");
            values.rotate_right(non_finite);
            values[non_finite] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY][non_finite % 3];
        }
    }
    let nothing = Extremes { low: f32::INFINITY, high: f32::NEG_INFINITY, non_finite: 1 };
    assert_eq!(Extremes::of(&[f32::NAN]), nothing);
    let widest = Extremes { low: f32::MIN, high: f32::MAX, non_finite: 0 };
    assert_eq!(Extremes::of(&[f32::MAX, f32::MIN]), widest);
}

#[test]
fn moments_are_the_mean_and_the_deviation_from_it() {
    for len in [1, 5, 8, 127, 129, 1000] {
        let values: Vec<f32> = numbers(len, 21).into_iter().map(|value| value + 3.0).collect();
        let mean_of = |term: &dyn Fn(f64) -> f64| {
            values.iter().map(|&value| term(f64::from(value))).sum::<f64>() / values.len() as f64
        };
        let mean = mean_of(&|value| value);
        let deviation = mean_of(&|value| (value - mean).powi(2)).sqrt();
        let (actual_mean, actual_deviation) = mean_and_deviation(&values);
        check_close(&[actual_mean, actual_deviation], &[mean, deviation], 1e-6);
    }
}

#[test]
fn planes_are_gathered_where_they_are_finite() {
    let (mut sums, mut counts, mut largest) = ([0.0; 5], [0.0; 5], [f32::NAN; 5]);
    for plane in [[1.0, f32::NAN, -3.0, f32::INFINITY, f32::NAN], [-2.0, 4.0, -1.0, f32::NEG_INFINITY, 0.5]] {
        add_finite(&plane, &mut sums, &mut counts);
        keep_larger_finite(&plane, &mut largest);
    }
    assert_eq!(sums, [-1.0, 4.0, -4.0, 0.0, 0.5]);
    assert_eq!(counts, [2.0, 1.0, 2.0, 0.0, 1.0]);
    assert_eq!(largest[..3], [1.0, 4.0, -1.0]);
    assert!(largest[3].is_nan());
    assert_eq!(largest[4], 0.5);
}

/// Each of an odd number of levels, whatever vectors the loops are made of.
#[test]
fn every_value_has_a_level() {
    let mut values: Vec<f32> = (0..=100).map(|value| value as f32).collect();
    values[7] = f32::NAN;
    values[98] = f32::NEG_INFINITY;
    let with_non_finite = |level: &dyn Fn(f32) -> f32| -> Vec<u16> {
        let level = |&value: &f32| if value.is_finite() { level(value) as u16 } else { NON_FINITE };
        values.iter().map(level).collect()
    };
    let mut levels = vec![0; values.len()];
    even_levels(&values, 0.0, 100.0, &mut levels);
    assert_eq!(levels, with_non_finite(&|value| (value / 100.0 * 256.0).min(255.0)));
    assert_eq!(extreme_levels(&levels), (0, 255));
    even_levels(&values, 20.0, 50.0, &mut levels);
    assert_eq!(levels, with_non_finite(&|value| ((value - 20.0) / 30.0 * 256.0).clamp(0.0, 255.0)));
    assert_eq!(Beyond::of(&values, 20.0, 50.0), Beyond { below: 19, above: 49 });
    let beyond = standard_levels(&values, 50.0, 16.0, &mut levels);
    assert_eq!(levels, with_non_finite(&|value| ((value - 50.0) / 16.0 * 64.0 + 128.0).clamp(0.0, 255.0)));
    assert_eq!(beyond, Beyond { below: 17, above: 18 });
    assert_eq!(extreme_levels(&[NON_FINITE]), (NON_FINITE, 0));
}

#[test]
fn levels_are_reduced_by_blocks() {
    let levels: Vec<u16> = (0..7 * 5).map(|index| index * 7 % 256).collect();
    for size in [1, 2, 3, 5, 9] {
        let mut expected = Vec::new();
        for top in (0..5).step_by(size) {
            for left in (0..7).step_by(size) {
                let rows = levels.chunks(7).skip(top).take(size);
                let block: Vec<u16> = rows.flat_map(|row| row.iter().skip(left).take(size)).copied().collect();
                let mean = f64::from(block.iter().sum::<u16>()) / block.len() as f64;
                expected.push(mean.round() as u16);
            }
        }
        assert_eq!(mean_levels(&levels, 7, size), expected, "{size}");
    }
    assert_eq!(mean_levels(&[0, 255], 2, usize::MAX / 2 + 1), [128]);
    assert_eq!(mean_levels(&[0, 255, 1, NON_FINITE], 2, 2), [NON_FINITE]);
    assert_eq!(mean_levels(&[0, 255, NON_FINITE, 1, 2, 3], 3, 2), [65, NON_FINITE]);
}

#[test]
fn colors_are_those_of_levels() {
    let colors = std::array::from_fn(|level| [(level % 256) as u8, (level / 256) as u8, 0, 255]);
    let mut pixels = [[9; 4]; 4];
    color(&[3, NON_FINITE, 255], &colors, &mut pixels);
    assert_eq!(pixels, [[3, 0, 0, 255], [0, 1, 0, 255], [255, 0, 0, 255], [9; 4]]);
}

//! Feature maps: an activation as planes of numbers.

use crate::error::{Error, ErrorKind, Result};
use crate::tensor::{Tensor, TensorData, for_any_data};
use convscope_kernels::Extremes;
use half::f16;
use serde::Serialize;
use std::borrow::Cow;

/// The most values that one activation's feature maps may have.
pub const MAX_VALUES: usize = 1 << 26;

/// Where the channels of an image-like tensor are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelAxis {
    /// After the batch: N x C x H x W, as in ONNX and PyTorch.
    #[default]
    First,
    /// Last: N x H x W x C, as in TensorFlow.
    Last,
}

/// An activation's feature maps: one plane of `height` x `width` values for each channel. Never empty.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureMaps<'a> {
    channels: usize,
    height: usize,
    width: usize,
    data: Cow<'a, [f32]>,
}

impl<'a> FeatureMaps<'a> {
    /// Feature maps over `data`, which holds plane after plane, each in rows from the top.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if there are no values, or not `channels * height * width` of them;
    /// [`ErrorKind::TooLarge`] for more than [`MAX_VALUES`].
    pub fn new(channels: usize, height: usize, width: usize, data: impl Into<Cow<'a, [f32]>>) -> Result<Self> {
        let data = data.into();
        let len = channels.checked_mul(height).and_then(|len| len.checked_mul(width));
        if len != Some(data.len()) || data.is_empty() {
            return Err(Error::new(
                ErrorKind::Input,
                format!("{} values do not make {channels} feature maps of {height} x {width}", data.len()),
            ));
        }
        check_len(data.len())?;
        Ok(Self { channels, height, width, data })
    }

    /// The feature maps of the first item of a batch, as `f32` whatever the element type (false is 0, true is 1;
    /// beyond `f32`'s range values become infinite). They depend on the tensor's rank:
    ///
    /// | tensor | feature maps |
    /// |---|---|
    /// | scalar | one of 1 x 1 |
    /// | K, or N x K | K of 1 x 1 |
    /// | N x T x K | one of T x K |
    /// | N x C x H x W | C of H x W |
    /// | N x C x D.. x H x W | C * D.. of H x W, a channel's slices one after the other |
    ///
    /// With [`ChannelAxis::Last`], C is the last dimension in the last two.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] for a tensor without elements, [`ErrorKind::TooLarge`] for more than [`MAX_VALUES`].
    pub fn from_tensor(tensor: &'a Tensor, channel_axis: ChannelAxis) -> Result<Self> {
        let shape = tensor.shape();
        if tensor.data().is_empty() {
            return Err(Error::new(
                ErrorKind::Input,
                format!("a tensor of shape {shape:?} has no feature maps: it is empty"),
            ));
        }
        // No dimension is 0 from here on, so no product exceeds the number of elements.
        let (interleaved, channels, height, width) = match (shape, channel_axis) {
            ([], _) => (1, 1, 1, 1),
            (&[k] | &[_, k], _) => (1, k, 1, 1),
            (&[_, t, k], _) => (1, 1, t, k),
            (&[_, ref outer @ .., height, width], ChannelAxis::First) => (1, outer.iter().product(), height, width),
            (&[_, ref outer @ .., height, width, channels], ChannelAxis::Last) => {
                (channels, channels * outer.iter().product::<usize>(), height, width)
            }
        };
        let len = channels * height * width;
        check_len(len)?;
        let mut values = first_values(tensor.data(), len);
        if interleaved > 1 {
            values = (0..interleaved)
                .flat_map(|channel| values.iter().skip(channel).step_by(interleaved).copied())
                .collect();
        }
        Self::new(channels, height, width, values)
    }

    /// Number of channels, each with one feature map.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Rows of each feature map.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Columns of each feature map.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// One channel's `height * width` values in rows from the top.
    #[must_use]
    pub fn map(&self, channel: usize) -> Option<&[f32]> {
        self.maps().nth(channel)
    }

    /// Every channel's values, see [`map`](Self::map).
    pub fn maps(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.data.chunks_exact(self.height * self.width)
    }

    /// The values of all channels, plane after plane.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.data
    }
}

/// Which axes of a tensor its feature maps are made of, as [`FeatureMaps::from_tensor`] makes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planes {
    /// The axes that count channels, the slowest first; none for one feature map.
    pub channels: Vec<usize>,
    /// The axis of rows; none if there is one only.
    pub row: Option<usize>,
    /// The axis of columns; none if there is one only.
    pub column: Option<usize>,
}

impl Planes {
    /// Those of a tensor of `rank` axes.
    #[must_use]
    pub fn of(rank: usize, channel_axis: ChannelAxis) -> Self {
        let (channels, row, column) = match (rank, channel_axis) {
            (0, _) => (vec![], None, None),
            (1 | 2, _) => (vec![rank - 1], None, None),
            (3, _) => (vec![], Some(1), Some(2)),
            (_, ChannelAxis::First) => ((1..rank - 2).collect(), Some(rank - 2), Some(rank - 1)),
            (_, ChannelAxis::Last) => {
                (std::iter::once(rank - 1).chain(1..rank - 3).collect(), Some(rank - 3), Some(rank - 2))
            }
        };
        Self { channels, row, column }
    }

    /// All of these axes, the slowest first.
    pub fn axes(&self) -> impl Iterator<Item = usize> {
        self.channels.iter().copied().chain(self.row).chain(self.column)
    }

    /// The indices, axis by axis, of the element of a tensor of `shape` at a place in its feature maps; none if it has
    /// none.
    #[must_use]
    pub fn index(&self, shape: &[usize], channel: usize, row: usize, column: usize) -> Option<Vec<usize>> {
        let mut index = vec![0; shape.len()];
        let mut rest = channel;
        for &axis in self.channels.iter().rev() {
            let dim = (*shape.get(axis)?).max(1);
            *index.get_mut(axis)? = rest % dim;
            rest /= dim;
        }
        for (axis, place) in [(self.row, row), (self.column, column)] {
            match axis {
                Some(axis) => *index.get_mut(axis)? = place,
                None if place > 0 => return None,
                None => {}
            }
        }
        (rest == 0 && index.iter().zip(shape).all(|(index, dim)| index < dim)).then_some(index)
    }

    /// For each axis whether its indices are among those of the elements at a place in the feature maps of a tensor of
    /// `shape`: of one channel, or of all. None if there is no such place.
    pub(crate) fn region(
        &self,
        shape: &[usize],
        channel: Option<usize>,
        row: usize,
        column: usize,
    ) -> Option<Vec<Vec<bool>>> {
        let index = self.index(shape, channel.unwrap_or(0), row, column)?;
        let set = |(axis, (&index, &dim))| {
            let is_all = channel.is_none() && self.channels.contains(&axis);
            (0..dim).map(|other| is_all || other == index).collect()
        };
        Some(index.iter().zip(shape).enumerate().map(set).collect())
    }
}

/// The lowest and the highest of some values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ValueRange {
    /// The lowest value.
    pub low: f32,
    /// The highest value.
    pub high: f32,
}

impl ValueRange {
    /// The range of those `values` that are finite; `None` if none is.
    #[must_use]
    pub fn of(values: &[f32]) -> Option<Self> {
        let Extremes { low, high, .. } = Extremes::of(values);
        (low <= high).then_some(Self { low, high })
    }

    /// The largest distance from zero.
    #[must_use]
    pub fn magnitude(self) -> f32 {
        self.low.abs().max(self.high.abs())
    }
}

/// Statistics of some values, such as a feature map's. Values that are not finite are counted and left out of the rest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Statistics {
    /// The lowest and the highest value; `None` if no value is finite.
    pub range: Option<ValueRange>,
    /// The arithmetic mean; NaN if no value is finite.
    pub mean: f64,
    /// The population standard deviation; NaN if no value is finite.
    pub std: f64,
    /// Number of values that are zero.
    pub zeros: usize,
    /// Number of values that are infinite or NaN.
    pub non_finite: usize,
}

impl Statistics {
    /// The statistics of `values`, accumulated in `f64`.
    #[must_use]
    pub fn of(values: &[f32]) -> Self {
        let count = finite(values).count();
        let mean_of =
            |term: &dyn Fn(f64) -> f64| finite(values).map(|value| term(f64::from(value))).sum::<f64>() / count as f64;
        let mean = mean_of(&|value| value);
        Self {
            range: ValueRange::of(values),
            mean,
            std: mean_of(&|value| (value - mean).powi(2)).sqrt(),
            zeros: values.iter().filter(|&&value| value == 0.0).count(),
            non_finite: values.len() - count,
        }
    }
}

fn finite(values: &[f32]) -> impl Iterator<Item = f32> {
    values.iter().copied().filter(|value| value.is_finite())
}

fn check_len(len: usize) -> Result<()> {
    if len > MAX_VALUES {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!("feature maps of {len} values; at most {MAX_VALUES} are drawn"),
        ));
    }
    Ok(())
}

/// The first `len` elements as `f32`.
fn first_values(data: &TensorData, len: usize) -> Cow<'_, [f32]> {
    match data {
        TensorData::F32(values) => Cow::Borrowed(values.get(..len).unwrap_or(values)),
        data => for_any_data!(data, values => values.iter().take(len).map(|&value| value.to_f32()).collect::<Vec<_>>())
            .into(),
    }
}

/// Conversion to the nearest `f32`.
trait ToF32 {
    fn to_f32(self) -> f32;
}

macro_rules! impl_to_f32_by_cast {
    ($($number:ty)*) => {
        $(impl ToF32 for $number {
            fn to_f32(self) -> f32 {
                self as f32
            }
        })*
    };
}
impl_to_f32_by_cast!(u8 u16 u32 u64 i8 i16 i32 i64 f32 f64);

impl ToF32 for bool {
    fn to_f32(self) -> f32 {
        f32::from(u8::from(self))
    }
}

impl ToF32 for f16 {
    fn to_f32(self) -> f32 {
        f32::from(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting(shape: &[usize]) -> Tensor {
        let len: usize = shape.iter().product();
        Tensor::new(shape.to_vec(), TensorData::F32((0..len).map(|i| i as f32).collect())).unwrap()
    }

    #[test]
    fn feature_maps_of_every_rank() {
        use ChannelAxis::{First, Last};
        #[track_caller]
        fn check(shape: &[usize], axis: ChannelAxis, (channels, height, width): (usize, usize, usize), values: &[f32]) {
            let tensor = counting(shape);
            let maps = FeatureMaps::from_tensor(&tensor, axis).unwrap();
            assert_eq!((maps.channels(), maps.height(), maps.width()), (channels, height, width));
            assert_eq!(maps.values(), values);
            assert_eq!(maps.map(channels), None);
            assert_eq!(maps.map(channels - 1), maps.maps().last());
        }
        check(&[], First, (1, 1, 1), &[0.0]);
        check(&[3], First, (3, 1, 1), &[0.0, 1.0, 2.0]);
        check(&[2, 3], Last, (3, 1, 1), &[0.0, 1.0, 2.0]);
        check(&[2, 1, 3], Last, (1, 1, 3), &[0.0, 1.0, 2.0]);
        check(&[2, 2, 1, 2], First, (2, 1, 2), &[0.0, 1.0, 2.0, 3.0]);
        check(&[2, 1, 2, 3], Last, (3, 1, 2), &[0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        check(&[1, 2, 2, 1, 1], First, (4, 1, 1), &[0.0, 1.0, 2.0, 3.0]);
        check(&[1, 2, 1, 1, 2], Last, (4, 1, 1), &[0.0, 2.0, 1.0, 3.0]);
    }

    #[test]
    fn places_are_those_of_the_feature_maps() {
        for axis in [ChannelAxis::First, ChannelAxis::Last] {
            for shape in [&[][..], &[3], &[1, 3], &[1, 2, 3], &[1, 2, 3, 4], &[1, 2, 3, 4, 5], &[1, 2, 3, 4, 2, 3]] {
                let tensor = counting(shape);
                let maps = FeatureMaps::from_tensor(&tensor, axis).unwrap();
                let planes = Planes::of(shape.len(), axis);
                let value = |channel, row, column| {
                    let index = planes.index(shape, channel, row, column)?;
                    Some(index.iter().zip(shape).fold(0, |offset, (index, dim)| offset * dim + index) as f32)
                };
                for channel in 0..maps.channels() {
                    for row in 0..maps.height() {
                        for column in 0..maps.width() {
                            let expected = maps.map(channel).unwrap()[row * maps.width() + column];
                            assert_eq!(value(channel, row, column), Some(expected), "{shape:?} {axis:?}");
                        }
                    }
                }
                assert_eq!(value(maps.channels(), 0, 0), None);
                assert_eq!(value(0, maps.height(), 0), None);
                assert_eq!(value(0, 0, maps.width()), None);
            }
        }
    }

    #[test]
    fn every_element_type_becomes_f32() {
        #[track_caller]
        fn check(data: TensorData, expected: [f32; 2]) {
            let tensor = Tensor::new(vec![2], data).unwrap();
            let maps = FeatureMaps::from_tensor(&tensor, ChannelAxis::First).unwrap();
            assert_eq!(maps.values(), expected);
        }
        check(TensorData::Bool(vec![false, true]), [0.0, 1.0]);
        check(TensorData::U8(vec![0, 255]), [0.0, 255.0]);
        check(TensorData::I64(vec![-3, i64::MAX]), [-3.0, 9.223_372e18]);
        check(TensorData::F16(vec![f16::from_f32(0.5), f16::INFINITY]), [0.5, f32::INFINITY]);
        check(TensorData::F64(vec![0.1, -1e300]), [0.1, f32::NEG_INFINITY]);
    }

    #[test]
    fn empty_and_ill_fitting_data_are_refused() {
        for shape in [&[0][..], &[0, 4], &[1, 0, usize::MAX, 2]] {
            let tensor = Tensor::new(shape.to_vec(), TensorData::U8(vec![])).unwrap();
            let error = FeatureMaps::from_tensor(&tensor, ChannelAxis::Last).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Input);
        }
        for (channels, height, width) in [(1, 1, 1), (0, 0, 0), (usize::MAX, 2, 1)] {
            let error = FeatureMaps::new(channels, height, width, vec![0.0; 2]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Input);
        }
        let tensor = Tensor::new(vec![MAX_VALUES + 1], TensorData::Bool(vec![false; MAX_VALUES + 1])).unwrap();
        let error = FeatureMaps::from_tensor(&tensor, ChannelAxis::First).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
    }

    #[test]
    fn statistics_leave_out_what_is_not_finite() {
        let statistics = Statistics::of(&[1.0, f32::NAN, 0.0, 5.0, f32::INFINITY]);
        assert_eq!(statistics.range, Some(ValueRange { low: 0.0, high: 5.0 }));
        assert_eq!(statistics.mean, 2.0);
        assert!((statistics.std - (14.0f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!((statistics.zeros, statistics.non_finite), (1, 2));

        let nothing = Statistics::of(&[f32::NAN]);
        assert_eq!((nothing.range, nothing.non_finite), (None, 1));
        assert!(nothing.mean.is_nan() && nothing.std.is_nan());
    }

    #[test]
    fn magnitude_is_the_larger_distance_from_zero() {
        let magnitude = |values: &[f32]| ValueRange::of(values).unwrap().magnitude();
        assert_eq!(magnitude(&[-3.0, 2.0]), 3.0);
        assert_eq!(magnitude(&[1.0, 2.0]), 2.0);
    }
}

//! Pictures to input tensors.
//!
//! A picture is brought to the network's size, its channels are chosen, and every value `v` of 0 to 255 in channel
//! `c` becomes `(v * scale - mean[c]) / std[c]`, computed in double precision and rounded to single.

use crate::error::{Error, ErrorKind, Result};
use crate::image::{Image, Resampling};
use crate::preset::Preset;
use crate::receptive_field::ReceptiveField;
use crate::tensor::{Tensor, TensorData};
use half::f16;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The most pixels an input may have on a side.
pub const MAX_INPUT_SIDE: usize = 4096;

/// How a picture becomes the input tensor: the `input` of a [manifest](crate::manifest::Manifest).
///
/// ```
/// use convscope::{Image, Preprocessing};
///
/// let preprocessing: Preprocessing = serde_json::from_str(
///     r#"{"name": "input", "layout": "NCHW", "width": 2, "height": 1, "fit": "squash", "resampling": "bilinear",
///         "channels": "rgb", "scale": 0.00392156862745098, "mean": [0, 0, 0], "std": [1, 1, 1]}"#,
/// )?;
/// let red_and_blue = Image::from_rgba(2, 1, &[255, 0, 0, 255, 0, 0, 255, 255])?;
/// assert_eq!(preprocessing.apply(&red_and_blue)?.shape(), [1, 3, 1, 2]);
///
/// let caffe = preprocessing.with(r#"{"preset": "caffe"}"#)?;
/// assert_eq!(caffe.scale, 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preprocessing {
    /// The graph input that the picture feeds.
    pub name: String,
    /// Order of the tensor's dimensions.
    pub layout: Layout,
    /// Width of the tensor, 1 to [`MAX_INPUT_SIDE`].
    pub width: usize,
    /// Height of the tensor, 1 to [`MAX_INPUT_SIDE`].
    pub height: usize,
    /// How a picture of another shape is brought to `width` x `height`.
    pub fit: Fit,
    /// How pixels are computed when the picture changes size.
    pub resampling: Resampling,
    /// Which channels the tensor has, in which order.
    pub channels: ChannelOrder,
    /// Factor from a value of 0 to 255; positive.
    pub scale: f64,
    /// Subtracted after scaling: one value a channel, in the tensor's order of channels.
    pub mean: Vec<f64>,
    /// Divides what is left: one positive value a channel, in the tensor's order of channels.
    pub std: Vec<f64>,
}

/// Order of an input tensor's dimensions; the batch is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Layout {
    /// Batch, channel, height, width, as in PyTorch.
    Nchw,
    /// Batch, height, width, channel, as in Keras.
    Nhwc,
}

/// How a picture of another shape is brought to the network's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// Stretched, whatever the aspect ratio, as Keras's `load_img`.
    Squash,
    /// Scaled until it just covers the network's size, the longer of its sides rounded down; of that the centre,
    /// whose margin is half of what is too much, rounded to the nearest, halves to even. For a square network this
    /// is torchvision's `Resize(side)` and `CenterCrop(side)`.
    Crop,
    /// Scaled until it just fits into the network's size, the shorter of its sides rounded to the nearest, halves
    /// to even, but at least 1; that centred on black, its margin rounded likewise. This is Pillow's
    /// `ImageOps.pad`.
    Pad,
}

/// The channels of an input tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelOrder {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red, as in Caffe and OpenCV.
    Bgr,
    /// One channel of [luma](Image::to_grey), taken before the picture is resampled, as Keras's `load_img` does.
    Grey,
}

impl ChannelOrder {
    /// For each of the tensor's channels the index in a pixel's red, green and blue.
    fn sources(self) -> &'static [usize] {
        match self {
            Self::Rgb => &[0, 1, 2],
            Self::Bgr => &[2, 1, 0],
            Self::Grey => &[0],
        }
    }
}

/// A part of a picture, in its pixels, upright as its file says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PictureArea {
    /// From the picture's top to the area's.
    pub top: f64,
    /// From the picture's left to the area's.
    pub left: f64,
    /// From the picture's top to the area's bottom.
    pub bottom: f64,
    /// From the picture's left to the area's right.
    pub right: f64,
}

impl PictureArea {
    /// The same in pixels of a picture that has this one `left` and `top` pixels from its corner.
    pub(crate) fn moved(self, (left, top): (usize, usize)) -> Self {
        let (left, top) = (left as f64, top as f64);
        Self { top: self.top + top, left: self.left + left, bottom: self.bottom + top, right: self.right + left }
    }
}

/// The size that a picture gets, and the margins between its borders and those of the network's: of the part that is cut
/// off, or of the black around it.
struct Placement {
    full_width: usize,
    full_height: usize,
    left: usize,
    top: usize,
}

impl Preprocessing {
    /// The same with other values for some of the fields, in JSON: `{"width": 224, "channels": "bgr"}`. A `preset`
    /// among them is [applied](Preset::applied_to) first.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] naming the field; [`ErrorKind::TooLarge`] above [`MAX_INPUT_SIDE`].
    pub fn with(&self, fields: &str) -> Result<Self> {
        let error = |message: String| Error::new(ErrorKind::Input, message);
        let mut fields: Map<String, Value> =
            serde_json::from_str(fields).map_err(|cause| error(format!("the preprocessing is no object: {cause}")))?;
        let mut changed = self.clone();
        if let Some(preset) = fields.remove("preset") {
            let preset: Preset =
                serde_json::from_value(preset).map_err(|cause| error(format!("input.preset: {cause}")))?;
            changed = preset
                .applied_to(&changed)
                .ok_or_else(|| error("input.preset is for three channels, this input has one".to_owned()))?;
        }
        let internal = |cause: serde_json::Error| Error::new(ErrorKind::Internal, cause.to_string());
        for (field, value) in fields {
            // One by one: messages about a value do not say whose it is.
            let mut whole = serde_json::to_value(&changed).map_err(internal)?;
            whole[&field] = value;
            changed = serde_json::from_value(whole).map_err(|cause| error(format!("input.{field}: {cause}")))?;
        }
        changed.validate().map_err(|cause| match cause.kind() {
            ErrorKind::Manifest => error(cause.to_string()),
            _ => cause,
        })?;
        Ok(changed)
    }

    /// The tensor for a picture: `float32`, of the shape `1 x C x height x width` or `1 x height x width x C`.
    ///
    /// # Errors
    /// [`ErrorKind::Manifest`] or [`ErrorKind::TooLarge`] if the fields are not as documented.
    pub fn apply(&self, image: &Image) -> Result<Tensor> {
        self.tensor(&self.picture(image)?)
    }

    /// The same for an input of another element type: `float16` is rounded to the nearest, `uint8` as well, within 0 to
    /// 255. For others it is `float32`.
    ///
    /// # Errors
    /// As [`Preprocessing::apply`]'s.
    pub fn apply_as(&self, dtype: &str, image: &Image) -> Result<Tensor> {
        let tensor = self.apply(image)?;
        let data = match (dtype, tensor.data()) {
            ("float16", TensorData::F32(values)) => {
                TensorData::F16(values.iter().map(|&value| f16::from_f32(value)).collect())
            }
            ("uint8", TensorData::F32(values)) => {
                TensorData::U8(values.iter().map(|value| value.round_ties_even() as u8).collect())
            }
            _ => return Ok(tensor),
        };
        Tensor::new(self.shape(), data)
    }

    /// The shape of the tensor.
    #[must_use]
    pub fn shape(&self) -> Vec<usize> {
        let channels = self.channels.sources().len();
        match self.layout {
            Layout::Nchw => vec![1, channels, self.height, self.width],
            Layout::Nhwc => vec![1, self.height, self.width, channels],
        }
    }

    /// What the network sees of a picture: `width` x `height` pixels, before the order of channels and `scale`,
    /// `mean` and `std`, and in shades of grey if the network has one channel.
    ///
    /// # Errors
    /// As [`Preprocessing::apply`]'s.
    pub fn picture(&self, image: &Image) -> Result<Image> {
        self.validate()?;
        let grey;
        let image = match self.channels {
            ChannelOrder::Rgb | ChannelOrder::Bgr => image,
            ChannelOrder::Grey => {
                grey = image.to_grey();
                &grey
            }
        };
        let (width, height) = (self.width, self.height);
        let Placement { full_width, full_height, left, top } = self.placement(image.width(), image.height());
        match self.fit {
            Fit::Squash => image.resize(width, height, self.resampling),
            Fit::Crop => {
                let (columns, rows) = (left..left + width, top..top + height);
                image.resize_part(full_width, full_height, columns, rows, self.resampling)
            }
            Fit::Pad => image.resize(full_width, full_height, self.resampling)?.on_black(width, height, left, top),
        }
    }

    /// The part of a picture of `width` x `height` pixels that lies under a rectangle of the network's; what resampling
    /// takes from beside it is not counted. None if there is only black around the picture.
    #[must_use]
    pub fn shown(&self, (width, height): (usize, usize), rectangle: ReceptiveField) -> Option<PictureArea> {
        let ReceptiveField { top, left, bottom, right } = rectangle;
        let area = self.under((width, height), [top, left, bottom, right].map(|side| side as f64));
        let area = PictureArea {
            top: area.top.clamp(0.0, height as f64),
            left: area.left.clamp(0.0, width as f64),
            bottom: area.bottom.clamp(0.0, height as f64),
            right: area.right.clamp(0.0, width as f64),
        };
        (area.top < area.bottom && area.left < area.right).then_some(area)
    }

    /// Where a rectangle of the network's (top, left, bottom, right) lies on a picture of `width` x `height` pixels, of
    /// which it may stick out.
    #[must_use]
    pub fn under(&self, (width, height): (usize, usize), [top, left, bottom, right]: [f64; 4]) -> PictureArea {
        let placement = self.placement(width, height);
        let side = |position: f64, margin: usize, full: usize, picture: usize| {
            let placed = match self.fit {
                Fit::Crop => position + margin as f64,
                Fit::Squash | Fit::Pad => position - margin as f64,
            };
            placed * picture as f64 / full as f64
        };
        PictureArea {
            top: side(top, placement.top, placement.full_height, height),
            left: side(left, placement.left, placement.full_width, width),
            bottom: side(bottom, placement.top, placement.full_height, height),
            right: side(right, placement.left, placement.full_width, width),
        }
    }

    /// How a picture of these sides is laid under the network's.
    fn placement(&self, image_width: usize, image_height: usize) -> Placement {
        let (width, height) = (self.width, self.height);
        // Compares aspect ratios, in whole numbers; sides are at most 16 bits long.
        let is_wider = image_width as u64 * height as u64 > width as u64 * image_height as u64;
        match self.fit {
            Fit::Squash => Placement { full_width: width, full_height: height, left: 0, top: 0 },
            Fit::Crop => {
                let (full_width, full_height) = if is_wider {
                    (height * image_width / image_height, height)
                } else {
                    (width, width * image_height / image_width)
                };
                Placement { full_width, full_height, left: half(full_width - width), top: half(full_height - height) }
            }
            Fit::Pad => {
                let (full_width, full_height) = if is_wider {
                    (width, scaled(image_height, image_width, width))
                } else {
                    (scaled(image_width, image_height, height), height)
                };
                Placement { full_width, full_height, left: half(width - full_width), top: half(height - full_height) }
            }
        }
    }

    /// The tensor of a picture that [`Preprocessing::picture`] has given.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] unless the picture is of `width` x `height` pixels, otherwise as
    /// [`Preprocessing::apply`]'s.
    pub fn tensor(&self, picture: &Image) -> Result<Tensor> {
        self.validate()?;
        if (picture.width(), picture.height()) != (self.width, self.height) {
            return Err(Error::new(
                ErrorKind::Input,
                format!(
                    "the network takes pictures of {} x {} pixels, not of {} x {}",
                    self.width,
                    self.height,
                    picture.width(),
                    picture.height()
                ),
            ));
        }
        let channels: Vec<([f32; 256], usize)> = self.tables().zip(self.channels.sources().iter().copied()).collect();
        let (pixels, _) = picture.rgb().as_chunks::<3>();
        let value = |(table, source): &([f32; 256], usize), pixel: &[u8; 3]| table[usize::from(pixel[*source])];
        let data = match self.layout {
            Layout::Nchw => {
                channels.iter().flat_map(|channel| pixels.iter().map(|pixel| value(channel, pixel))).collect()
            }
            Layout::Nhwc => {
                pixels.iter().flat_map(|pixel| channels.iter().map(|channel| value(channel, pixel))).collect()
            }
        };
        Tensor::new(self.shape(), TensorData::F32(data))
    }

    /// Checks that all fields are as documented.
    ///
    /// # Errors
    /// [`ErrorKind::Manifest`], naming the field as in a manifest; [`ErrorKind::TooLarge`] above
    /// [`MAX_INPUT_SIDE`].
    pub(crate) fn validate(&self) -> Result<()> {
        let error = |message| Err(Error::new(ErrorKind::Manifest, message));
        if self.name.is_empty() {
            return error("input.name is empty".to_owned());
        }
        for (field, side) in [("width", self.width), ("height", self.height)] {
            if side == 0 {
                return error(format!("input.{field} is 0"));
            }
            if side > MAX_INPUT_SIDE {
                return Err(Error::new(
                    ErrorKind::TooLarge,
                    format!("input.{field} is {side}, the engine takes at most {MAX_INPUT_SIDE}"),
                ));
            }
        }
        let channels = self.channels.sources().len();
        for (field, values) in [("mean", &self.mean), ("std", &self.std)] {
            if values.len() != channels {
                return error(format!("input.{field} has {} values for {channels} channels", values.len()));
            }
        }
        if self.scale.is_nan() || self.scale <= 0.0 {
            return error(format!("input.scale is {}, it must be positive", self.scale));
        }
        if let Some(std) = self.std.iter().find(|std| std.is_nan() || **std <= 0.0) {
            return error(format!("input.std has {std}, it must be positive"));
        }
        if self.tables().flatten().any(|value| !value.is_finite()) {
            return error("input.scale, mean and std lead to values beyond float32".to_owned());
        }
        Ok(())
    }

    /// For each of the tensor's channels what a value of 0 to 255 becomes.
    fn tables(&self) -> impl Iterator<Item = [f32; 256]> {
        self.mean.iter().zip(&self.std).map(|(mean, std)| {
            let mut value = -1.0;
            [(); 256].map(|()| {
                value += 1.0;
                ((value * self.scale - mean) / std) as f32
            })
        })
    }
}

/// Half of `length`, rounded to the nearest, halves to even.
fn half(length: usize) -> usize {
    length / 2 + usize::from(length % 4 == 3)
}

/// What is left of `side` when `other` becomes `target`, rounded to the nearest, halves to even, but at least 1.
fn scaled(side: usize, other: usize, target: usize) -> usize {
    // Pillow's own order of operations, so that halves fall alike.
    ((side as f64 / other as f64 * target as f64).round_ties_even() as usize).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preprocessing() -> Preprocessing {
        Preprocessing {
            name: "input".to_owned(),
            layout: Layout::Nchw,
            width: 256,
            height: 1,
            fit: Fit::Squash,
            resampling: Resampling::Nearest,
            channels: ChannelOrder::Rgb,
            scale: 1.0,
            mean: vec![0.0; 3],
            std: vec![1.0; 3],
        }
    }

    /// Every value once, in one row.
    fn ramp() -> Image {
        let rgba: Vec<u8> = (0..=255).flat_map(|value| [value, 255 - value, 7, 255]).collect();
        Image::from_rgba(256, 1, &rgba).unwrap()
    }

    fn values(tensor: &Tensor) -> &[f32] {
        match tensor.data() {
            TensorData::F32(values) => values,
            other => panic!("{} instead of float32", other.dtype()),
        }
    }

    #[test]
    fn one_255th_is_exact() {
        let preprocessing = Preprocessing { scale: 0.003_921_568_627_450_98, ..preprocessing() };
        let tensor = preprocessing.apply(&ramp()).unwrap();
        for (pixel, value) in (0..=255u8).zip(values(&tensor)) {
            assert_eq!(value.to_bits(), (f32::from(pixel) / 255.0).to_bits(), "{pixel}");
        }
    }

    #[test]
    fn channels_follow_order_and_layout() {
        let picture = Image::from_rgba(2, 1, &[1, 2, 3, 255, 4, 5, 6, 255]).unwrap();
        let tensor = |channels, layout| {
            let preprocessing =
                Preprocessing { width: 2, channels, layout, mean: vec![100.0, 200.0, 300.0], ..preprocessing() };
            preprocessing.apply(&picture).unwrap()
        };
        let planes = tensor(ChannelOrder::Rgb, Layout::Nchw);
        assert_eq!(planes.shape(), [1, 3, 1, 2]);
        assert_eq!(values(&planes), [-99.0, -96.0, -198.0, -195.0, -297.0, -294.0]);
        let pixels = tensor(ChannelOrder::Bgr, Layout::Nhwc);
        assert_eq!(pixels.shape(), [1, 1, 2, 3]);
        assert_eq!(values(&pixels), [-97.0, -198.0, -299.0, -94.0, -195.0, -296.0]);
    }

    #[test]
    fn fields_are_checked() {
        type Change = fn(&mut Preprocessing);
        let cases: [(Change, ErrorKind, &str); 11] = [
            (|input| input.name.clear(), ErrorKind::Manifest, "input.name"),
            (|input| input.width = 0, ErrorKind::Manifest, "input.width"),
            (|input| input.height = 0, ErrorKind::Manifest, "input.height"),
            (|input| input.height = 4097, ErrorKind::TooLarge, "input.height"),
            (|input| input.mean = vec![0.0], ErrorKind::Manifest, "input.mean"),
            (|input| input.std = vec![1.0; 4], ErrorKind::Manifest, "input.std"),
            (|input| input.channels = ChannelOrder::Grey, ErrorKind::Manifest, "input.mean"),
            (|input| input.std = vec![1.0, 0.0, 1.0], ErrorKind::Manifest, "input.std"),
            (|input| input.std = vec![1.0, f64::NAN, 1.0], ErrorKind::Manifest, "input.std"),
            (|input| input.scale = -1.0, ErrorKind::Manifest, "input.scale"),
            (|input| input.scale = 1e300, ErrorKind::Manifest, "float32"),
        ];
        for (change, kind, named) in cases {
            let mut preprocessing = preprocessing();
            change(&mut preprocessing);
            let error = preprocessing.apply(&ramp()).unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.message().contains(named), "{error} should name {named}");
        }
    }

    #[test]
    fn a_tensor_needs_a_fitted_picture() {
        let picture = Image::from_rgba(1, 1, &[0; 4]).unwrap();
        assert_eq!(preprocessing().tensor(&picture).unwrap_err().kind(), ErrorKind::Input);
    }

    #[test]
    fn extreme_shapes_fit() {
        for (width, height) in [(1, 1), (1, 65_535), (65_535, 1), (1, 3), (4000, 3)] {
            let image = Image::from_rgba(width, height, &vec![255; width * height * 4]).unwrap();
            for fit in [Fit::Squash, Fit::Crop, Fit::Pad] {
                for resampling in [Resampling::Nearest, Resampling::Lanczos] {
                    let preprocessing = Preprocessing { width: 20, height: 30, fit, resampling, ..preprocessing() };
                    let picture = preprocessing.picture(&image).unwrap();
                    assert_eq!((picture.width(), picture.height()), (20, 30));
                    assert_eq!(picture.rgb().contains(&0), fit == Fit::Pad);
                    assert!(picture.rgb().contains(&255));
                }
            }
        }
    }

    #[test]
    fn rectangles_are_found_in_the_picture() {
        let shown = |fit, [top, left, bottom, right]: [usize; 4]| {
            let preprocessing = Preprocessing { width: 10, height: 10, fit, ..preprocessing() };
            let area = preprocessing.shown((40, 20), ReceptiveField { top, left, bottom, right })?;
            Some([area.top, area.left, area.bottom, area.right])
        };
        assert_eq!(shown(Fit::Squash, [0, 0, 10, 10]), Some([0.0, 0.0, 20.0, 40.0]));
        assert_eq!(shown(Fit::Squash, [1, 2, 3, 5]), Some([2.0, 8.0, 6.0, 20.0]));
        // Scaled to 20 x 10, of which the middle.
        assert_eq!(shown(Fit::Crop, [0, 0, 10, 10]), Some([0.0, 10.0, 20.0, 30.0]));
        assert_eq!(shown(Fit::Crop, [1, 2, 3, 5]), Some([2.0, 14.0, 6.0, 20.0]));
        // Scaled to 10 x 5, with black above and below.
        assert_eq!(shown(Fit::Pad, [0, 0, 10, 10]), Some([0.0, 0.0, 20.0, 40.0]));
        assert_eq!(shown(Fit::Pad, [1, 2, 3, 5]), Some([0.0, 8.0, 4.0, 20.0]));
        assert_eq!(shown(Fit::Pad, [0, 0, 2, 10]), None);
    }

    #[test]
    fn halves_go_to_even() {
        assert_eq!([0, 1, 2, 3, 4, 5, 6, 7].map(half), [0, 0, 1, 2, 2, 2, 3, 4]);
        assert_eq!(scaled(1, 4, 10), 2);
        assert_eq!(scaled(3, 4, 2), 2);
        assert_eq!(scaled(1, 1000, 10), 1);
    }
}

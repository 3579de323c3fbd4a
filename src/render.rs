//! Rendering: feature maps as a picture, one tile a channel.

use crate::colormap::Colormap;
use crate::error::{Error, ErrorKind, Result};
use crate::feature_map::{FeatureMaps, ValueRange};
use crate::normalization::{self, BOOK_COLUMNS, Clipped, NON_FINITE, Normalized, Scale};
use crate::summary::Components;
use convscope_kernels::{Extremes, mean_levels};
use image::ImageEncoder;
use image::codecs::png::PngEncoder;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The largest picture drawn, in bytes of RGBA.
pub const MAX_BYTES: usize = 1 << 28;

/// How values become colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// The notebook's figure, pixel for pixel: see [`normalization::book`].
    #[default]
    Book,
    /// Each channel on its own scale: see [`normalization::per_channel`].
    Channels,
    /// All channels on the layer's scale: see [`normalization::shared`].
    Layer,
    /// All channels on a scale around zero: see [`normalization::symmetric`].
    Symmetric,
    /// All channels on the scale that [`RenderOptions::range`] gives: see [`normalization::fixed`].
    Fixed,
}

impl View {
    /// The view's colour map, if no other is asked for.
    #[must_use]
    pub fn default_colormap(self) -> Colormap {
        match self {
            Self::Symmetric => Colormap::RdBu,
            Self::Book | Self::Channels | Self::Layer | Self::Fixed => Colormap::Viridis,
        }
    }
}

/// Which feature maps are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// The pass's.
    #[default]
    Present,
    /// The pass's less the reference's: see [`comparison::difference`](crate::comparison::difference).
    Difference,
    /// The reference's and after them the pass's, on one scale: see [`comparison::pair`](crate::comparison::pair).
    Pair,
    /// One map, of the mean over channels: see [`summary::mean`](crate::summary::mean).
    Mean,
    /// One map, of the largest value over channels: see [`summary::maximum`](crate::summary::maximum).
    Maximum,
    /// The first three principal components of the channels as red, green and blue: see [`render_components`].
    Components,
}

/// What to draw, and how. [`from_json`](Self::from_json) reads it from an object with these fields, all optional.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RenderOptions {
    /// Which feature maps are drawn. [`render`] draws those that it is given.
    pub of: Subject,
    /// How values become colours.
    pub view: View,
    /// The lowest and the highest value of the scale, 0 and 1 if not given. It applies to the view `fixed` only.
    pub range: Option<(f32, f32)>,
    /// The colour map, if not the view's [own](View::default_colormap).
    pub colormap: Option<Colormap>,
    /// The most tiles in a row, 16 if not given. It does not apply to the view `book`, which always has 16.
    pub columns: Option<usize>,
    /// Pixels between tiles, 1 if not given. It does not apply to the view `book`, which has none.
    pub gap: Option<usize>,
    /// The channels to draw, in this order; all if not given. Colours are the same as among all.
    pub channels: Option<Vec<usize>>,
    /// How many values a pixel stands for in each direction, 1 if not given. It has the colour of their mean level, or
    /// that of values that are not finite if one of them is not. Blocks at the right and the bottom may be smaller.
    pub reduction: Option<usize>,
}

/// A picture of feature maps, one pixel a value, or a block of values if it is reduced.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rendering {
    /// Pixels in a row.
    pub width: u32,
    /// Rows of pixels.
    pub height: u32,
    /// Number of channels drawn, one tile each.
    pub channels: usize,
    /// Pixels in a tile's row.
    pub tile_width: usize,
    /// A tile's rows of pixels.
    pub tile_height: usize,
    /// Tiles in a row, with empty ones.
    pub columns: usize,
    /// Pixels between tiles.
    pub gap: usize,
    /// What its colours stand for.
    pub legend: Legend,
    /// `4 * width * height` bytes: red, green, blue, alpha (not premultiplied) of each pixel, rows from the top.
    #[serde(skip)]
    pub rgba: Vec<u8>,
}

/// Values as a scale shows them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Extent {
    /// The lowest and the highest value; `None` if no value is finite.
    pub range: Option<ValueRange>,
    /// How many values lie beyond the scale and have the colours of its ends.
    pub clipped: Clipped,
    /// Number of values that are infinite or NaN, drawn in [`Colormap::NON_FINITE`].
    pub non_finite: usize,
}

/// What the colours of a [`Rendering`] stand for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Legend {
    /// The colour map.
    pub colormap: Colormap,
    /// The colour map's 256 colours from low to high: red, green, blue of each.
    pub colors: Vec<u8>,
    /// What the first colour stands for, in `unit`s.
    pub low: f32,
    /// What the last colour stands for, in `unit`s.
    pub high: f32,
    /// What `low` and `high` measure.
    pub unit: Unit,
    /// The values of all channels, drawn or not.
    #[serde(flatten)]
    pub values: Extent,
    /// The values of the channels that are drawn.
    pub drawn: Extent,
    /// The share of the variance that each component explains, of 0 to 1; none but for [`render_components`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explained: Option<Vec<f64>>,
}

/// What the ends of a legend's scale measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// The activation's own values.
    Value,
    /// Standard deviations of a channel, from the channel's mean.
    Deviations,
    /// A channel's own range: 0 is its lowest value, 1 its highest.
    Channel,
}

impl RenderOptions {
    /// The options in a JSON object such as `{"view": "layer", "colormap": "magma", "columns": 8, "gap": 2,
    /// "channels": [3, 5]}`.
    ///
    /// # Errors
    /// [`ErrorKind::UnsupportedOption`], naming the option, for one that is not known or has a value it cannot have.
    pub fn from_json(json: &str) -> Result<Self> {
        let unsupported = |message| Error::new(ErrorKind::UnsupportedOption, message);
        let fields: Map<String, Value> =
            serde_json::from_str(json).map_err(|error| unsupported(format!("options are no JSON object: {error}")))?;
        let mut options = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                "of" => serde_json::from_value(value).map(|of| options.of = of),
                "view" => serde_json::from_value(value).map(|view| options.view = view),
                "range" => serde_json::from_value(value).map(|range| options.range = range),
                "colormap" => serde_json::from_value(value).map(|colormap| options.colormap = colormap),
                "columns" => serde_json::from_value(value).map(|columns| options.columns = columns),
                "gap" => serde_json::from_value(value).map(|gap| options.gap = gap),
                "channels" => serde_json::from_value(value).map(|channels| options.channels = channels),
                "reduction" => serde_json::from_value(value).map(|reduction| options.reduction = reduction),
                _ => {
                    return Err(unsupported(format!(
                        "unknown option `{name}`, expected one of `of`, `view`, `range`, `colormap`, `columns`, `gap`, \
                         `channels`, `reduction`"
                    )));
                }
            }
            .map_err(|error| unsupported(format!("option `{name}`: {error}")))?;
        }
        Ok(options)
    }
}

/// Draws feature maps as tiles, channel after channel in rows.
///
/// A row has as many tiles as there are, up to `columns`; the view `book` of all channels always has 16 columns. Gaps
/// and cells without a channel are transparent; in the view `book` these cells have level 0, as in the notebook's grid.
///
/// ```
/// use convscope::render::{RenderOptions, View, render};
/// use convscope::FeatureMaps;
///
/// let values: Vec<f32> = (0..2 * 3 * 4).map(|value| value as f32).collect();
/// let maps = FeatureMaps::new(2, 3, 4, values)?;
/// let drawing = render(&maps, &RenderOptions { view: View::Layer, gap: Some(1), ..RenderOptions::default() })?;
/// assert_eq!((drawing.width, drawing.height), (4 + 1 + 4, 3));
/// assert_eq!((drawing.legend.low, drawing.legend.high), (0.0, 23.0));
/// # Ok::<(), convscope::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::UnsupportedOption`] for 0 columns, or a range whose ends are not finite or in the wrong order;
/// [`ErrorKind::Input`] if a channel to draw does not exist, or there is none; [`ErrorKind::TooLarge`] for a picture of
/// more than [`MAX_BYTES`].
pub fn render(maps: &FeatureMaps<'_>, options: &RenderOptions) -> Result<Rendering> {
    let channels = drawn_channels(maps, options)?;
    let (columns, gap) = columns_and_gap(options, channels.len())?;
    let reduction = options.reduction.unwrap_or(1);
    if reduction == 0 {
        return Err(Error::new(ErrorKind::UnsupportedOption, "option `reduction`: it must be at least 1"));
    }
    let (tile_height, tile_width) = (maps.height().div_ceil(reduction), maps.width().div_ceil(reduction));
    let (width, height) = picture_size((tile_height, tile_width), channels.len(), columns, gap)?;
    let normalized = match options.view {
        View::Book => normalization::book(maps),
        View::Channels => normalization::per_channel(maps),
        View::Layer => normalization::shared(maps),
        View::Symmetric => normalization::symmetric(maps),
        View::Fixed => normalization::fixed(maps, fixed_range(options)?),
    };
    let colormap = options.colormap.unwrap_or_else(|| options.view.default_colormap());
    let colors = level_colors(colormap, normalized.scale);
    let background = match options.view {
        View::Book => colors[0],
        View::Channels | View::Layer | View::Symmetric | View::Fixed => [0; 4],
    };
    let mut pixels = vec![background; width as usize * height as usize];
    for (tile, &channel) in channels.iter().enumerate() {
        let top = tile / columns * (tile_height + gap);
        let left = tile % columns * (tile_width + gap);
        let map_len = maps.height() * maps.width();
        let levels = &normalized.levels[channel * map_len..][..map_len];
        let levels: Cow<'_, [u16]> =
            if reduction == 1 { levels.into() } else { mean_levels(levels, maps.width(), reduction).into() };
        for (row, levels) in levels.chunks_exact(tile_width).enumerate() {
            let start = (top + row) * width as usize + left;
            convscope_kernels::color(levels, &colors, &mut pixels[start..]);
        }
    }
    Ok(Rendering {
        width,
        height,
        channels: channels.len(),
        tile_width,
        tile_height,
        columns,
        gap,
        legend: legend(maps, &normalized, colormap, &channels),
        rgba: pixels.into_flattened(),
    })
}

/// Draws the principal components of feature maps as one tile, the first one as red, the second as green, the third as
/// blue, each on a scale from its lowest to its highest value. The legend is that of each component in its colour.
///
/// # Errors
/// As [`render`]'s.
pub fn render_components(components: &Components, options: &RenderOptions) -> Result<Rendering> {
    let options = RenderOptions {
        view: View::Channels,
        colormap: Some(Colormap::Grey),
        columns: None,
        gap: Some(0),
        channels: None,
        ..options.clone()
    };
    let tiles = render(&components.scores, &options)?;
    let row = tiles.width as usize;
    let pixels: Vec<[u8; 4]> = tiles
        .rgba
        .chunks_exact(4 * row)
        .flat_map(|pixels| {
            let level = move |tile: usize, column: usize| {
                let start = 4 * (tile * tiles.tile_width + column);
                if tile < tiles.channels { pixels.get(start..start + 3) } else { None }
            };
            (0..tiles.tile_width).map(move |column| {
                let [red, green, blue] = [0, 1, 2].map(|tile| level(tile, column).unwrap_or(&[0; 3]));
                // Grey but for what is not finite, in which components do not differ.
                if red == Colormap::NON_FINITE {
                    [red[0], red[1], red[2], 255]
                } else {
                    [red[0], green[0], blue[0], 255]
                }
            })
        })
        .collect();
    let width = tiles.tile_width.try_into().unwrap_or(tiles.width);
    let legend = Legend { explained: Some(components.explained.clone()), ..tiles.legend };
    Ok(Rendering { width, channels: 1, columns: 1, legend, rgba: pixels.into_flattened(), ..tiles })
}

fn fixed_range(options: &RenderOptions) -> Result<ValueRange> {
    let (low, high) = options.range.unwrap_or((0.0, 1.0));
    if low < high && low.is_finite() && high.is_finite() {
        return Ok(ValueRange { low, high });
    }
    Err(Error::new(ErrorKind::UnsupportedOption, format!("option `range`: {low} to {high} is no range of values")))
}

impl Rendering {
    /// The picture as a PNG file.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] if `rgba` does not have the length that `width` and `height` ask for.
    pub fn to_png(&self) -> Result<Vec<u8>> {
        let internal = |message| Error::new(ErrorKind::Internal, message);
        let len = (self.width as usize * 4).checked_mul(self.height as usize);
        if len != Some(self.rgba.len()) {
            return Err(internal(format!(
                "{} bytes are no RGBA picture of {} x {}",
                self.rgba.len(),
                self.width,
                self.height
            )));
        }
        let mut png = Vec::new();
        PngEncoder::new(&mut png)
            .write_image(&self.rgba, self.width, self.height, image::ExtendedColorType::Rgba8)
            .map_err(|error| internal(format!("cannot encode a PNG: {error}")))?;
        Ok(png)
    }
}

/// The channels to draw, all of them existing, at least one.
fn drawn_channels(maps: &FeatureMaps<'_>, options: &RenderOptions) -> Result<Vec<usize>> {
    let input_error = |message| Err(Error::new(ErrorKind::Input, message));
    match &options.channels {
        None => Ok((0..maps.channels()).collect()),
        Some(channels) => match channels.iter().find(|&&channel| channel >= maps.channels()) {
            Some(channel) => {
                input_error(format!("no channel {channel} to draw: there are {} channels, from 0", maps.channels()))
            }
            None if channels.is_empty() => input_error("no channel to draw: `channels` is empty".to_owned()),
            None => Ok(channels.clone()),
        },
    }
}

/// Tiles in a row, and pixels between them.
fn columns_and_gap(options: &RenderOptions, tiles: usize) -> Result<(usize, usize)> {
    match options {
        RenderOptions { columns: Some(0), .. } => {
            Err(Error::new(ErrorKind::UnsupportedOption, "option `columns`: there must be at least one"))
        }
        RenderOptions { view: View::Book, channels, .. } => match channels {
            None => Ok((BOOK_COLUMNS, 0)),
            Some(_) => Ok((BOOK_COLUMNS.min(tiles), 0)),
        },
        RenderOptions { columns, gap, .. } => Ok((columns.unwrap_or(BOOK_COLUMNS).min(tiles), gap.unwrap_or(1))),
    }
}

/// Width and height in pixels.
fn picture_size(
    (tile_height, tile_width): (usize, usize),
    tiles: usize,
    columns: usize,
    gap: usize,
) -> Result<(u32, u32)> {
    let extent = |tiles: usize, size: usize| tiles.checked_mul(size)?.checked_add((tiles - 1).checked_mul(gap)?);
    let checked = || {
        let width = extent(columns, tile_width)?;
        let height = extent(tiles.div_ceil(columns), tile_height)?;
        let bytes = width.checked_mul(height)?.checked_mul(4)?;
        (bytes <= MAX_BYTES).then_some(())?;
        Some((width.try_into().ok()?, height.try_into().ok()?))
    };
    checked().ok_or_else(|| {
        Error::new(
            ErrorKind::TooLarge,
            format!(
                "{tiles} tiles of {tile_height} x {tile_width}, {columns} in a row with gaps of {gap}, make a picture of \
                 more than {MAX_BYTES} bytes",
            ),
        )
    })
}

/// The colour (RGBA) of each level, the last one of [`NON_FINITE`].
fn level_colors(colormap: Colormap, scale: Scale) -> [[u8; 4]; NON_FINITE as usize + 1] {
    let colors = colormap.colors();
    std::array::from_fn(|level| {
        let index = match scale {
            // As matplotlib's `Normalize(low, high)` on `float64` does it; a span of zero makes 0 / 0, which casts to 0.
            Scale::Book { low, high } => {
                let offset = level.saturating_sub(low.into()) as f64;
                (offset / f64::from(high - low) * 256.0) as usize
            }
            Scale::Shared(_) | Scale::PerChannel => level,
        };
        let [red, green, blue] =
            if level == usize::from(NON_FINITE) { Colormap::NON_FINITE } else { colors[index.min(255)] };
        [red, green, blue, 255]
    })
}

fn legend(maps: &FeatureMaps<'_>, normalized: &Normalized, colormap: Colormap, drawn: &[usize]) -> Legend {
    let (low, high, unit) = match normalized.scale {
        Scale::Shared(range) => {
            let ValueRange { low, high } = range.unwrap_or_default();
            (low, high, Unit::Value)
        }
        Scale::PerChannel => (0.0, 1.0, Unit::Channel),
        Scale::Book { low, high } => {
            let deviations = |level| (f32::from(level) - 128.0) / 64.0;
            (deviations(low), deviations(high), Unit::Deviations)
        }
    };
    let extents: Vec<Extent> =
        maps.maps().zip(&normalized.clipped).map(|(map, &clipped)| Extent::of(map, clipped)).collect();
    let sum = |extent: Extent, other: &Extent| extent.with(other);
    Legend {
        colormap,
        colors: colormap.colors().as_flattened().to_vec(),
        low,
        high,
        unit,
        values: extents.iter().fold(Extent::default(), sum),
        drawn: drawn.iter().filter_map(|&channel| extents.get(channel)).fold(Extent::default(), sum),
        explained: None,
    }
}

impl Extent {
    /// That of a channel's values, of which so many are `clipped`.
    fn of(map: &[f32], clipped: Clipped) -> Self {
        let Extremes { low, high, non_finite } = Extremes::of(map);
        Self { range: (low <= high).then_some(ValueRange { low, high }), clipped, non_finite }
    }

    /// That of both.
    fn with(self, other: &Self) -> Self {
        let range = match (self.range, other.range) {
            (Some(a), Some(b)) => Some(ValueRange { low: a.low.min(b.low), high: a.high.max(b.high) }),
            (a, b) => a.or(b),
        };
        let clipped = Clipped {
            below: self.clipped.below + other.clipped.below,
            above: self.clipped.above + other.clipped.above,
        };
        Self { range, clipped, non_finite: self.non_finite + other.non_finite }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAR: [u8; 4] = [0; 4];
    const BLACK: [u8; 4] = [0, 0, 0, 255];
    const WHITE: [u8; 4] = [255; 4];

    fn options(json: &str) -> RenderOptions {
        RenderOptions::from_json(json).unwrap()
    }

    /// Channels of 1 x 1.
    fn dots(values: &[f32]) -> FeatureMaps<'_> {
        FeatureMaps::new(values.len(), 1, 1, values).unwrap()
    }

    #[test]
    fn a_fixed_scale_has_the_colors_of_its_ends_beyond_it() {
        let values = [-1.0, 0.0, 5.0, 10.0, 11.0, f32::INFINITY, 12.0];
        let drawing = render(&dots(&values), &options(r#"{"view": "fixed", "range": [0, 10], "colormap": "grey"}"#));
        let drawing = drawing.unwrap();
        let levels: Vec<u8> = drawing.rgba.chunks_exact(4).map(|pixel| pixel[1]).step_by(2).collect();
        assert_eq!(levels, [0, 0, 128, 255, 255, 0, 255]);
        let legend = drawing.legend;
        assert_eq!((legend.low, legend.high, legend.unit), (0.0, 10.0, Unit::Value));
        let clipped = Clipped { below: 1, above: 2 };
        let range = Some(ValueRange { low: -1.0, high: 12.0 });
        assert_eq!(legend.values, Extent { range, clipped, non_finite: 1 });
        assert_eq!(legend.drawn, legend.values);

        for range in ["[1, 1]", "[2, 1]", "[0, 1e39]"] {
            let error =
                render(&dots(&values), &options(&format!(r#"{{"view": "fixed", "range": {range}}}"#))).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnsupportedOption, "{range}");
        }
    }

    #[test]
    fn components_are_red_green_and_blue() {
        let scores = [0.0, 1.0, f32::NAN, 4.0, 2.0, f32::NAN, -1.0, -1.0, f32::NAN];
        let scores = FeatureMaps::new(3, 1, 3, scores.to_vec()).unwrap();
        let drawing =
            render_components(&Components { scores, explained: vec![0.5, 0.3, 0.1] }, &options("{}")).unwrap();
        assert_eq!((drawing.width, drawing.height, drawing.channels), (3, 1, 1));
        assert_eq!(drawing.rgba, [0, 255, 0, 255, 255, 0, 0, 255, 255, 0, 255, 255]);
        assert_eq!(drawing.legend.explained, Some(vec![0.5, 0.3, 0.1]));

        let one = FeatureMaps::new(1, 1, 2, vec![0.0, 1.0]).unwrap();
        let drawing = render_components(&Components { scores: one, explained: vec![1.0] }, &options("{}")).unwrap();
        assert_eq!(drawing.rgba, [0, 0, 0, 255, 255, 0, 0, 255]);
    }

    #[test]
    fn a_reduced_tile_has_the_mean_levels_of_its_blocks() {
        // Levels 0, 85, 170 and 255.
        let values = [0.0, 1.0, 3.0, 1.0, 2.0, f32::NAN, 3.0, 0.0, 3.0];
        let maps = FeatureMaps::new(1, 3, 3, &values[..]).unwrap();
        let drawing = render(&maps, &options(r#"{"view": "layer", "colormap": "grey", "reduction": 2}"#)).unwrap();
        assert_eq!((drawing.width, drawing.height, drawing.tile_width, drawing.tile_height), (2, 2, 2, 2));
        let levels: Vec<u8> = drawing.rgba.chunks_exact(4).map(|pixel| pixel[1]).collect();
        assert_eq!(levels, [85, 0, 128, 255]);
        assert_eq!(drawing.rgba[4..8], [255, 0, 255, 255], "one that is not finite shows");
        assert_eq!(drawing.legend.values.range, Some(ValueRange { low: 0.0, high: 3.0 }));

        let error = render(&maps, &options(r#"{"reduction": 0}"#)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnsupportedOption);
    }

    #[test]
    fn options_are_read_from_json() {
        assert_eq!(options("{}"), RenderOptions::default());
        assert_eq!(
            options(
                r#"{"of": "difference", "view": "layer", "range": [-1, 2.5], "colormap": "magma", "columns": 8, "gap": 2,
                "channels": [3, 5], "reduction": 4}"#
            ),
            RenderOptions {
                of: Subject::Difference,
                view: View::Layer,
                range: Some((-1.0, 2.5)),
                colormap: Some(Colormap::Magma),
                columns: Some(8),
                gap: Some(2),
                channels: Some(vec![3, 5]),
                reduction: Some(4),
            }
        );
    }

    #[test]
    fn unsupported_options_are_named() {
        #[track_caller]
        fn check(json: &str, needles: &[&str]) {
            let error = RenderOptions::from_json(json).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnsupportedOption);
            for needle in needles {
                assert!(error.message().contains(needle), "{error}");
            }
        }
        check(r#"{"colour": 1}"#, &["`colour`", "`colormap`"]);
        check(r#"{"view": "xray"}"#, &["`view`", "`xray`", "`symmetric`"]);
        check(r#"{"colormap": "jet"}"#, &["`colormap`", "`jet`", "`rdbu`"]);
        check(r#"{"columns": -1}"#, &["`columns`", "-1"]);
        check(r#"{"gap": 0.5}"#, &["`gap`", "0.5"]);
        check(r#"{"channels": 3}"#, &["`channels`", "3"]);
        check("[]", &["object"]);
        check("{", &["object"]);
    }

    #[test]
    fn tiles_in_a_grid() {
        #[track_caller]
        fn check(json: &str, expected: &[&[[u8; 4]]]) {
            let mut options = options(json);
            options.colormap = Some(Colormap::Grey);
            let rendering = render(&dots(&[0.0, 1.0, 0.0]), &options).unwrap();
            let pixels = rendering.rgba.as_chunks().0;
            let rows: Vec<_> = pixels.chunks(rendering.width as usize).collect();
            assert_eq!(rows, expected);
            assert_eq!(rows.len(), rendering.height as usize);
        }
        check(r#"{"view": "layer", "columns": 2}"#, &[&[BLACK, CLEAR, WHITE], &[CLEAR; 3], &[BLACK, CLEAR, CLEAR]]);
        check(r#"{"view": "layer", "columns": 9, "gap": 0}"#, &[&[BLACK, WHITE, BLACK]]);
        check(r#"{"view": "layer", "channels": [1, 2], "gap": 0}"#, &[&[WHITE, BLACK]]);
        // Dead channels and empty cells have level 0, the other constant channel 128, here the highest.
        let mut book = [BLACK; 16];
        book[1] = WHITE;
        check(r#"{"view": "book", "columns": 2, "gap": 3}"#, &[&book]);
        check(r#"{"view": "book", "channels": [1, 0]}"#, &[&[WHITE, BLACK]]);
    }

    #[test]
    fn impossible_requests_are_refused() {
        #[track_caller]
        fn check(json: &str, kind: ErrorKind, needle: &str) {
            let error = render(&dots(&[0.0, 1.0]), &options(json)).unwrap_err();
            assert_eq!(error.kind(), kind);
            assert!(error.message().contains(needle), "{error}");
        }
        check(r#"{"columns": 0}"#, ErrorKind::UnsupportedOption, "`columns`");
        check(r#"{"channels": [0, 2]}"#, ErrorKind::Input, "channel 2");
        check(r#"{"channels": []}"#, ErrorKind::Input, "`channels`");
        for gap in [MAX_BYTES / 4 - 1, usize::MAX] {
            let json = format!(r#"{{"view": "layer", "gap": {gap}}}"#);
            check(&json, ErrorKind::TooLarge, &gap.to_string());
        }
    }

    #[test]
    fn a_rendering_describes_itself() {
        let maps = FeatureMaps::new(3, 2, 1, vec![0.0; 6]).unwrap();
        let rendering = render(&maps, &options(r#"{"view": "channels", "columns": 2, "gap": 4}"#)).unwrap();
        let mut json = serde_json::to_value(rendering).unwrap();
        json.as_object_mut().unwrap().remove("legend").unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "width": 6, "height": 8, "channels": 3, "tileWidth": 1, "tileHeight": 2, "columns": 2, "gap": 4,
            })
        );
    }

    #[test]
    fn a_legend_says_what_the_colors_stand_for() {
        #[track_caller]
        fn check(json: &str, colormap: Colormap, (low, high, unit): (f32, f32, &str), drawn: (f32, usize)) {
            let rendering = render(&dots(&[-1.0, f32::NAN, 3.0]), &options(json)).unwrap();
            assert_eq!(
                serde_json::to_value(rendering.legend).unwrap(),
                serde_json::json!({
                    "colormap": colormap.id(), "colors": colormap.colors().as_flattened(),
                    "low": low, "high": high, "unit": unit,
                    "range": {"low": -1.0, "high": 3.0}, "clipped": {"below": 0, "above": 0}, "nonFinite": 1,
                    "drawn": {
                        "range": {"low": drawn.0, "high": 3.0}, "clipped": {"below": 0, "above": 0}, "nonFinite": drawn.1,
                    },
                })
            );
        }
        check(r#"{"view": "book"}"#, Colormap::Viridis, (-2.0, 0.0, "deviations"), (-1.0, 1));
        check(r#"{"view": "channels", "colormap": "turbo"}"#, Colormap::Turbo, (0.0, 1.0, "channel"), (-1.0, 1));
        check(r#"{"view": "layer", "channels": [2]}"#, Colormap::Viridis, (-1.0, 3.0, "value"), (3.0, 0));
        check(r#"{"view": "symmetric"}"#, Colormap::RdBu, (-3.0, 3.0, "value"), (-1.0, 1));
    }

    #[test]
    fn png_holds_the_picture() {
        let mut rendering = render(&dots(&[0.0, 1.0]), &options(r#"{"view": "layer", "colormap": "turbo"}"#)).unwrap();
        let decoded = image::load_from_memory(&rendering.to_png().unwrap()).unwrap().into_rgba8();
        assert_eq!((decoded.width(), decoded.height()), (3, 1));
        assert_eq!(decoded.into_raw(), rendering.rgba);

        rendering.width = 2;
        assert_eq!(rendering.to_png().unwrap_err().kind(), ErrorKind::Internal);
    }
}

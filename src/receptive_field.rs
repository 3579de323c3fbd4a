//! Receptive fields: which part of an input a cell of a feature map depends on.

use crate::dependence::{self, Dependence, Mapping, Reach, Region};
use crate::error::{Error, ErrorKind, Result};
use crate::feature_map::Planes;
use crate::model::Model;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};

/// The most regions of a value that are followed one by one; beyond, they are taken together.
pub const MAX_REGIONS: usize = 16;

/// The smallest rectangle of an input's feature maps that holds all that a cell depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ReceptiveField {
    /// Its first row.
    pub top: usize,
    /// Its first column.
    pub left: usize,
    /// The row after its last.
    pub bottom: usize,
    /// The column after its last.
    pub right: usize,
}

/// The receptive fields of all cells of an outlet, as they are before being cut at the input's borders: that of the cell at
/// `row` and `column` begins `top + row * stride_y` from the top and `left + column * stride_x` from the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceptiveFields {
    /// First row of the first.
    pub top: i64,
    /// First column of the first.
    pub left: i64,
    /// Rows of each.
    pub height: i64,
    /// Columns of each.
    pub width: i64,
    /// From one to that of the cell below.
    pub stride_y: i64,
    /// From one to that of the cell to the right.
    pub stride_x: i64,
}

impl ReceptiveFields {
    /// The rectangle of the input (top, left, bottom, right) over which feature maps of `height` x `width` cells lie if
    /// each cell is drawn around the middle of its receptive field, as large as the stride. It may stick out of the input.
    #[must_use]
    pub fn map_area(&self, height: usize, width: usize) -> [f64; 4] {
        let side = |start: i64, size: i64, stride: i64| (start as f64) + (size - stride) as f64 / 2.0;
        let (top, left) = (side(self.top, self.height, self.stride_y), side(self.left, self.width, self.stride_x));
        [top, left, top + height as f64 * self.stride_y as f64, left + width as f64 * self.stride_x as f64]
    }
}

/// A place in an outlet's feature maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The feature map; none for all of them together.
    pub channel: Option<usize>,
    /// Row, from the top.
    pub row: usize,
    /// Column, from the left.
    pub column: usize,
}

/// What the cell at `place` of an outlet sees of `input`, by its name; none if it depends on nothing of it.
///
/// It is exact for windows, strides, dilations, paddings, branches, resampling and whatever moves elements about, up to
/// [`MAX_REGIONS`] branches of different reach; of operators that are not known, or whose shapes only a pass determines,
/// everything that they read is taken to count.
///
/// ```
/// use convscope::Model;
/// use convscope::receptive_field::{Place, receptive_field};
///
/// let model = Model::from_onnx(&std::fs::read("models/digits.onnx")?)?;
/// let place = Place { channel: None, row: 10, column: 10 };
/// let field = receptive_field(&model, model.outlet_id("conv1")?, place, "input")?.expect("it depends on the input");
/// assert_eq!((field.top, field.left, field.bottom, field.right), (9, 9, 12, 12));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Input`] if there is no such outlet, input or place.
pub fn receptive_field(model: &Model, outlet: usize, place: Place, input: &str) -> Result<Option<ReceptiveField>> {
    let missing = |what: String| Error::new(ErrorKind::Input, what);
    let info = &model.outlets().get(outlet).ok_or_else(|| missing(format!("the model has no outlet {outlet}")))?.info;
    let shape = model.shape(input).ok_or_else(|| missing(format!("the model has no input named '{input}'")))?;
    let planes = Planes::of(shape.len(), model.channel_axis(input));
    let whole = || -> Region { shape.iter().map(|&dim| vec![true; dim]).collect() };
    let seen = match model.shape(&info.name) {
        Some(own) => {
            let region = Planes::of(own.len(), model.channel_axis(&info.name))
                .region(&own, place.channel, place.row, place.column)
                .ok_or_else(|| missing(format!("the output '{}' of shape {own:?} has no {place}", info.name)))?;
            seen(model, outlet, region, input).unwrap_or_else(|| vec![whole()])
        }
        None => vec![whole()],
    };
    let extent = |axis: Option<usize>| {
        let Some(axis) = axis else { return Some((0, 1)) };
        let indices = || seen.iter().filter_map(|region| region.get(axis)).flat_map(|set| dependence::members(set));
        Some((indices().min()?, indices().max()? + 1))
    };
    let (Some((top, bottom)), Some((left, right))) = (extent(planes.row), extent(planes.column)) else {
        return Ok(None);
    };
    Ok((!seen.is_empty()).then_some(ReceptiveField { top, left, bottom, right }))
}

/// The regions of `input` that those of an outlet depend on; none if that is not known.
fn seen(model: &Model, outlet: usize, region: Region, input: &str) -> Option<Vec<Region>> {
    let name = &model.outlets().get(outlet)?.info.name;
    let mut regions: HashMap<String, Vec<Region>> = HashMap::from([(name.clone(), vec![region])]);
    // The last first: in a file in order each outlet comes once, when all that read it have been.
    let mut pending = BTreeSet::from([outlet]);
    while let Some(outlet) = pending.pop_last() {
        let name = &model.outlets().get(outlet)?.info.name;
        let own = regions.get(name).cloned().unwrap_or_default();
        for dependence in dependence::dependences(model, outlet)? {
            let known = regions.entry(dependence.value.clone()).or_default();
            for region in own.iter().filter_map(|region| dependence.region(region)) {
                if absorb(known, region) {
                    pending.extend(model.outlet_id(&dependence.value));
                }
            }
        }
    }
    Some(regions.remove(input).unwrap_or_default())
}

/// Adds `region` to `regions`, and says whether that changed them.
fn absorb(regions: &mut Vec<Region>, mut region: Region) -> bool {
    let holds = |outer: &Region, inner: &Region| outer.iter().zip(inner).all(|(outer, inner)| is_subset(inner, outer));
    if regions.iter().any(|known| holds(known, &region)) {
        return false;
    }
    loop {
        regions.retain(|known| !holds(&region, known));
        // Two that differ on one axis only are one.
        let differing = |known: &Region| known.iter().zip(&region).filter(|(known, own)| known != own).count();
        let is_full = regions.len() >= MAX_REGIONS;
        let Some(index) = regions.iter().position(|known| is_full || differing(known) == 1) else { break };
        for (own, known) in region.iter_mut().zip(regions.swap_remove(index)) {
            own.iter_mut().zip(known).for_each(|(own, known)| *own |= known);
        }
    }
    regions.push(region);
    true
}

fn is_subset(inner: &[bool], outer: &[bool]) -> bool {
    inner.iter().zip(outer).all(|(inner, outer)| !inner || *outer)
}

/// The receptive fields in `input` of each outlet's cells; none where they are not alike but for their places, or hold all
/// of the input.
#[must_use]
pub fn receptive_fields(model: &Model, input: &str) -> Vec<Option<ReceptiveFields>> {
    let mut tracks: HashMap<String, [Track; 2]> = HashMap::new();
    if let Some(shape) = model.shape(input) {
        let planes = Planes::of(shape.len(), model.channel_axis(input));
        let track = |axis: Option<usize>| axis.map_or(Track::Lost, Track::start);
        tracks.insert(input.to_owned(), [track(planes.row), track(planes.column)]);
    }
    let mut fields = Vec::new();
    for (outlet, description) in model.outlets().iter().enumerate() {
        let name = &description.info.name;
        let track = match dependence::dependences(model, outlet) {
            Some(dependences) => [0, 1].map(|side| {
                let followed = dependences.iter().map(|dependence| {
                    let track = tracks.get(&dependence.value).map_or(Track::Absent, |track| track[side]);
                    track.through(dependence, description.info.shape.len(), model.shape(name).as_deref())
                });
                followed.fold(Track::Absent, Track::merge)
            }),
            None => [Track::Lost; 2],
        };
        let planes = Planes::of(description.info.shape.len(), description.channel_axis);
        fields.push(match track {
            [Track::Along { axis: row, step: y }, Track::Along { axis: column, step: x }]
                if planes.row == Some(row) && planes.column == Some(column) =>
            {
                Some(ReceptiveFields {
                    top: y.start,
                    left: x.start,
                    height: y.size,
                    width: x.size,
                    stride_y: y.stride,
                    stride_x: x.stride,
                })
            }
            _ => None,
        });
        tracks.insert(name.clone(), track);
    }
    fields
}

/// Where a side of the input, its rows or columns, is found in a value.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Track {
    /// Nowhere: the value does not depend on the input.
    Absent,
    /// Along an axis, in steps that are all alike.
    Along { axis: usize, step: Step },
    /// In another way.
    Lost,
}

/// An index `i` depends on the `size` indices of the input from `start + stride * i`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Step {
    start: i64,
    stride: i64,
    size: i64,
}

impl Track {
    fn start(axis: usize) -> Self {
        Self::Along { axis, step: Step { start: 0, stride: 1, size: 1 } }
    }

    /// Where it is found in an outlet that depends on the value so.
    fn through(self, dependence: &Dependence, rank: usize, output: Option<&[usize]>) -> Self {
        let Self::Along { axis, step } = self else { return self };
        match &dependence.mapping {
            Mapping::Axes(axes) => match axes.get(axis) {
                Some(&Reach::Window { axis, start, stride, step: apart, len }) if stride > 0 && axis < rank => {
                    let size = step.size + step.stride * apart * (len as i64 - 1);
                    let start = step.start + step.stride * start;
                    Self::Along { axis, step: Step { start, stride: step.stride * stride, size } }
                }
                _ => Self::Lost,
            },
            // An axis stays one if as many elements come before it.
            Mapping::Order => {
                let before = |shape: &[usize], axis: usize| shape.iter().take(axis).product::<usize>();
                let Some(output) = output else { return Self::Lost };
                let is_same = |other: &usize| {
                    dependence.shape.get(axis) == output.get(*other)
                        && before(&dependence.shape, axis) == before(output, *other)
                };
                (0..output.len()).find(is_same).map_or(Self::Lost, |axis| Self::Along { axis, step })
            }
            Mapping::Chain(_) => Self::Lost,
        }
    }

    /// Where it is found in what depends on both.
    fn merge(self, other: Self) -> Self {
        match (self, other) {
            (Self::Absent, track) | (track, Self::Absent) => track,
            (Self::Along { axis, step: a }, Self::Along { axis: same, step: b })
                if axis == same && a.stride == b.stride =>
            {
                let start = a.start.min(b.start);
                let size = (a.start + a.size).max(b.start + b.size) - start;
                Self::Along { axis, step: Step { start, size, ..a } }
            }
            _ => Self::Lost,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(channel) = self.channel {
            write!(formatter, "channel {channel}, ")?;
        }
        write!(formatter, "row {}, column {}", self.row, self.column)
    }
}

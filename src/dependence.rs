//! What an output depends on: for each value that its node reads, which of its elements, axis by axis.
//!
//! The descriptions are made of ONNX's operators, their attributes and the shapes of the compiled model. They hold for
//! whatever numbers flow, not for a picture: a pooling depends on all of its window, a product with zero on its factor.

mod operators;

use crate::model::Model;

/// How an outlet depends on one of the values that its node reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Dependence {
    /// The value's name: an outlet's, or an input's of the model.
    pub value: String,
    /// The value's shape.
    pub shape: Vec<usize>,
    /// Which of its elements an element of the outlet depends on.
    pub mapping: Mapping,
}

/// Which elements of a value an element of an outlet depends on.
#[derive(Clone, Debug, PartialEq)]
pub enum Mapping {
    /// Those that each of the value's axes allows by itself.
    Axes(Vec<Reach>),
    /// The one of the same place in row-major order.
    Order,
    /// As one mapping after the other says, from the outlet on: each with the shape of what it maps to.
    Chain(Vec<(Mapping, Vec<usize>)>),
}

/// Which indices of one of a value's axes an element of an outlet depends on. `axis` is one of the outlet's, and `index`
/// the element's on it.
#[derive(Clone, Debug, PartialEq)]
pub enum Reach {
    /// All of them.
    Whole,
    /// `len` indices from `start + stride * index`, `step` apart; those beyond the axis are padding.
    Window { axis: usize, start: i64, stride: i64, step: i64, len: usize },
    /// Those whose own windows of `len` indices, `step` apart from `stride * own - pad`, hold `index`: a transposed
    /// convolution's.
    Transposed { axis: usize, pad: i64, stride: i64, step: i64, len: usize },
    /// `inputs` indices from `index / outputs * inputs`: the group that `index` is in.
    Block { axis: usize, outputs: usize, inputs: usize },
    /// Those listed at `index`.
    Listed { axis: usize, indices: Vec<Vec<usize>> },
}

/// Indices of a tensor's elements: the product of a set of indices for each axis, each as whether it is in the set.
pub(crate) type Region = Vec<Vec<bool>>;

impl Reach {
    /// The index of the outlet's `axis` itself.
    pub(crate) fn same(axis: usize) -> Self {
        Self::Window { axis, start: 0, stride: 1, step: 1, len: 1 }
    }

    /// The outlet's axis that counts; none if all do, alike.
    #[must_use]
    pub fn axis(&self) -> Option<usize> {
        match self {
            Self::Whole => None,
            Self::Window { axis, .. }
            | Self::Transposed { axis, .. }
            | Self::Block { axis, .. }
            | Self::Listed { axis, .. } => Some(*axis),
        }
    }

    /// The indices of an axis of `dim`, in the order of the operator's window, if it has one; none for what is padding,
    /// or between the steps of a transposed convolution.
    #[must_use]
    pub fn taps(&self, index: usize, dim: usize) -> Vec<Option<usize>> {
        let within = |position: i64| usize::try_from(position).ok().filter(|position| *position < dim);
        let signed = index as i64;
        match self {
            Self::Whole => (0..dim).map(Some).collect(),
            Self::Window { start, stride, step, len, .. } => {
                (0..*len as i64).map(|tap| within(start + stride * signed + step * tap)).collect()
            }
            Self::Transposed { pad, stride, step, len, .. } => (0..*len as i64)
                .map(|tap| {
                    let scaled = signed + pad - step * tap;
                    if scaled % stride == 0 { within(scaled / stride) } else { None }
                })
                .collect(),
            Self::Block { outputs, inputs, .. } => {
                (0..*inputs).map(|tap| within((index / outputs * inputs + tap) as i64)).collect()
            }
            Self::Listed { indices, .. } => {
                indices.get(index).into_iter().flatten().map(|&position| within(position as i64)).collect()
            }
        }
    }

    /// Those of an axis of `dim` that any of the outlet's elements in `region` depends on.
    fn indices(&self, region: &Region, dim: usize) -> Vec<bool> {
        let Some(axis) = self.axis() else { return vec![true; dim] };
        if let Some(selected) = region.get(axis).filter(|selected| *self == Self::same(axis) && selected.len() == dim) {
            return selected.clone();
        }
        let mut indices = vec![false; dim];
        let mut add = |index| {
            for position in self.taps(index, dim).into_iter().flatten() {
                indices[position] = true;
            }
        };
        match region.get(axis) {
            Some(selected) => members(selected).for_each(add),
            // An element taken out of an axis by a scalar.
            None => add(0),
        }
        indices
    }
}

impl Dependence {
    /// The elements of the value that any of the outlet's elements in `region` depends on; none if there are none.
    pub(crate) fn region(&self, region: &Region) -> Option<Region> {
        let reached = self.mapping.region(region, &self.shape);
        let is_empty = |indices: &Vec<bool>| !indices.contains(&true);
        (!reached.iter().any(is_empty)).then_some(reached)
    }
}

impl Mapping {
    fn region(&self, region: &Region, shape: &[usize]) -> Region {
        match self {
            Self::Axes(axes) => axes.iter().zip(shape).map(|(reach, dim)| reach.indices(region, *dim)).collect(),
            Self::Order => reordered(region, shape),
            Self::Chain(links) => {
                links.iter().fold(region.clone(), |region, (mapping, shape)| mapping.region(&region, shape))
            }
        }
    }
}

/// What an outlet of `model` depends on, weights included; none if that is not known, as of operators with graphs of their
/// own.
pub(crate) fn dependences(model: &Model, outlet: usize) -> Option<Vec<Dependence>> {
    let operator = operators::Operator::new(model, outlet)?;
    let node = model.nodes().get(model.outlets().get(outlet)?.node)?;
    let mut dependences = Vec::new();
    for (position, value) in node.operands.iter().enumerate().filter(|(_, value)| !value.is_empty()) {
        let shape = model.shape(value)?;
        if let Some(mapping) = operator.mapping(position, &shape) {
            dependences.push(Dependence { value: value.clone(), shape, mapping });
        }
    }
    Some(dependences)
}

/// The indices in a set.
pub(crate) fn members(set: &[bool]) -> impl Iterator<Item = usize> {
    set.iter().enumerate().filter(|(_, is_member)| **is_member).map(|(index, _)| index)
}

/// The smallest region of a tensor of `shape` that holds the elements of `region`, of another shape but of as many
/// elements in the same order.
fn reordered(region: &Region, shape: &[usize]) -> Region {
    let mut result = Region::new();
    let mut axes = region.iter();
    let mut dims = shape.iter().copied();
    // Runs of axes of both shapes that have as many elements, one after the other.
    loop {
        let (mut from, mut to): (Vec<&Vec<bool>>, Vec<usize>) =
            (axes.by_ref().take(1).collect(), dims.by_ref().take(1).collect());
        if from.is_empty() && to.is_empty() {
            return result;
        }
        let len = |axes: &[&Vec<bool>]| axes.iter().map(|axis| axis.len()).product::<usize>();
        while len(&from) != to.iter().product::<usize>() {
            let is_short = len(&from) < to.iter().product::<usize>();
            if is_short && let Some(axis) = axes.next() {
                from.push(axis);
            } else if !is_short && let Some(dim) = dims.next() {
                to.push(dim);
            } else {
                // Not of as many elements: whatever is left.
                result.extend(to.into_iter().chain(dims).map(|dim| vec![true; dim]));
                return result;
            }
        }
        result.extend(reordered_run(&from, &to));
    }
}

fn reordered_run(from: &[&Vec<bool>], to: &[usize]) -> Region {
    if from.iter().all(|axis| !axis.contains(&false)) {
        return to.iter().map(|&dim| vec![true; dim]).collect();
    }
    if let ([axis], [_]) = (from, to) {
        return vec![(*axis).clone()];
    }
    let places = from.iter().fold(vec![0], |places, axis| {
        places.iter().flat_map(|place| members(axis).map(move |index| place * axis.len() + index)).collect::<Vec<_>>()
    });
    let mut result: Region = to.iter().map(|&dim| vec![false; dim]).collect();
    for mut place in places {
        for axis in result.iter_mut().rev() {
            let dim = axis.len();
            axis[place % dim] = true;
            place /= dim;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(indices: &[usize], dim: usize) -> Vec<bool> {
        (0..dim).map(|index| indices.contains(&index)).collect()
    }

    #[test]
    fn windows_skip_what_is_padding() {
        let dilated = Reach::Window { axis: 0, start: -1, stride: 2, step: 2, len: 3 };
        assert_eq!(dilated.taps(0, 4), [None, Some(1), Some(3)]);
        assert_eq!(dilated.taps(1, 4), [Some(1), Some(3), None]);
        assert_eq!(dilated.indices(&vec![set(&[0, 1], 2)], 5), set(&[1, 3], 5));
        let backwards = Reach::Window { axis: 0, start: 3, stride: -1, step: 1, len: 1 };
        assert_eq!(backwards.taps(1, 4), [Some(2)]);
    }

    #[test]
    fn a_transposed_window_is_a_window_seen_from_its_indices() {
        let transposed = Reach::Transposed { axis: 0, pad: 1, stride: 2, step: 1, len: 3 };
        assert_eq!(transposed.taps(0, 3), [None, Some(0), None]);
        assert_eq!(transposed.taps(1, 3), [Some(1), None, Some(0)]);
        assert_eq!(transposed.taps(5, 3), [None, None, Some(2)]);
    }

    #[test]
    fn blocks_and_lists_are_what_they_say() {
        let block = Reach::Block { axis: 0, outputs: 2, inputs: 3 };
        assert_eq!(block.taps(3, 6), [Some(3), Some(4), Some(5)]);
        let listed = Reach::Listed { axis: 0, indices: vec![vec![1], vec![]] };
        assert_eq!((listed.taps(0, 2), listed.taps(1, 2), listed.taps(2, 2)), (vec![Some(1)], vec![], vec![]));
    }

    #[test]
    fn reordered_regions_keep_axes_that_stay() {
        let region = vec![set(&[0], 1), set(&[1, 2], 4), set(&[3], 5)];
        let split = vec![set(&[0], 1), set(&[0, 1], 2), set(&[0, 1], 2), set(&[3], 5)];
        assert_eq!(reordered(&region, &[1, 2, 2, 5]), split);
        assert_eq!(reordered(&split, &[1, 4, 5]), vec![set(&[0], 1), set(&[0, 1, 2, 3], 4), set(&[3], 5)]);
        assert_eq!(reordered(&region, &[20]), vec![set(&[8, 13], 20)]);
        assert_eq!(
            reordered(&vec![set(&[8], 20)], &[1, 4, 5, 1]),
            vec![set(&[0], 1), set(&[1], 4), set(&[3], 5), set(&[0], 1)]
        );
        assert_eq!(reordered(&vec![], &[1, 1]), vec![set(&[0], 1), set(&[0], 1)]);
    }
}

//! A forward pass in steps that can be resumed, and the activations that it leaves.

use crate::error::{Error, ErrorKind, Result};
use crate::model::{self, Model};
use crate::tensor::Tensor;
use std::collections::HashMap;
use std::sync::Arc;
use tract_onnx::prelude::{IntoTValue, TValue, Tensor as TractTensor, TypedSimpleState};

/// A forward pass over one input, under way or done.
///
/// A pass is advanced by [`step`](Self::step) and given up by dropping it. A clone shares what has been computed.
pub struct Pass {
    model: Arc<Model>,
    inputs: Vec<Tensor>,
    state: TypedSimpleState,
    milliseconds: Vec<f64>,
}

impl Clone for Pass {
    fn clone(&self) -> Self {
        let mut state = self.state.clone();
        // tract leaves them out of a clone.
        state.turn_state.values.clone_from(&self.state.turn_state.values);
        Self { model: self.model.clone(), inputs: self.inputs.clone(), state, milliseconds: self.milliseconds.clone() }
    }
}

impl Pass {
    /// A pass of `model` over `inputs`, one tensor for each of [`Model::inputs`], by name. Nothing is computed yet.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] naming the input that is missing, unknown, or of another type or shape.
    pub fn new(model: Arc<Model>, mut inputs: HashMap<String, Tensor>) -> Result<Self> {
        let mut ordered = Vec::new();
        for info in model.inputs() {
            let tensor = inputs.remove(&info.name).ok_or_else(|| {
                Error::new(ErrorKind::Input, format!("the input '{}' ({}) is missing", info.name, info.dtype))
            })?;
            let fits = tensor.shape().len() == info.shape.len()
                && tensor
                    .shape()
                    .iter()
                    .zip(&info.shape)
                    .all(|(size, wanted)| wanted.is_none_or(|wanted| wanted == *size));
            if tensor.data().dtype() != info.dtype || !fits {
                let wanted: Vec<String> =
                    info.shape.iter().map(|dim| dim.map_or("?".to_owned(), |dim| dim.to_string())).collect();
                return Err(Error::new(
                    ErrorKind::Input,
                    format!(
                        "the input '{}' wants {} of shape [{}], not {} of shape {:?}",
                        info.name,
                        info.dtype,
                        wanted.join(", "),
                        tensor.data().dtype(),
                        tensor.shape()
                    ),
                ));
            }
            ordered.push(tensor);
        }
        if let Some(name) = inputs.keys().min() {
            return Err(Error::new(ErrorKind::Input, format!("the model has no input named '{name}'")));
        }
        let internal = |error| Error::new(ErrorKind::Internal, format!("{error:#}"));
        let mut state = TypedSimpleState::new(&model.execution.plan).map_err(internal)?;
        for (index, tensor) in ordered.iter().enumerate() {
            state.set_input(index, model::to_tract(tensor)?.into_tvalue()).map_err(internal)?;
        }
        // Setting an input makes room for all values; a model of constants has none.
        if ordered.is_empty() {
            state.turn_state.values = vec![None; model.execution.plan.model().nodes().len()];
        }
        Ok(Self { model, inputs: ordered, state, milliseconds: Vec::new() })
    }

    /// Computes the next node, in the order of [`Model::nodes`], and returns its index; none when all are done.
    /// `now` is a clock in milliseconds.
    ///
    /// # Errors
    /// [`ErrorKind::UnsupportedModel`] naming the node that fails; the pass stays where it was.
    pub fn step(&mut self, now: impl Fn() -> f64) -> Result<Option<usize>> {
        let index = self.milliseconds.len();
        let Some(step) = self.model.execution.steps.get(index) else {
            return Ok(None);
        };
        let start = now();
        for &id in &step.runs {
            // Inputs and constants are there from the start.
            if self.value_of(id).is_none() {
                model::catching_panics(|| self.state.compute_one(id)).map_err(|error| {
                    let node = &self.model.nodes()[index];
                    Error::new(
                        ErrorKind::UnsupportedModel,
                        format!("node '{}' ({}) cannot be computed: {}", node.name, node.op, error.root_cause()),
                    )
                })?;
            }
        }
        for &id in &step.frees {
            if let Some(value) = self.state.turn_state.values.get_mut(id) {
                *value = None;
            }
        }
        self.milliseconds.push(now() - start);
        Ok(Some(index))
    }

    /// Its model.
    #[must_use]
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// The tensors that the network gets, in the order of [`Model::inputs`].
    #[must_use]
    pub fn inputs(&self) -> &[Tensor] {
        &self.inputs
    }

    /// Whether every node has been computed.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.milliseconds.len() == self.model.nodes().len()
    }

    /// The time that each node computed so far took, in milliseconds.
    #[must_use]
    pub fn milliseconds(&self) -> &[f64] {
        &self.milliseconds
    }

    /// The activation of an outlet, by its index in [`Model::outlets`]; none while its node is to be computed.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if there is no such outlet.
    pub fn activation(&self, outlet: usize) -> Result<Option<Tensor>> {
        self.value(outlet)?.map(|value| model::from_tract(value)).transpose()
    }

    /// The shape of an outlet's activation, as [`activation`](Self::activation) has it.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if there is no such outlet.
    pub fn activation_shape(&self, outlet: usize) -> Result<Option<&[usize]>> {
        Ok(self.value(outlet)?.map(|value| value.shape()))
    }

    /// The element at `index` of a value that the pass knows: a constant, an input or an activation.
    pub(crate) fn element(&self, value: &str, index: &[usize]) -> Option<f64> {
        model::element(self.tensor(value)?, index)
    }

    /// The shape of a value that the pass knows.
    pub(crate) fn shape(&self, value: &str) -> Option<Vec<usize>> {
        Some(self.tensor(value)?.shape().to_vec())
    }

    fn tensor(&self, value: &str) -> Option<&TractTensor> {
        if let Some(constant) = self.model.constant(value) {
            return Some(constant);
        }
        if let Ok(outlet) = self.model.outlet_id(value) {
            return Some(self.value(outlet).ok()??);
        }
        let input = self.model.inputs().iter().position(|info| info.name == value)?;
        let place = self.model.execution.plan.model().inputs.get(input)?;
        self.value_of(place.node)?.get(place.slot).map(|value| &**value)
    }

    fn value(&self, outlet: usize) -> Result<Option<&TValue>> {
        let (Some(info), Some(place)) = (self.model.outlets().get(outlet), self.model.execution.outlets.get(outlet))
        else {
            return Err(Error::new(ErrorKind::Input, format!("the model has no outlet {outlet}")));
        };
        let is_computed = info.node < self.milliseconds.len();
        Ok(self.value_of(place.node).and_then(|values| values.get(place.slot)).filter(|_| is_computed))
    }

    fn value_of(&self, id: usize) -> Option<&[TValue]> {
        self.state.turn_state.values.get(id)?.as_deref()
    }
}

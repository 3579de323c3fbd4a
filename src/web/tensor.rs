//! Between the crate's tensors and JavaScript's typed arrays.

use crate::arithmetic::Cell;
use crate::error::{Error, ErrorKind, Result};
use crate::model::ValueInfo;
use crate::tensor::{Tensor, TensorData};
use half::f16;
use js_sys::{
    Array, BigInt, BigInt64Array, BigUint64Array, Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, JSON,
    Object, Reflect, Uint8Array, Uint16Array, Uint32Array,
};
use std::collections::HashMap;
use wasm_bindgen::{JsCast, JsValue};

fn bad_input(message: String) -> Error {
    Error::new(ErrorKind::Input, message)
}

/// `{shape, dtype, data}`: bool as 0 and 1 in a `Uint8Array`, float16 widened to a `Float32Array`.
pub(super) fn to_js(tensor: &Tensor) -> Result<Object, JsValue> {
    let data: JsValue = match tensor.data() {
        TensorData::Bool(values) => {
            let values: Vec<u8> = values.iter().map(|&value| value.into()).collect();
            Uint8Array::from(&values[..]).into()
        }
        TensorData::U8(values) => Uint8Array::from(&values[..]).into(),
        TensorData::U16(values) => Uint16Array::from(&values[..]).into(),
        TensorData::U32(values) => Uint32Array::from(&values[..]).into(),
        TensorData::U64(values) => BigUint64Array::from(&values[..]).into(),
        TensorData::I8(values) => Int8Array::from(&values[..]).into(),
        TensorData::I16(values) => Int16Array::from(&values[..]).into(),
        TensorData::I32(values) => Int32Array::from(&values[..]).into(),
        TensorData::I64(values) => BigInt64Array::from(&values[..]).into(),
        TensorData::F16(values) => {
            let values: Vec<f32> = values.iter().map(|value| value.to_f32()).collect();
            Float32Array::from(&values[..]).into()
        }
        TensorData::F32(values) => Float32Array::from(&values[..]).into(),
        TensorData::F64(values) => Float64Array::from(&values[..]).into(),
    };
    // Dimensions are below 2^32, which a double holds exactly.
    let shape: Array = tensor.shape().iter().map(|&dim| JsValue::from(dim as f64)).collect();
    let object = Object::new();
    Reflect::set(&object, &"shape".into(), &shape)?;
    Reflect::set(&object, &"dtype".into(), &tensor.data().dtype().into())?;
    Reflect::set(&object, &"data".into(), &data)?;
    Ok(object)
}

/// A cell's arithmetic as an object, in which each window has `values` and, unless there are none, `weights`.
pub(super) fn cell_to_js(cell: &Cell) -> Result<JsValue, JsValue> {
    let object = JSON::parse(&super::json(cell)?)?;
    let windows: Array = Reflect::get(&object, &"windows".into())?.unchecked_into();
    for (window, description) in cell.windows.iter().zip(windows.iter()) {
        Reflect::set(&description, &"values".into(), &Float32Array::from(&window.values[..]))?;
        let weights = (!window.weights.is_empty()).then(|| Float32Array::from(&window.weights[..]));
        Reflect::set(&description, &"weights".into(), &weights.map_or(JsValue::NULL, Into::into))?;
    }
    Ok(object)
}

/// The tensors of `{name: {shape, data}}`, with the element types that `inputs` have. Data are numbers in an array,
/// or a typed array of the element type.
pub(super) fn from_js(tensors: &Object, inputs: &[ValueInfo]) -> Result<HashMap<String, Tensor>> {
    let mut result = HashMap::new();
    for name in Object::keys(tensors).iter().filter_map(|name| name.as_string()) {
        let info = inputs.iter().find(|info| info.name == name).ok_or_else(|| {
            let names: Vec<_> = inputs.iter().map(|info| info.name.as_str()).collect();
            bad_input(format!("the model has no input named '{name}'; it has: {}", names.join(", ")))
        })?;
        let field = |field: &str| {
            let value =
                Reflect::get(tensors, &name.as_str().into()).and_then(|tensor| Reflect::get(&tensor, &field.into()));
            value.ok().filter(|value| value.is_object()).ok_or_else(|| {
                bad_input(format!("the tensor for the input '{name}' is no object with 'shape' and 'data'"))
            })
        };
        let tensor = Tensor::new(shape(&name, &field("shape")?)?, data(info, &field("data")?)?)
            .map_err(|error| bad_input(format!("the input '{name}': {error}")))?;
        result.insert(name, tensor);
    }
    Ok(result)
}

fn shape(name: &str, shape: &JsValue) -> Result<Vec<usize>> {
    let dimension =
        |dim: JsValue| dim.as_f64().filter(|dim| dim.fract() == 0.0 && (0.0..4_294_967_296.0).contains(dim));
    let dimensions =
        Array::is_array(shape).then(|| Array::from(shape).iter().map(dimension).collect::<Option<Vec<_>>>());
    let dimensions = dimensions.flatten().ok_or_else(|| {
        bad_input(format!("the shape of the tensor for the input '{name}' is no array of whole numbers"))
    })?;
    Ok(dimensions.into_iter().map(|dim| dim as usize).collect())
}

fn data(info: &ValueInfo, data: &JsValue) -> Result<TensorData> {
    let mismatch = || {
        bad_input(format!(
            "the data for the input '{}' are neither an array of numbers nor typed {}",
            info.name, info.dtype
        ))
    };
    /// The typed array itself, or one made of an array of numbers.
    macro_rules! typed {
        ($array:ty) => {
            match data.dyn_ref::<$array>() {
                Some(array) => array.to_vec(),
                None if Array::is_array(data) && Array::from(data).iter().all(|value| value.as_f64().is_some()) => {
                    <$array>::new(data).to_vec()
                }
                None => return Err(mismatch()),
            }
        };
    }
    /// The typed array itself, or one made of an array of whole numbers, `BigInt`s or not.
    macro_rules! typed_64 {
        ($array:ty) => {
            match data.dyn_ref::<$array>() {
                Some(array) => array.to_vec(),
                None if Array::is_array(data) => {
                    let big = |value: JsValue| BigInt::new(&value).ok().filter(|_| !value.is_string());
                    let values: Option<Vec<BigInt>> = Array::from(data).iter().map(big).collect();
                    let values: Array = values.ok_or_else(mismatch)?.into_iter().collect();
                    <$array>::new(&values).to_vec()
                }
                None => return Err(mismatch()),
            }
        };
    }
    Ok(match info.dtype {
        "bool" => TensorData::Bool(typed!(Uint8Array).into_iter().map(|value| value != 0).collect()),
        "uint8" => TensorData::U8(typed!(Uint8Array)),
        "uint16" => TensorData::U16(typed!(Uint16Array)),
        "uint32" => TensorData::U32(typed!(Uint32Array)),
        "uint64" => TensorData::U64(typed_64!(BigUint64Array)),
        "int8" => TensorData::I8(typed!(Int8Array)),
        "int16" => TensorData::I16(typed!(Int16Array)),
        "int32" => TensorData::I32(typed!(Int32Array)),
        "int64" => TensorData::I64(typed_64!(BigInt64Array)),
        "float16" => TensorData::F16(typed!(Float32Array).into_iter().map(f16::from_f32).collect()),
        "float32" => TensorData::F32(typed!(Float32Array)),
        "float64" => TensorData::F64(typed!(Float64Array)),
        _ => return Err(mismatch()),
    })
}

//! Between tract's tensors and the crate's own.

use crate::error::{Error, ErrorKind, Result};
use crate::tensor::{Tensor, TensorData};
use half::f16;
use tract_onnx::prelude::{Datum, DatumType, Tensor as TractTensor, TractResult};

/// The name of an element type as numpy spells it; none for types that ONNX tensors here do not have.
/// tract computes shapes with symbolic dimensions, which ONNX sees as 64-bit integers.
pub(super) fn dtype_name(dtype: DatumType) -> Option<&'static str> {
    Some(match dtype.unquantized() {
        DatumType::Bool => "bool",
        DatumType::U8 => "uint8",
        DatumType::U16 => "uint16",
        DatumType::U32 => "uint32",
        DatumType::U64 => "uint64",
        DatumType::I8 => "int8",
        DatumType::I16 => "int16",
        DatumType::I32 => "int32",
        DatumType::I64 | DatumType::TDim => "int64",
        DatumType::F16 => "float16",
        DatumType::F32 => "float32",
        DatumType::F64 => "float64",
        _ => return None,
    })
}

/// A copy of one of tract's tensors.
///
/// # Errors
/// [`ErrorKind::UnsupportedModel`] for strings and other types that are no numbers.
pub(crate) fn from_tract(tensor: &TractTensor) -> Result<Tensor> {
    fn values<T: Datum + Copy>(tensor: &TractTensor) -> TractResult<Vec<T>> {
        Ok(tensor.try_as_plain_ram()?.as_slice::<T>()?.to_vec())
    }
    let data = match tensor.datum_type().unquantized() {
        DatumType::Bool => values(tensor).map(TensorData::Bool),
        DatumType::U8 => values(tensor).map(TensorData::U8),
        DatumType::U16 => values(tensor).map(TensorData::U16),
        DatumType::U32 => values(tensor).map(TensorData::U32),
        DatumType::U64 => values(tensor).map(TensorData::U64),
        DatumType::I8 => values(tensor).map(TensorData::I8),
        DatumType::I16 => values(tensor).map(TensorData::I16),
        DatumType::I32 => values(tensor).map(TensorData::I32),
        DatumType::I64 => values(tensor).map(TensorData::I64),
        DatumType::TDim => tensor.cast_to::<i64>().and_then(|tensor| values(&tensor)).map(TensorData::I64),
        DatumType::F16 => values(tensor).map(TensorData::F16),
        DatumType::F32 => values(tensor).map(TensorData::F32),
        DatumType::F64 => values(tensor).map(TensorData::F64),
        other => {
            return Err(Error::new(ErrorKind::UnsupportedModel, format!("tensors of type {other:?} cannot be shown")));
        }
    };
    let data = data.map_err(|error| Error::new(ErrorKind::Internal, format!("{error:#}")))?;
    Tensor::new(tensor.shape().to_vec(), data)
}

/// The element of one of tract's tensors at `index`, one coordinate an axis; none beyond its shape, or for what is no
/// number.
pub(crate) fn element(tensor: &TractTensor, index: &[usize]) -> Option<f64> {
    fn value<T: Datum + Copy>(tensor: &TractTensor, offset: usize) -> Option<T> {
        tensor.try_as_plain_ram().ok()?.as_slice::<T>().ok()?.get(offset).copied()
    }
    let shape = tensor.shape();
    if index.len() != shape.len() || index.iter().zip(shape).any(|(index, dim)| index >= dim) {
        return None;
    }
    let offset = index.iter().zip(shape).fold(0, |offset, (index, dim)| offset * dim + index);
    Some(match tensor.datum_type().unquantized() {
        DatumType::Bool => u8::from(value::<bool>(tensor, offset)?).into(),
        DatumType::U8 => value::<u8>(tensor, offset)?.into(),
        DatumType::U16 => value::<u16>(tensor, offset)?.into(),
        DatumType::U32 => value::<u32>(tensor, offset)?.into(),
        DatumType::U64 => value::<u64>(tensor, offset)? as f64,
        DatumType::I8 => value::<i8>(tensor, offset)?.into(),
        DatumType::I16 => value::<i16>(tensor, offset)?.into(),
        DatumType::I32 => value::<i32>(tensor, offset)?.into(),
        DatumType::I64 => value::<i64>(tensor, offset)? as f64,
        DatumType::F16 => value::<f16>(tensor, offset)?.into(),
        DatumType::F32 => value::<f32>(tensor, offset)?.into(),
        DatumType::F64 => value::<f64>(tensor, offset)?,
        DatumType::TDim => value::<i64>(tensor.cast_to::<i64>().ok()?.as_ref(), offset)? as f64,
        _ => return None,
    })
}

/// One of tract's tensors with a copy of `tensor`'s elements.
///
/// # Errors
/// [`ErrorKind::Internal`] if tract refuses it.
pub(crate) fn to_tract(tensor: &Tensor) -> Result<TractTensor> {
    let shape = tensor.shape();
    crate::tensor::for_any_data!(tensor.data(), values => TractTensor::from_shape(shape, values))
        .map_err(|error| Error::new(ErrorKind::Internal, format!("{error:#}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_survive_the_round_trip() {
        let check = |data: TensorData| {
            let tensor = Tensor::new(vec![1, 2], data).unwrap();
            let there = to_tract(&tensor).unwrap();
            assert_eq!(dtype_name(there.datum_type()), Some(tensor.data().dtype()));
            assert_eq!(from_tract(&there).unwrap(), tensor);
        };
        check(TensorData::Bool(vec![true, false]));
        check(TensorData::U8(vec![0, u8::MAX]));
        check(TensorData::U16(vec![0, u16::MAX]));
        check(TensorData::U32(vec![0, u32::MAX]));
        check(TensorData::U64(vec![0, u64::MAX]));
        check(TensorData::I8(vec![i8::MIN, i8::MAX]));
        check(TensorData::I16(vec![i16::MIN, i16::MAX]));
        check(TensorData::I32(vec![i32::MIN, i32::MAX]));
        check(TensorData::I64(vec![i64::MIN, i64::MAX]));
        check(TensorData::F16(vec![f16::MIN, f16::EPSILON]));
        check(TensorData::F32(vec![f32::MIN, f32::INFINITY]));
        check(TensorData::F64(vec![f64::MIN, f64::EPSILON]));
    }
}

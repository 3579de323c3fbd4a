//! Plain tensors, the form in which data enters and leaves the engine.

use crate::error::{Error, ErrorKind, Result};
use half::f16;

/// A dense tensor in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    data: TensorData,
}

/// A tensor's elements, one variant an element type.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum TensorData {
    Bool(Vec<bool>),
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
    U64(Vec<u64>),
    I8(Vec<i8>),
    I16(Vec<i16>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    F16(Vec<f16>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// Evaluates `$body` with `$values` bound to the vector of whichever variant `$data` is.
macro_rules! for_any_data {
    ($data:expr, $values:ident => $body:expr) => {
        match $data {
            TensorData::Bool($values) => $body,
            TensorData::U8($values) => $body,
            TensorData::U16($values) => $body,
            TensorData::U32($values) => $body,
            TensorData::U64($values) => $body,
            TensorData::I8($values) => $body,
            TensorData::I16($values) => $body,
            TensorData::I32($values) => $body,
            TensorData::I64($values) => $body,
            TensorData::F16($values) => $body,
            TensorData::F32($values) => $body,
            TensorData::F64($values) => $body,
        }
    };
}
pub(crate) use for_any_data;

impl TensorData {
    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        for_any_data!(self, values => values.len())
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element type's name, as numpy spells it: `float32`, `int64`, `bool`, ...
    #[must_use]
    pub fn dtype(&self) -> &'static str {
        match self {
            Self::Bool(_) => "bool",
            Self::U8(_) => "uint8",
            Self::U16(_) => "uint16",
            Self::U32(_) => "uint32",
            Self::U64(_) => "uint64",
            Self::I8(_) => "int8",
            Self::I16(_) => "int16",
            Self::I32(_) => "int32",
            Self::I64(_) => "int64",
            Self::F16(_) => "float16",
            Self::F32(_) => "float32",
            Self::F64(_) => "float64",
        }
    }
}

impl Tensor {
    /// A tensor of `shape` over `data`.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] unless the shape's product is the number of elements.
    pub fn new(shape: Vec<usize>, data: TensorData) -> Result<Self> {
        let len = shape.iter().try_fold(1usize, |len, &dim| len.checked_mul(dim));
        if len != Some(data.len()) {
            return Err(Error::new(
                ErrorKind::Input,
                format!("a tensor of shape {shape:?} cannot have {} elements", data.len()),
            ));
        }
        Ok(Self { shape, data })
    }

    /// A tensor of zeros.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] for an element type that there is none of, [`ErrorKind::TooLarge`] if the number of elements
    /// overflows.
    pub fn zeros(shape: Vec<usize>, dtype: &str) -> Result<Self> {
        let len = shape.iter().try_fold(1usize, |len, &dim| len.checked_mul(dim));
        let len = len.ok_or_else(|| Error::new(ErrorKind::TooLarge, format!("a tensor of shape {shape:?}")))?;
        let data = match dtype {
            "bool" => TensorData::Bool(vec![false; len]),
            "uint8" => TensorData::U8(vec![0; len]),
            "uint16" => TensorData::U16(vec![0; len]),
            "uint32" => TensorData::U32(vec![0; len]),
            "uint64" => TensorData::U64(vec![0; len]),
            "int8" => TensorData::I8(vec![0; len]),
            "int16" => TensorData::I16(vec![0; len]),
            "int32" => TensorData::I32(vec![0; len]),
            "int64" => TensorData::I64(vec![0; len]),
            "float16" => TensorData::F16(vec![f16::ZERO; len]),
            "float32" => TensorData::F32(vec![0.0; len]),
            "float64" => TensorData::F64(vec![0.0; len]),
            _ => return Err(Error::new(ErrorKind::Input, format!("there is no element type {dtype}"))),
        };
        Ok(Self { shape, data })
    }

    /// Its dimensions, outermost first; empty for a scalar.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Its elements in row-major order.
    #[must_use]
    pub fn data(&self) -> &TensorData {
        &self.data
    }

    /// Its shape and elements, by value.
    #[must_use]
    pub fn into_parts(self) -> (Vec<usize>, TensorData) {
        (self.shape, self.data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_and_data_must_agree() {
        let data = || TensorData::F32(vec![0.0; 6]);
        assert!(Tensor::new(vec![1, 2, 3], data()).is_ok());
        assert!(Tensor::new(vec![], TensorData::I64(vec![7])).is_ok());
        for shape in [vec![2, 2], vec![], vec![usize::MAX, 2]] {
            let error = Tensor::new(shape, data()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Input);
        }
    }
}

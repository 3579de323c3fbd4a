//! The attributes of an ONNX node as plain data.

use tract_onnx::pb::{AttributeProto, NodeProto};

/// What a node's operator is told beside its operands. Tensors and graphs are left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attributes(Vec<(String, Attribute)>);

/// An attribute's value, one variant an ONNX type.
#[derive(Clone, Debug, PartialEq)]
enum Attribute {
    Int(i64),
    Float(f32),
    Text(String),
    Ints(Vec<i64>),
}

impl Attributes {
    pub(super) fn of(node: &NodeProto) -> Self {
        // ONNX's AttributeProto.AttributeType.
        const FLOAT: i32 = 1;
        const INT: i32 = 2;
        const STRING: i32 = 3;
        const INTS: i32 = 7;
        let value = |attribute: &AttributeProto| match attribute.r#type {
            FLOAT => Some(Attribute::Float(attribute.f)),
            INT => Some(Attribute::Int(attribute.i)),
            STRING => Some(Attribute::Text(String::from_utf8_lossy(&attribute.s).into_owned())),
            INTS => Some(Attribute::Ints(attribute.ints.clone())),
            _ => None,
        };
        let attributes = node.attribute.iter();
        Self(attributes.filter_map(|attribute| Some((attribute.name.clone(), value(attribute)?))).collect())
    }

    fn get(&self, name: &str) -> Option<&Attribute> {
        self.0.iter().find_map(|(key, value)| (key == name).then_some(value))
    }

    /// The integer called `name`.
    #[must_use]
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Attribute::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// The floating-point number called `name`.
    #[must_use]
    pub fn float(&self, name: &str) -> Option<f32> {
        match self.get(name)? {
            Attribute::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// The text called `name`.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Attribute::Text(value) => Some(value),
            _ => None,
        }
    }

    /// The list of integers called `name`.
    #[must_use]
    pub fn ints(&self, name: &str) -> Option<&[i64]> {
        match self.get(name)? {
            Attribute::Ints(values) => Some(values),
            _ => None,
        }
    }
}

//! Writes small ONNX models, for tests that make their own.

/// A graph of float32 values under way; `bytes` is its file.
#[derive(Default)]
pub struct Graph {
    nodes: Vec<u8>,
    initializers: Vec<u8>,
    inputs: Vec<u8>,
    outputs: Vec<u8>,
    values: usize,
}

/// The value of an attribute.
#[allow(dead_code, reason = "each test binary has its own copy")]
pub enum Attribute<'a> {
    Int(i64),
    Float(f32),
    Text(&'a str),
    Ints(&'a [i64]),
}

impl Graph {
    /// Adds an input of float32.
    pub fn input(&mut self, name: &str, shape: &[usize]) {
        let value = value_info(name, shape);
        message(&mut self.inputs, 11, &value);
    }

    /// Adds a weight of float32.
    pub fn weight(&mut self, shape: &[usize], data: &[f32]) -> String {
        self.initializer(shape, 1, &data.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>())
    }

    /// Adds a constant vector of int64.
    pub fn ints(&mut self, data: &[i64]) -> String {
        self.initializer(&[data.len()], 7, &data.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>())
    }

    /// Adds a node of one output, and returns that one's name.
    pub fn node(&mut self, op: &str, inputs: &[&str], attributes: &[(&str, Attribute)]) -> String {
        self.node_of(op, inputs, attributes, 1).remove(0)
    }

    /// Adds a node of several outputs, and returns their names.
    pub fn node_of(
        &mut self,
        op: &str,
        inputs: &[&str],
        attributes: &[(&str, Attribute)],
        outputs: usize,
    ) -> Vec<String> {
        let names: Vec<String> = (0..outputs).map(|_| self.name(op)).collect();
        let mut node = Vec::new();
        inputs.iter().for_each(|input| message(&mut node, 1, input.as_bytes()));
        names.iter().for_each(|output| message(&mut node, 2, output.as_bytes()));
        message(&mut node, 4, op.as_bytes());
        for (name, value) in attributes {
            let mut attribute = Vec::new();
            message(&mut attribute, 1, name.as_bytes());
            let kind = match value {
                Attribute::Float(value) => {
                    attribute.push(2 << 3 | 5);
                    attribute.extend(value.to_le_bytes());
                    1
                }
                Attribute::Int(value) => {
                    integer(&mut attribute, 3, *value as u64);
                    2
                }
                Attribute::Text(value) => {
                    message(&mut attribute, 4, value.as_bytes());
                    3
                }
                Attribute::Ints(values) => {
                    values.iter().for_each(|value| integer(&mut attribute, 8, *value as u64));
                    7
                }
            };
            integer(&mut attribute, 20, kind);
            message(&mut node, 5, &attribute);
        }
        message(&mut self.nodes, 1, &node);
        names
    }

    /// Makes a value an output of the graph.
    pub fn output(&mut self, name: &str) {
        let mut value = Vec::new();
        message(&mut value, 1, name.as_bytes());
        message(&mut self.outputs, 12, &value);
    }

    /// The file, written for version `opset` of ONNX's operators.
    pub fn bytes(&self, opset: u64) -> Vec<u8> {
        let graph = [&self.nodes[..], &self.initializers, &self.inputs, &self.outputs].concat();
        let mut import = Vec::new();
        integer(&mut import, 2, opset);
        let mut model = Vec::new();
        integer(&mut model, 1, 8);
        message(&mut model, 7, &graph);
        message(&mut model, 8, &import);
        model
    }

    fn name(&mut self, prefix: &str) -> String {
        self.values += 1;
        format!("{prefix}_{}", self.values)
    }

    fn initializer(&mut self, shape: &[usize], dtype: u64, data: &[u8]) -> String {
        let name = self.name("constant");
        let mut tensor = Vec::new();
        shape.iter().for_each(|&dim| integer(&mut tensor, 1, dim as u64));
        integer(&mut tensor, 2, dtype);
        message(&mut tensor, 8, name.as_bytes());
        message(&mut tensor, 9, data);
        message(&mut self.initializers, 5, &tensor);
        name
    }
}

fn value_info(name: &str, shape: &[usize]) -> Vec<u8> {
    let (mut dimensions, mut tensor, mut kind, mut value) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for &dim in shape {
        let mut dimension = Vec::new();
        integer(&mut dimension, 1, dim as u64);
        message(&mut dimensions, 1, &dimension);
    }
    integer(&mut tensor, 1, 1);
    message(&mut tensor, 2, &dimensions);
    message(&mut kind, 1, &tensor);
    message(&mut value, 1, name.as_bytes());
    message(&mut value, 2, &kind);
    value
}

/// A protobuf field of bytes.
fn message(buffer: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    varint(buffer, field << 3 | 2);
    varint(buffer, bytes.len() as u64);
    buffer.extend(bytes);
}

/// A protobuf field of an integer.
fn integer(buffer: &mut Vec<u8>, field: u64, value: u64) {
    varint(buffer, field << 3);
    varint(buffer, value);
}

fn varint(buffer: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        buffer.push(value as u8 | 0x80);
        value >>= 7;
    }
    buffer.push(value as u8);
}

//! An ONNX file without the data of its large weights, which stay where they are until they are read one by one.

use super::source::{Source, append};
use prost::Message;
use std::ops::Range;
use tract_onnx::pb::tensor_proto::DataLocation;
use tract_onnx::pb::{StringStringEntryProto, TensorProto};

/// Least bytes of a weight that is left out.
const LARGE: usize = 1 << 14;
/// Most bytes that are kept of what is no message, for the decoder to tell what is wrong.
const MALFORMED: usize = 1 << 20;
/// Bytes that are read at a time to look for fields.
const WINDOW: usize = 1 << 12;
/// The location of data that are in the model's own file: ONNX's are names of files.
const OWN_FILE: &str = "";

/// The messages that a weight is in, as protobuf numbers their fields.
#[derive(Clone, Copy)]
enum Level {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
}

impl Level {
    fn inner(self, field: u64) -> Option<Self> {
        match (self, field) {
            (Self::Model, 7) => Some(Self::Graph),
            (Self::Graph, 1) => Some(Self::Node),
            (Self::Graph, 5) | (Self::Attribute, 5) => Some(Self::Tensor),
            (Self::Node, 5) => Some(Self::Attribute),
            _ => None,
        }
    }

    fn is_data(self, field: u64) -> bool {
        matches!((self, field), (Self::Tensor, 9))
    }
}

/// The file's bytes, in which a large weight of the main graph has, in place of its data, the place where they are:
/// [`own_data`].
pub(super) fn read(source: &dyn Source) -> Vec<u8> {
    Reader { source, window: Vec::new(), start: 0 }.message(0..source.len(), Level::Model)
}

/// Where the data of a weight are that has been left out.
pub(super) fn own_data(tensor: &TensorProto) -> Option<Range<usize>> {
    if !is_external(tensor) || entry(tensor, "location") != Some(OWN_FILE) {
        return None;
    }
    let number = |key| entry(tensor, key)?.parse::<usize>().ok();
    let start = number("offset")?;
    Some(start..start.checked_add(number("length")?)?)
}

/// Whether a weight is in a file, the model's own or another one.
pub(super) fn is_external(tensor: &TensorProto) -> bool {
    tensor.data_location == Some(DataLocation::External as i32)
}

/// What a weight in a file says of its place there.
pub(super) fn entry<'a>(tensor: &'a TensorProto, key: &str) -> Option<&'a str> {
    tensor.external_data.iter().find(|entry| entry.key == key).map(|entry| entry.value.as_str())
}

/// The fields that stand for a weight's data.
fn reference(data: Range<usize>) -> Vec<u8> {
    let entry = |key: &str, value: String| StringStringEntryProto { key: key.to_owned(), value };
    let reference = TensorProto {
        external_data: vec![
            entry("location", OWN_FILE.to_owned()),
            entry("offset", data.start.to_string()),
            entry("length", data.len().to_string()),
        ],
        data_location: Some(DataLocation::External as i32),
        ..TensorProto::default()
    };
    reference.encode_to_vec()
}

/// A field of a message: its number, and where it, and what it holds if it is of a length that it says, are.
struct Field {
    number: u64,
    whole: Range<usize>,
    body: Option<Range<usize>>,
}

struct Reader<'a> {
    source: &'a dyn Source,
    /// Some of its bytes, from `start` on.
    window: Vec<u8>,
    start: usize,
}

impl Reader<'_> {
    fn message(&mut self, mut rest: Range<usize>, level: Level) -> Vec<u8> {
        let mut copy = Vec::new();
        // What is copied as it is, together.
        let mut kept = rest.start..rest.start;
        while !rest.is_empty() {
            let Some(field) = self.field(rest.clone()) else {
                kept.end = rest.end.min(rest.start + MALFORMED);
                break;
            };
            rest.start = field.whole.end;
            let replaced = field.body.and_then(|body| {
                if level.is_data(field.number) && body.len() >= LARGE {
                    return Some(reference(body));
                }
                let inner = level.inner(field.number)?;
                let message = self.message(body, inner);
                let mut bytes = Vec::with_capacity(message.len() + 10);
                prost::encoding::encode_varint(field.number << 3 | LENGTH_DELIMITED, &mut bytes);
                prost::encoding::encode_varint(message.len() as u64, &mut bytes);
                bytes.extend(message);
                Some(bytes)
            });
            match replaced {
                None => kept.end = field.whole.end,
                Some(bytes) => {
                    append(self.source, kept, &mut copy);
                    copy.extend(bytes);
                    kept = rest.start..rest.start;
                }
            }
        }
        append(self.source, kept, &mut copy);
        copy
    }

    /// The first field; none if there is no whole one.
    fn field(&mut self, rest: Range<usize>) -> Option<Field> {
        let (key, after_key) = self.varint(rest.clone())?;
        let (body, end) = match key & 7 {
            0 => (None, self.varint(after_key..rest.end)?.1),
            1 => (None, after_key + 8),
            LENGTH_DELIMITED => {
                let (length, start) = self.varint(after_key..rest.end)?;
                let end = start.checked_add(usize::try_from(length).ok()?)?;
                (Some(start..end), end)
            }
            5 => (None, after_key + 4),
            _ => return None,
        };
        (end <= rest.end).then_some(Field { number: key >> 3, whole: rest.start..end, body })
    }

    /// The number at the start, in protobuf's form of 7 bits a byte, and what follows it.
    fn varint(&mut self, rest: Range<usize>) -> Option<(u64, usize)> {
        let mut value = 0;
        for (index, place) in rest.take(10).enumerate() {
            let byte = self.byte(place)?;
            value |= u64::from(byte & 0x7F) << (7 * index);
            if byte < 0x80 {
                return Some((value, place + 1));
            }
        }
        None
    }

    fn byte(&mut self, place: usize) -> Option<u8> {
        let has = |reader: &Self| place.checked_sub(reader.start).and_then(|index| reader.window.get(index)).copied();
        has(self).or_else(|| {
            self.window.clear();
            self.start = place;
            append(self.source, place..self.source.len().min(place + WINDOW), &mut self.window);
            has(self)
        })
    }
}

const LENGTH_DELIMITED: u64 = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use tract_onnx::pb::{AttributeProto, GraphProto, ModelProto, NodeProto};

    fn tensor(name: &str, len: usize) -> TensorProto {
        TensorProto { name: name.to_owned(), raw_data: (0..len).map(|at| at as u8).collect(), ..TensorProto::default() }
    }

    #[test]
    fn large_weights_stay_where_they_are() {
        let attribute =
            |tensor| AttributeProto { t: Some(tensor), name: "value".to_owned(), ..AttributeProto::default() };
        let node = |tensor| NodeProto { attribute: vec![attribute(tensor)], ..NodeProto::default() };
        let graph = GraphProto {
            name: "g".repeat(WINDOW),
            node: vec![node(tensor("a", LARGE)), node(tensor("b", 3))],
            initializer: vec![tensor("c", 5 * LARGE), tensor("d", LARGE - 1), tensor("e", LARGE)],
            ..GraphProto::default()
        };
        let model = ModelProto { graph: Some(graph), producer_name: "test".to_owned(), ..ModelProto::default() };
        let file = model.encode_to_vec();
        let skeleton = read(&&*file);
        assert!(skeleton.len() < LARGE + 3 * WINDOW);
        let mut restored = ModelProto::decode(&*skeleton).unwrap();
        let graph = restored.graph.as_mut().unwrap();
        let attributes = graph.node.iter_mut().flat_map(|node| &mut node.attribute);
        let tensors = attributes.filter_map(|attribute| attribute.t.as_mut()).chain(&mut graph.initializer);
        let mut left_out = 0;
        for tensor in tensors {
            if let Some(range) = own_data(tensor) {
                tensor.raw_data = file[range].to_vec();
                tensor.external_data.clear();
                tensor.data_location = None;
                left_out += 1;
            }
        }
        assert_eq!((left_out, restored), (3, model));
    }

    #[test]
    fn what_is_no_message_is_kept() {
        for bytes in [&b"not a model at all"[..], b"\x3A\xFF", b"\x3A\x02\x2A\x7F", b"\x08\x08", b""] {
            assert_eq!(read(&bytes), bytes);
        }
    }
}

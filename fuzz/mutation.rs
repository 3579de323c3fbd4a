//! Mutations of files at random, the same ones for the same seed.

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 up to `end`, which is excluded and must not be 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn choose<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }
}

/// Changes one to four places of a file: bits, bytes, or runs of bytes that are left out, doubled or moved.
pub fn mutate_bytes(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let run = bytes[at..].iter().copied().take(1 + random.below(32)).collect::<Vec<_>>();
        match random.below(6) {
            0 if !run.is_empty() => bytes[at] ^= 1 << random.below(8),
            1 if !run.is_empty() => bytes[at] = random.choose(&[0, 1, 0x7F, 0x80, 0xFF]),
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..at + run.len())),
            4 => drop(bytes.splice(at..at, run)),
            _ => {
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, run);
            }
        }
    }
    bytes
}

/// Changes one field of a protobuf message, or of a message in it; lengths stay right. What is no message is changed as
/// any bytes.
pub fn mutate_message(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let Some(mut fields) = parse(bytes) else { return mutate_bytes(bytes, random) };
    let target = random.below(count(&fields));
    change(&mut fields, target, random);
    let mut mutated = Vec::new();
    encode(&fields, &mut mutated);
    mutated
}

#[derive(Clone)]
struct Field {
    number: u64,
    value: Value,
}

#[derive(Clone)]
enum Value {
    Varint(u64),
    Fixed64([u8; 8]),
    Fixed32([u8; 4]),
    Bytes(Vec<u8>),
    /// Never empty.
    Message(Vec<Field>),
}

/// The fields of a message; none if the bytes are no message, or an empty one.
fn parse(mut bytes: &[u8]) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = read_varint(&mut bytes)?;
        let value = match key & 7 {
            0 => Value::Varint(read_varint(&mut bytes)?),
            1 => Value::Fixed64(*bytes.split_off(..8)?.first_chunk()?),
            2 => {
                let len = usize::try_from(read_varint(&mut bytes)?).ok()?;
                let content = bytes.split_off(..len)?;
                parse(content).map_or_else(|| Value::Bytes(content.to_vec()), Value::Message)
            }
            5 => Value::Fixed32(*bytes.split_off(..4)?.first_chunk()?),
            _ => return None,
        };
        fields.push(Field { number: key >> 3, value });
    }
    (!fields.is_empty() && fields.iter().all(|field| (1..1000).contains(&field.number))).then_some(fields)
}

fn encode(fields: &[Field], bytes: &mut Vec<u8>) {
    for Field { number, value } in fields {
        let write_key = |wire_type: u64, bytes: &mut Vec<u8>| write_varint(number << 3 | wire_type, bytes);
        match value {
            Value::Varint(value) => {
                write_key(0, bytes);
                write_varint(*value, bytes);
            }
            Value::Fixed64(value) => {
                write_key(1, bytes);
                bytes.extend(value);
            }
            Value::Fixed32(value) => {
                write_key(5, bytes);
                bytes.extend(value);
            }
            Value::Bytes(value) => {
                write_key(2, bytes);
                write_varint(value.len() as u64, bytes);
                bytes.extend(value);
            }
            Value::Message(fields) => {
                let mut content = Vec::new();
                encode(fields, &mut content);
                write_key(2, bytes);
                write_varint(content.len() as u64, bytes);
                bytes.extend(content);
            }
        }
    }
}

/// The number of fields, those of messages in them included.
fn count(fields: &[Field]) -> usize {
    let inner = |field: &Field| match &field.value {
        Value::Message(fields) => count(fields),
        _ => 0,
    };
    fields.iter().map(|field| 1 + inner(field)).sum()
}

/// Changes the field that is `target` fields after the first, those of messages in between included.
fn change(fields: &mut Vec<Field>, mut target: usize, random: &mut Random) {
    for index in 0..fields.len() {
        if target == 0 {
            return change_at(fields, index, random);
        }
        target -= 1;
        if let Value::Message(inner) = &mut fields[index].value {
            let inside = count(inner);
            if target < inside {
                return change(inner, target, random);
            }
            target -= inside;
        }
    }
}

fn change_at(fields: &mut Vec<Field>, index: usize, random: &mut Random) {
    let other = random.below(fields.len());
    match random.below(8) {
        0 => drop(fields.remove(index)),
        1 => fields.insert(other, fields[index].clone()),
        2 => fields.swap(index, other),
        3 => fields[index].value = fields[other].value.clone(),
        _ => match &mut fields[index].value {
            Value::Varint(value) => *value = change_number(*value, random),
            Value::Fixed64(value) => value[random.below(8)] = random.choose(&[0, 0x7F, 0x80, 0xFF]),
            Value::Fixed32(value) => *value = change_float(random).to_le_bytes(),
            Value::Bytes(value) => *value = change_content(value, random),
            Value::Message(_) => drop(fields.remove(index)),
        },
    }
}

fn change_number(value: u64, random: &mut Random) -> u64 {
    match random.below(4) {
        0 => random.choose(&[0, 1, 2, u64::MAX, 1 << 20, 1 << 31, 1 << 32, 1 << 40, i64::MAX as u64, i64::MIN as u64]),
        1 => value.wrapping_add(1),
        2 => value.wrapping_sub(1),
        _ => random.below(16) as u64,
    }
}

fn change_float(random: &mut Random) -> f32 {
    random.choose(&[0.0, 1.0, -1.0, 0.5, 1e-30, 1e30, f32::NAN, f32::INFINITY, f32::NEG_INFINITY])
}

/// Changes a text, numbers packed as varints, or raw data: 64-bit integers as such every other time.
fn change_content(content: &[u8], random: &mut Random) -> Vec<u8> {
    let (words, rest) = content.as_chunks::<8>();
    if words.is_empty() || !rest.is_empty() || random.below(2) == 0 {
        return mutate_bytes(content, random);
    }
    let mut words = words.to_vec();
    let index = random.below(words.len());
    words[index] = change_number(u64::from_le_bytes(words[index]), random).to_le_bytes();
    words.into_flattened()
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.split_off_first()?;
        value |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn write_varint(mut value: u64, bytes: &mut Vec<u8>) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

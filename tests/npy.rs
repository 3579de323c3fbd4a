//! numpy files against numpy's own: see tests/npy/make_goldens.py.

use convscope::npy::NpzWriter;
use convscope::{Tensor, TensorData};
use half::f16;

#[test]
fn an_archive_is_what_numpy_writes() {
    let mut expected = include_bytes!("npy/arrays.npz").as_slice();
    let mut archive = NpzWriter::default();
    let mut check = |name: &str, shape: &[usize], data: TensorData| {
        let tensor = Tensor::new(shape.to_vec(), data).unwrap();
        let part = archive.add(name, &tensor).unwrap();
        match expected.strip_prefix(part.as_slice()) {
            Some(rest) => expected = rest,
            None => panic!("'{name}' differs: {:?}", String::from_utf8_lossy(&part)),
        }
    };
    check("bool", &[1, 3], TensorData::Bool(vec![true, false, true]));
    check("uint8", &[2], TensorData::U8(vec![0, u8::MAX]));
    check("uint16", &[2], TensorData::U16(vec![0, u16::MAX]));
    check("uint32", &[2], TensorData::U32(vec![0, u32::MAX]));
    check("uint64", &[2], TensorData::U64(vec![0, u64::MAX]));
    check("int8", &[2], TensorData::I8(vec![i8::MIN, i8::MAX]));
    check("int16", &[2], TensorData::I16(vec![i16::MIN, i16::MAX]));
    check("int32", &[2], TensorData::I32(vec![i32::MIN, i32::MAX]));
    check("int64", &[2], TensorData::I64(vec![i64::MIN, i64::MAX]));
    let halves = vec![f16::from_f32(0.5), f16::NEG_INFINITY];
    check("float16", &[2], TensorData::F16(halves));
    check("float32", &[2], TensorData::F32(vec![0.1, -0.0]));
    check("float64", &[2], TensorData::F64(vec![0.1, f64::INFINITY]));
    check("scalar", &[], TensorData::F32(vec![7.5]));
    check("empty", &[0, 3], TensorData::F32(vec![]));
    for rank in (1..24).chain([64]) {
        check(&format!("rank {rank}"), &vec![1; rank], TensorData::U8(vec![0]));
    }
    let counting = (0u8..12).map(f32::from).collect();
    check("block1/conv:0", &[1, 3, 2, 2], TensorData::F32(counting));
    check("couche_é", &[1], TensorData::U8(vec![0]));
    check("", &[1], TensorData::U8(vec![0]));
    assert!(archive.finish() == expected, "the directory differs");
}

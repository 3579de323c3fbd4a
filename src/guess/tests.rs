use super::*;
use std::collections::HashMap;

const IMAGE: [Option<usize>; 4] = [Some(1), Some(3), Some(64), Some(48)];

fn input(dtype: &'static str, shape: &[Option<usize>]) -> ValueInfo {
    ValueInfo { name: "x".to_owned(), dtype, shape: shape.to_vec() }
}

fn clues() -> Clues {
    Clues::default()
}

fn noted(entries: &[(&str, &str)]) -> Clues {
    let metadata = entries.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect::<HashMap<_, _>>();
    Clues { metadata, ..clues() }
}

fn normalises(zero: f64, factor: f64) -> Clues {
    Clues { start: Some(Start::Normalises { ops: vec!["Sub".to_owned(), "Div".to_owned()], zero, factor }), ..clues() }
}

fn quantises(low: f64, high: f64) -> Clues {
    Clues { start: Some(Start::Quantises { low, high }), ..clues() }
}

fn written_by(producer: &str, scopes: &[&str], answer_len: usize) -> Clues {
    let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
    Clues { producer: producer.to_owned(), scopes, answer_len: Some(answer_len), ..clues() }
}

#[test]
fn size_layout_and_channels_are_those_of_the_graph() {
    use ChannelOrder::{Grey, Rgb};
    use Layout::{Nchw, Nhwc};
    let (one, three) = (Some(1), Some(3));
    let check = |shape: &[Option<usize>], clues: &Clues, expected: (Layout, usize, usize, ChannelOrder)| {
        let guessed = preprocessing(&input("float32", shape), clues).unwrap().value;
        assert_eq!((guessed.layout, guessed.height, guessed.width, guessed.channels), expected, "{shape:?}");
    };
    check(&IMAGE, &clues(), (Nchw, 64, 48, Rgb));
    check(&[one, Some(64), Some(48), three], &clues(), (Nhwc, 64, 48, Rgb));
    check(&[one, one, Some(28), Some(28)], &clues(), (Nchw, 28, 28, Grey));
    check(&[None, Some(28), Some(28), one], &clues(), (Nhwc, 28, 28, Grey));
    check(&[None, three, None, None], &clues(), (Nchw, 224, 224, Rgb));
    check(&[None, None, None, three], &clues(), (Nhwc, 224, 224, Rgb));
    check(&[None, None, None, None], &clues(), (Nchw, 224, 224, Rgb));
    check(&[None, three, None, Some(96)], &clues(), (Nchw, 224, 96, Rgb));
    check(&[one, three, three, three], &clues(), (Nchw, 3, 3, Rgb));
    check(&[one, three, three, three], &Clues { channel_axis: Some(3), ..clues() }, (Nhwc, 3, 3, Rgb));
    check(&[None, three, None, None], &noted(&[("imgsz", "[320, 640]")]), (Nchw, 320, 640, Rgb));
    check(&[None, three, None, None], &noted(&[("imgsz", "640")]), (Nchw, 640, 640, Rgb));
    check(&[None, three, None, None], &noted(&[("input_size", "(3, 240, 320)")]), (Nchw, 240, 320, Rgb));
    for nonsense in ["[0, 640]", "[1e9, 2]", "large", "[]", "[0.5, 3]"] {
        check(&[None, three, None, None], &noted(&[("imgsz", nonsense)]), (Nchw, 224, 224, Rgb));
    }
}

#[test]
fn what_is_no_picture_gets_none() {
    for shape in [
        &[][..],
        &[Some(1), Some(10)],
        &[Some(1), Some(4), Some(8), Some(8)],
        &[Some(2), Some(3), Some(8), Some(8)],
        &[Some(1), Some(3), Some(8), Some(8), Some(8)],
    ] {
        assert_eq!(preprocessing(&input("float32", shape), &clues()), None, "{shape:?}");
    }
    assert_eq!(preprocessing(&input("int64", &IMAGE), &clues()), None);
    assert!(preprocessing(&input("float16", &IMAGE), &clues()).is_some());
}

#[test]
fn values_are_told_by_metadata_graph_or_habit() {
    use Preset::{Bytes, Caffe, Signed, Torchvision, Unit};
    use Source::{Convention, Guess, Metadata};
    let range = |range: &str| noted(&[("image.nominalpixelrange", range), ("image.bitmappixelformat", "Rgb8")]);
    let keras = |application: &str| written_by("tf2onnx", &["statefulpartitionedcall", application, "relu"], 1000);
    let cases = [
        (clues(), Unit, Guess),
        (range("NominalRange_0_255"), Bytes, Metadata),
        (range("normalized_0_1"), Unit, Metadata),
        (range("Normalized_1_1"), Signed, Metadata),
        (noted(&[("image.bitmappixelformat", "Rgb8")]), Bytes, Metadata),
        // Linear light is not what pictures are decoded to; a format of four channels is not this input's.
        (noted(&[("image.nominalpixelrange", "normalized_1_1"), ("image.colorspacegamma", "Linear")]), Unit, Guess),
        (noted(&[("image.nominalpixelrange", "normalized_1_1"), ("image.bitmappixelformat", "Rgba8")]), Unit, Guess),
        (noted(&[("mean", "[0.485, 0.456, 0.406]"), ("std", "(0.229, 0.224, 0.225)")]), Torchvision, Metadata),
        (noted(&[("mean", "[0.485]"), ("std", "[0.229]")]), Unit, Guess),
        (noted(&[("mean", "[0, 0, 0]"), ("std", "[1, 0, 1]")]), Unit, Guess),
        (noted(&[("author", "Ultralytics"), ("task", "detect")]), Unit, Metadata),
        (noted(&[("stride", "32"), ("names", "{0: 'cat', 1: 'dog'}")]), Unit, Metadata),
        (normalises(123.68, 1.0), Bytes, Convention),
        (normalises(127.5, 1.0 / 127.5), Bytes, Convention),
        (normalises(0.0, 1.0 / 255.0), Bytes, Convention),
        (normalises(0.485, 4.37), Unit, Convention),
        (normalises(0.5, 2.0), Unit, Convention),
        (normalises(0.0, 1.5), Unit, Guess),
        (normalises(-3.0, 1.0), Unit, Guess),
        (quantises(0.0, 1.0), Unit, Convention),
        (quantises(-1.0, 0.992), Signed, Convention),
        (quantises(-2.118, 2.64), Torchvision, Convention),
        (quantises(0.0, 250.0), Bytes, Convention),
        (quantises(-123.0, 151.0), Caffe, Convention),
        (quantises(-8.0, 7.0), Unit, Guess),
        (written_by("pytorch", &[], 1000), Torchvision, Convention),
        (written_by("pytorch", &[], 10), Unit, Guess),
        (written_by("onnx-caffe2", &[], 1000), Caffe, Convention),
        (keras("resnet50"), Caffe, Convention),
        (keras("resnet50v2"), Signed, Convention),
        (keras("mobilenetv2_1.00_224"), Signed, Convention),
        (keras("mobilenet_1.00_224"), Signed, Convention),
        (keras("densenet121"), Torchvision, Convention),
        (keras("my_model"), Unit, Guess),
        (written_by("pytorch", &["resnet50"], 10), Unit, Guess),
    ];
    for (clues, preset, source) in cases {
        let guessed = preprocessing(&input("float32", &IMAGE), &clues).unwrap();
        assert_eq!((Preset::of(&guessed.value), guessed.source), (Some(preset), source), "{clues:?}");
        assert!(guessed.why.ends_with('.'), "{}", guessed.why);
        assert_eq!(guessed.value.validate(), Ok(()));
    }
}

#[test]
fn metadata_come_before_the_graph_and_the_graph_before_habits() {
    let mut clues = written_by("pytorch", &[], 1000);
    clues.start = normalises(127.5, 1.0).start;
    let preset = |clues: &Clues| Preset::of(&preprocessing(&input("float32", &IMAGE), clues).unwrap().value);
    assert_eq!(preset(&clues), Some(Preset::Bytes));
    clues.metadata = noted(&[("image.nominalpixelrange", "Normalized_1_1")]).metadata;
    assert_eq!(preset(&clues), Some(Preset::Signed));
}

#[test]
fn the_order_of_channels_and_the_fit_are_told_too() {
    let guessed = |clues: &Clues| preprocessing(&input("float32", &IMAGE), clues).unwrap().value;
    let bgr = noted(&[("image.bitmappixelformat", "Bgr8"), ("image.nominalpixelrange", "Normalized_0_1")]);
    assert_eq!(guessed(&bgr).channels, ChannelOrder::Bgr);
    assert_eq!(guessed(&bgr).scale, 1.0 / 255.0);
    let video = guessed(&noted(&[("image.nominalpixelrange", "NominalRange_16_235")]));
    let value = |pixel: f64| (pixel * video.scale - video.mean[0]) / video.std[0];
    assert_eq!((value(0.0), value(255.0).round()), (16.0, 235.0));
    let of_bytes = guessed(&noted(&[("mean", "[123.7, 116.3, 103.5]"), ("std", "[58.4, 57.1, 57.4]")]));
    assert_eq!((of_bytes.scale, of_bytes.mean[0]), (1.0, 123.7));
    assert_eq!(guessed(&noted(&[("author", "Ultralytics"), ("task", "classify")])).fit, Fit::Crop);
    assert_eq!(guessed(&noted(&[("author", "Ultralytics"), ("task", "detect")])).fit, Fit::Pad);
    assert_eq!(guessed(&written_by("pytorch", &[], 1000)).fit, Fit::Crop);
}

#[test]
fn grey_inputs_have_one_value_a_channel() {
    let shape = [Some(1), Some(1), Some(28), Some(28)];
    let guessed = |clues: &Clues| preprocessing(&input("float32", &shape), clues).unwrap();
    let grey = noted(&[("image.bitmappixelformat", "Gray8")]);
    assert_eq!(Preset::of(&guessed(&grey).value), Some(Preset::Bytes));
    assert_eq!(guessed(&grey).value.mean, [0.0]);
    assert_eq!(Preset::of(&guessed(&written_by("CNTK", &[], 10)).value), Some(Preset::Bytes));
    // Conventions for three channels are none for one.
    assert_eq!(guessed(&written_by("pytorch", &[], 1000)).source, Source::Guess);
    assert_eq!(guessed(&quantises(-2.118, 2.64)).source, Source::Guess);
    assert_eq!(guessed(&noted(&[("image.bitmappixelformat", "Rgb8")])).source, Source::Guess);
}

#[test]
fn bytes_take_pixels() {
    let guessed = preprocessing(&input("uint8", &IMAGE), &written_by("pytorch", &[], 1000)).unwrap();
    assert_eq!((Preset::of(&guessed.value), guessed.source), (Some(Preset::Bytes), Source::Convention));
}

#[test]
fn labels_in_the_metadata_count_if_they_are_for_all_classes() {
    let found = |key: &str, text: &str, classes| labels(&noted(&[(key, text)]), classes).map(|labels| labels.value);
    let pair = || Some(vec!["cat".to_owned(), "dog".to_owned()]);
    assert_eq!(found("names", "{0: 'cat', 1: 'dog'}", 2), pair());
    assert_eq!(found("class_names", r#"{"0": "cat", "1": "dog"}"#, 2), pair());
    assert_eq!(found("labels", "[\"cat\", \"dog\"]", 2), pair());
    assert_eq!(found("names", "{0: 'cat', 1: 'dog'}", 84), None);
    assert_eq!(found("names", "cat", 2), None);
    assert_eq!(found("title", "[\"cat\", \"dog\"]", 2), None);
}

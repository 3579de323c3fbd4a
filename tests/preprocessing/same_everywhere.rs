//! Pixels and tensors that must be the same, to the bit, on every target: the decoders have SIMD code for some
//! processors only, and mathematical functions are the platform's.

#![allow(clippy::panic, clippy::unwrap_used)]

use convscope::image::Resampling;
use convscope::preprocessing::{ChannelOrder, Fit, Layout};
use convscope::{Image, Preprocessing, TensorData};

/// A picture file, and the hashes of its pixels and its tensor.
struct File {
    name: &'static str,
    bytes: &'static [u8],
    pixels: u64,
    tensor: u64,
}

macro_rules! files {
    ($($name:literal $pixels:literal $tensor:literal)*) => {
        [$(File { name: $name, bytes: include_bytes!($name), pixels: $pixels, tensor: $tensor }),*]
    };
}

const FILES: [File; 11] = files! {
    "decoding/444.jpg" 0xCC34_6930_B786_1D36 0xD3D4_6B9A_278D_D49C
    "decoding/422.jpg" 0x9B69_E9A7_3280_39BC 0x6FED_260B_678E_FE8B
    "decoding/420.jpg" 0xBB0E_4550_A739_E02B 0xF00C_5657_2619_55DC
    "decoding/progressive.jpg" 0xC17B_A22E_F70A_FD07 0xCB2F_27D9_C71C_932D
    "decoding/cmyk.jpg" 0xE934_AD11_EB8A_54B4 0xF559_F11F_B9A3_C360
    "decoding/lossy.webp" 0xA35C_391F_00E1_CB26 0x53B6_EE05_44B0_8614
    "decoding/lossy-alpha.webp" 0xEFF7_32BC_61CB_E8AB 0x7339_D598_BEBA_F4E2
    "decoding/rgba-16-bit.png" 0x3C22_D56D_A87A_2AF0 0x9EED_C416_211D_9859
    "../../www/samples/kitten.jpg" 0x9E6B_762F_C939_F7FB 0xC2DA_5B6B_862A_A052
    "../../www/samples/german-shepherd.jpg" 0x7D96_167F_030F_B6B6 0x7935_8DAC_355E_E73A
    "../../www/samples/koala.jpg" 0xC44C_B59C_E254_3807 0x8D31_AECA_3C46_6E16
};

/// Decodes and preprocesses every file.
pub fn check() {
    let preprocessing = Preprocessing {
        name: "input".to_owned(),
        layout: Layout::Nchw,
        width: 150,
        height: 150,
        fit: Fit::Crop,
        resampling: Resampling::Lanczos,
        channels: ChannelOrder::Rgb,
        scale: 1.0 / 255.0,
        mean: vec![0.485, 0.456, 0.406],
        std: vec![0.229, 0.224, 0.225],
    };
    for file in FILES {
        let image = Image::decode(file.bytes).unwrap();
        let tensor = preprocessing.apply(&image).unwrap();
        let TensorData::F32(values) = tensor.data() else {
            panic!("{} instead of float32", tensor.data().dtype());
        };
        let hashes = (hash(image.rgb().iter().copied()), hash(values.iter().flat_map(|value| value.to_le_bytes())));
        assert_eq!(hashes, (file.pixels, file.tensor), "{}: pixels {:#x}, tensor {:#x}", file.name, hashes.0, hashes.1);
    }
}

/// FNV-1a of 64 bits.
fn hash(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

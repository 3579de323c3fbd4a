//! Vectors of four.

/// Numbers of a vector.
pub const LANES: usize = 4;

use std::array::from_fn;
use std::ops::{Add, Mul, Sub};

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod lanes {
    use std::arch::wasm32::{
        f32x4_add, f32x4_mul, f32x4_pmax, f32x4_pmin, f32x4_splat, f32x4_sub, i32x4_shuffle, v128,
    };

    /// Four numbers that are computed with at once.
    #[derive(Clone, Copy)]
    pub struct F32x4(v128);

    impl F32x4 {
        #[inline(always)]
        pub fn new(values: [f32; 4]) -> Self {
            Self(bytemuck::cast(values))
        }

        #[inline(always)]
        pub fn splat(value: f32) -> Self {
            Self(f32x4_splat(value))
        }

        #[inline(always)]
        pub fn to_array(self) -> [f32; 4] {
            bytemuck::cast(self.0)
        }

        #[inline(always)]
        pub fn plus(self, other: Self) -> Self {
            Self(f32x4_add(self.0, other.0))
        }

        #[inline(always)]
        pub fn minus(self, other: Self) -> Self {
            Self(f32x4_sub(self.0, other.0))
        }

        #[inline(always)]
        pub fn times(self, other: Self) -> Self {
            Self(f32x4_mul(self.0, other.0))
        }

        /// `other` where it is larger; so NaN of `other` is passed over.
        #[inline(always)]
        pub fn or_larger(self, other: Self) -> Self {
            Self(f32x4_pmax(self.0, other.0))
        }

        /// Of eight numbers those with even places, and those with odd ones.
        #[inline(always)]
        pub fn unzipped(Self(a): Self, Self(b): Self) -> [Self; 2] {
            [Self(i32x4_shuffle::<0, 2, 4, 6>(a, b)), Self(i32x4_shuffle::<1, 3, 5, 7>(a, b))]
        }

        /// `other` where it is smaller; so NaN of `other` is passed over.
        #[inline(always)]
        pub fn or_smaller(self, other: Self) -> Self {
            Self(f32x4_pmin(self.0, other.0))
        }

        /// Rows of four numbers from columns of four.
        #[inline(always)]
        pub fn transposed([Self(a), Self(b), Self(c), Self(d)]: [Self; 4]) -> [Self; 4] {
            let (ab, cd) = (i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<0, 4, 1, 5>(c, d));
            let (ab_high, cd_high) = (i32x4_shuffle::<2, 6, 3, 7>(a, b), i32x4_shuffle::<2, 6, 3, 7>(c, d));
            [
                Self(i32x4_shuffle::<0, 1, 4, 5>(ab, cd)),
                Self(i32x4_shuffle::<2, 3, 6, 7>(ab, cd)),
                Self(i32x4_shuffle::<0, 1, 4, 5>(ab_high, cd_high)),
                Self(i32x4_shuffle::<2, 3, 6, 7>(ab_high, cd_high)),
            ]
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod lanes {
    use std::array::from_fn;

    /// Four numbers that are computed with at once.
    #[derive(Clone, Copy)]
    pub struct F32x4([f32; 4]);

    impl F32x4 {
        #[inline(always)]
        pub fn new(values: [f32; 4]) -> Self {
            Self(values)
        }

        #[inline(always)]
        pub fn splat(value: f32) -> Self {
            Self([value; 4])
        }

        #[inline(always)]
        pub fn to_array(self) -> [f32; 4] {
            self.0
        }

        #[inline(always)]
        pub fn plus(self, other: Self) -> Self {
            Self(from_fn(|lane| self.0[lane] + other.0[lane]))
        }

        #[inline(always)]
        pub fn minus(self, other: Self) -> Self {
            Self(from_fn(|lane| self.0[lane] - other.0[lane]))
        }

        #[inline(always)]
        pub fn times(self, other: Self) -> Self {
            Self(from_fn(|lane| self.0[lane] * other.0[lane]))
        }

        /// `other` where it is larger; so NaN of `other` is passed over.
        #[inline(always)]
        pub fn or_larger(self, other: Self) -> Self {
            Self(from_fn(|lane| if self.0[lane] < other.0[lane] { other.0[lane] } else { self.0[lane] }))
        }

        /// Of eight numbers those with even places, and those with odd ones.
        #[inline(always)]
        pub fn unzipped(Self([a, b, c, d]): Self, Self([e, f, g, h]): Self) -> [Self; 2] {
            [Self([a, c, e, g]), Self([b, d, f, h])]
        }

        /// `other` where it is smaller; so NaN of `other` is passed over.
        #[inline(always)]
        pub fn or_smaller(self, other: Self) -> Self {
            Self(from_fn(|lane| if other.0[lane] < self.0[lane] { other.0[lane] } else { self.0[lane] }))
        }

        /// Rows of four numbers from columns of four.
        #[inline(always)]
        pub fn transposed(columns: [Self; 4]) -> [Self; 4] {
            from_fn(|row| Self(from_fn(|column| columns[column].0[row])))
        }
    }
}

pub use lanes::F32x4;

impl F32x4 {
    /// The first four of `values`, which has as many.
    #[inline(always)]
    pub fn load(values: &[f32]) -> Self {
        Self::new(values.as_chunks().0[0])
    }

    /// Sets the first four of `values`, which has as many.
    #[inline(always)]
    pub fn store(self, values: &mut [f32]) {
        values.as_chunks_mut().0[0] = self.to_array();
    }
}

impl F32x4 {
    /// Sets up to four values.
    #[inline(always)]
    pub fn store_some(self, values: &mut [f32]) {
        let lanes = self.to_array();
        // A copy of a length that the compiler does not know is a call.
        match values {
            [] => {}
            [a] => *a = lanes[0],
            [a, b] => [*a, *b] = [lanes[0], lanes[1]],
            [a, b, c] => [*a, *b, *c] = [lanes[0], lanes[1], lanes[2]],
            _ => self.store(values),
        }
    }
}

/// Copies `values` to `target`, which has as many. Short rows take less time than with a call of `memory.copy`.
#[inline(always)]
pub fn copy(values: &[f32], target: &mut [f32]) {
    let target = &mut target[..values.len()];
    match values.len() {
        1 => target[0] = values[0],
        // The last vectors may be in part the first ones again.
        4..8 => copy_ends::<1>(values, target),
        8..=16 => copy_ends::<2>(values, target),
        _ => target.copy_from_slice(values),
    }
}

#[inline(always)]
fn copy_ends<const VECTORS: usize>(values: &[f32], target: &mut [f32]) {
    let place = |vector: usize| vector * LANES;
    let last = values.len() - place(VECTORS);
    let start: [F32x4; VECTORS] = from_fn(|vector| F32x4::load(&values[place(vector)..]));
    let end: [F32x4; VECTORS] = from_fn(|vector| F32x4::load(&values[last + place(vector)..]));
    for (vector, (start, end)) in start.into_iter().zip(end).enumerate() {
        start.store(&mut target[place(vector)..]);
        end.store(&mut target[last + place(vector)..]);
    }
}

impl Add for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.plus(other)
    }
}

impl Sub for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.minus(other)
    }
}

impl Mul for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.times(other)
    }
}

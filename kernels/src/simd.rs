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
    /// Up to four values, and zeros.
    #[inline(always)]
    pub fn load_some(values: &[f32]) -> Self {
        // Copies of a length that the compiler knows are no calls.
        if values.len() == LANES {
            return Self::load(values);
        }
        Self::new(from_fn(|lane| values.get(lane).copied().unwrap_or(0.0)))
    }

    /// Sets up to four values.
    #[inline(always)]
    pub fn store_some(self, values: &mut [f32]) {
        if values.len() == LANES {
            return self.store(values);
        }
        for (value, lane) in values.iter_mut().zip(self.to_array()) {
            *value = lane;
        }
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

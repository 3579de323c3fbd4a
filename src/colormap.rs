//! Colour maps: from a level to a colour.

mod tables;

use crate::error::{Error, ErrorKind};
use serde::de::IntoDeserializer;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// A colour map of 256 colours, equal to matplotlib's 8-bit output.
///
/// ```
/// use convscope::Colormap;
///
/// let colormap: Colormap = "magma".parse()?;
/// assert_eq!(colormap.colors()[0], [0, 0, 3]);
/// # Ok::<(), convscope::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colormap {
    /// Dark violet to yellow, even in lightness; matplotlib's default and the notebook's.
    Viridis,
    /// Black over purple to pale yellow, even in lightness.
    Magma,
    /// Black over red to pale yellow, even in lightness.
    Inferno,
    /// Dark blue to yellow, the same to people with a colour vision deficiency.
    Cividis,
    /// A rainbow without false edges: fine detail, at the price of an uneven lightness.
    Turbo,
    /// Black to white.
    Grey,
    /// Blue for low, near white in the middle, red for high: matplotlib's `RdBu_r`.
    RdBu,
}

/// What kind of values a colour map is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// Values from low to high.
    Sequential,
    /// Values on both sides of a middle that means something, such as zero.
    Diverging,
}

impl Colormap {
    /// All colour maps, in the order in which a menu should list them.
    pub const ALL: [Self; 7] =
        [Self::Viridis, Self::Magma, Self::Inferno, Self::Cividis, Self::Turbo, Self::Grey, Self::RdBu];

    /// Colour (RGB) of values that are not finite: magenta, which is in none of the maps.
    pub const NON_FINITE: [u8; 3] = [255, 0, 255];

    /// Its name in options and legends.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Viridis => "viridis",
            Self::Magma => "magma",
            Self::Inferno => "inferno",
            Self::Cividis => "cividis",
            Self::Turbo => "turbo",
            Self::Grey => "grey",
            Self::RdBu => "rdbu",
        }
    }

    /// The kind of values it is made for.
    #[must_use]
    pub fn category(self) -> Category {
        match self {
            Self::RdBu => Category::Diverging,
            _ => Category::Sequential,
        }
    }

    /// Its colours (RGB) from lowest to highest. For a value `t` of 0..=1, matplotlib takes entry
    /// `min(floor(256 t), 255)`.
    #[must_use]
    pub fn colors(self) -> [[u8; 3]; 256] {
        let table = match self {
            Self::Viridis => &tables::VIRIDIS,
            Self::Magma => &tables::MAGMA,
            Self::Inferno => &tables::INFERNO,
            Self::Cividis => &tables::CIVIDIS,
            Self::Turbo => &tables::TURBO,
            Self::Grey => &tables::GRAY,
            Self::RdBu => &tables::RDBU_R,
        };
        table.map(|color| {
            let [_, red, green, blue] = color.to_be_bytes();
            [red, green, blue]
        })
    }
}

impl FromStr for Colormap {
    type Err = Error;

    /// The colour map with this [id](Colormap::id).
    ///
    /// # Errors
    /// [`ErrorKind::UnsupportedOption`], naming the known ids.
    fn from_str(id: &str) -> Result<Self, Error> {
        Self::deserialize(id.into_deserializer()).map_err(|error: serde::de::value::Error| {
            Error::new(ErrorKind::UnsupportedOption, format!("option `colormap`: {error}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_and_written_alike() {
        for colormap in Colormap::ALL {
            assert_eq!(colormap.id().parse(), Ok(colormap));
            assert_eq!(serde_json::to_value(colormap).unwrap(), colormap.id());
        }
        let error = "jet".parse::<Colormap>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnsupportedOption);
        for name in ["`jet`", "`viridis`", "`rdbu`"] {
            assert!(error.message().contains(name), "{error}");
        }
    }

    #[test]
    fn non_finite_values_have_a_color_of_their_own() {
        for colormap in Colormap::ALL {
            for color in colormap.colors() {
                let distance: u32 = (0..3).map(|i| u32::from(color[i].abs_diff(Colormap::NON_FINITE[i]))).sum();
                assert!(distance > 100, "{colormap:?} has {color:?}");
            }
        }
    }

    #[test]
    fn a_diverging_map_is_brightest_in_its_middle() {
        let brightness = |color: [u8; 3]| color.iter().map(|&part| u32::from(part)).sum::<u32>();
        for colormap in Colormap::ALL {
            let colors = colormap.colors();
            let middle_is_brightest = brightness(colors[128]) > brightness(colors[0]).max(brightness(colors[255]));
            match colormap.category() {
                Category::Diverging => assert!(middle_is_brightest, "{colormap:?}"),
                // Turbo's ends are dark too.
                Category::Sequential => assert!(!middle_is_brightest || colormap == Colormap::Turbo, "{colormap:?}"),
            }
        }
    }
}

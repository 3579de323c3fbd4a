//! Ways to scale pixels that many models share.

use crate::preprocessing::{ChannelOrder, Preprocessing};
use serde::{Deserialize, Serialize};

/// A way to scale pixels that many models share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// 0 to 1.
    Unit,
    /// 0 to 255.
    Bytes,
    /// -1 to 1, as Keras's MobileNet and Inception.
    Signed,
    /// 0 to 1, less the mean of ImageNet's pixels, by their standard deviation; RGB. So do torchvision's models.
    Torchvision,
    /// 0 to 255 less the mean of ImageNet's pixels; BGR. So do Caffe's models, and those whose weights come from there.
    Caffe,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Unit, Self::Bytes, Self::Signed, Self::Torchvision, Self::Caffe];

    /// The same preprocessing but for scale, mean, standard deviation and, where the preset is for an order of channels,
    /// that; none if the preset is for three channels and the input has one.
    #[must_use]
    pub fn applied_to(self, preprocessing: &Preprocessing) -> Option<Preprocessing> {
        let same = |scale, mean| {
            let channels = preprocessing.mean.len();
            (preprocessing.channels, scale, vec![mean; channels], vec![1.0; channels])
        };
        let (channels, scale, mean, std) = match self {
            Self::Unit => same(1.0 / 255.0, 0.0),
            Self::Bytes => same(1.0, 0.0),
            Self::Signed => same(1.0 / 127.5, 1.0),
            Self::Torchvision | Self::Caffe if preprocessing.channels == ChannelOrder::Grey => return None,
            Self::Torchvision => (ChannelOrder::Rgb, 1.0 / 255.0, vec![0.485, 0.456, 0.406], vec![0.229, 0.224, 0.225]),
            Self::Caffe => (ChannelOrder::Bgr, 1.0, vec![103.939, 116.779, 123.68], vec![1.0; 3]),
        };
        Some(Preprocessing { channels, scale, mean, std, ..preprocessing.clone() })
    }

    /// The preset that a preprocessing follows, if any.
    #[must_use]
    pub fn of(preprocessing: &Preprocessing) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.applied_to(preprocessing).as_ref() == Some(preprocessing))
    }
}

//! The crate's one error type.

use std::fmt;

/// A fallible result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, by whose fault it is. Each kind has one stable [code](ErrorKind::code).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are no valid ONNX model.
    Model,
    /// A valid model that needs something the engine does not have.
    UnsupportedModel,
    /// A manifest that does not follow its schema, or does not fit its model.
    Manifest,
    /// The bytes are no picture the engine can decode.
    Image,
    /// A tensor or a request that does not fit the model.
    Input,
    /// An option the engine does not know.
    UnsupportedOption,
    /// Something larger than the engine is ready to allocate.
    TooLarge,
    /// A fault of the engine's own.
    Internal,
}

impl ErrorKind {
    /// The stable code under which pages see this kind.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Model => "bad-model",
            Self::UnsupportedModel => "unsupported-model",
            Self::Manifest => "bad-manifest",
            Self::Image => "bad-image",
            Self::Input => "bad-input",
            Self::UnsupportedOption => "unsupported-option",
            Self::TooLarge => "too-large",
            Self::Internal => "internal",
        }
    }
}

/// An error: a [kind](ErrorKind) and a message that says what is wrong and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

impl Error {
    /// An error of `kind`; `message` is one sentence without a full stop that names what is wrong and where.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// Whose fault it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What is wrong and where.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

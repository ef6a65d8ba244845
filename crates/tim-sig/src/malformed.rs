//! Why a text is no UserSig.

/// Which layer of a text keeps it from being a UserSig.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// There is no text.
    #[error("it is empty")]
    Empty,
    /// The text, or what it unpacks to, is longer than any signature.
    #[error("it is too long")]
    TooLong,
    /// The outer layer: letters, digits, `*`, `-`, and `_` at the end.
    #[error("it is not base64 in the alphabet of UserSig")]
    NotBase64,
    /// The middle layer.
    #[error("it does not unpack as zlib")]
    NotZlib,
    /// The middle layer too, or the version: it can be read, but is spelled as no compressor or library does it.
    #[error("one of its characters was changed: it can be read, but no library writes it like this")]
    NotCanonical,
    /// The inner layer.
    #[error("it holds no document with identifier, app, time and signature")]
    NotADocument,
}

//! Why a text is not a UserSig.

/// The layer at which a text stops being a UserSig.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// The text is empty.
    #[error("it is empty")]
    Empty,
    /// The text, or the document inside it, has more than 8192 bytes.
    #[error("it is longer than a UserSig can be")]
    TooLong,
    /// The outer layer is not base64 in the alphabet of UserSig: letters, digits, `*` and `-`,
    /// padded with `_`.
    #[error("it is not base64 in the alphabet of UserSig")]
    NotBase64,
    /// The middle layer is not one complete zlib stream with the right checksum and nothing after
    /// it.
    #[error("it does not decompress as zlib")]
    NotZlib,
    /// The inner layer is not a JSON document with the fields of a UserSig.
    #[error("it does not hold the JSON document of a UserSig")]
    NotADocument,
}

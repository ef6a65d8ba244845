//! How a signature is encoded.

/// How a signature is encoded. The service and all official libraries read both forms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// Compressed, like the signatures of six of the seven official libraries: about 200
    /// characters.
    ///
    /// This is the default, because a signature is made once and sent with every call.
    #[default]
    Compact,
    /// Not compressed, like those of the official Go library since November 2024: about 250
    /// characters. Signing takes about half the time.
    Stored,
}

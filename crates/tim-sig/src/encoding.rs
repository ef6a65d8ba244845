//! How a signature is packed.

/// How a signature is packed; every service and library reads both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// Compressed, like six of the seven official libraries do: about 200 characters.
    ///
    /// A signature is made once and travels with every call, so this is the default.
    #[default]
    Compact,
    /// Not compressed, like the official Go library does since November 2024: about 250 characters, made in less time.
    Stored,
}

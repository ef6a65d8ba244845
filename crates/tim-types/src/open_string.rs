//! Newtypes over strings from an open set: known values are constants, unknown values are kept.

/// Defines a newtype over a string with named constants. Decoding a known value does not allocate.
macro_rules! open_string {
    ($(#[$doc:meta])* $name:ident { $($(#[$const_doc:meta])* $const:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(std::borrow::Cow<'static, str>);

        impl $name {
            $($(#[$const_doc])* pub const $const: Self = Self(std::borrow::Cow::Borrowed($text));)*

            /// The texts of all named constants.
            pub const KNOWN: &[&str] = &[$($text),*];

            /// Returns the text on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl<T: AsRef<str> + ?Sized> From<&T> for $name {
            fn from(text: &T) -> Self {
                match text.as_ref() {
                    $($text => Self::$const,)*
                    other => Self(std::borrow::Cow::Owned(other.to_owned())),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl serde::de::Visitor<'_> for Visitor {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a string")
                    }
                    fn visit_str<E>(self, text: &str) -> Result<$name, E> {
                        Ok(text.into())
                    }
                }
                deserializer.deserialize_str(Visitor)
            }
        }
    };
}

pub(crate) use open_string;

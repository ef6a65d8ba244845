//! What the checks of sources share: reading tokens of Rust.

use std::iter::Peekable;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree, token_stream};

pub(super) type Tokens = Peekable<token_stream::IntoIter>;

/// Skips the item behind an attribute, with the attribute, if it is for tests only. `tokens` is
/// behind the `#`.
pub(super) fn skip_if_test(tokens: &mut Tokens) {
    let Some(TokenTree::Group(attribute)) = tokens.peek() else { return };
    let text: String = attribute.stream().into_iter().map(|token| token.to_string().replace(' ', "")).collect();
    if text == "cfg(test)" || text.starts_with("cfg(all(test,") {
        tokens.find(|token| match token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            _ => false,
        });
    }
}

/// Whether `::` is next. A single colon is followed by a type, as in `self: Pin<&mut Self>`.
pub(super) fn separator_is_next(tokens: &mut Tokens) -> bool {
    matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == ':' && punct.spacing() == Spacing::Joint)
}

/// The tokens of a file; `file` is its name in the error.
pub(super) fn parse(source: &str, file: &str) -> Result<TokenStream, String> {
    source.parse().map_err(|error| format!("{file}: {error}"))
}

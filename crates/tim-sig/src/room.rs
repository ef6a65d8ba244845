//! The userbuf of a PrivateMapKey, which lets a user enter one TRTC room.

use std::fmt;

use crate::Privileges;

/// A TRTC room, identified by a number or a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Room<T = String> {
    /// A room with a number.
    Number(u32),
    /// A room with a name.
    Name(T),
}

/// Writes the number, or the name in quotes.
impl<T: AsRef<str>> fmt::Display for Room<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => write!(f, "{:?}", name.as_ref()),
        }
    }
}

/// The permission for a room that a signature contains.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoomGrant {
    /// The user id. Of characters beyond Latin-1, the official node library keeps one byte each;
    /// the Python library rejects them.
    pub account: String,
    /// The app.
    pub sdkappid: u32,
    /// The room.
    pub room: Room,
    /// The last unix second at which it is valid.
    pub valid_until: u32,
    /// What the user may do there.
    pub privileges: Privileges,
    /// The account type; the official libraries write 0.
    pub account_type: u32,
}

/// Appends the binary layout. All integers are big-endian: kind of room (1 byte), length of the
/// user id (2), user id; then app, room number, end, privileges and account type (4 each); for a
/// named room the length of the name (2) and the name.
pub(crate) fn write(user: &str, sdkappid: u32, room: &Room<&str>, until: u32, may: Privileges, out: &mut Vec<u8>) {
    let (kind, number, name) = match room {
        Room::Number(number) => (0, *number, None),
        Room::Name(name) => (1, 0, Some(name)),
    };
    let text = |text: &str, out: &mut Vec<u8>| {
        // The caller has checked that both texts are shorter than 64 KiB.
        out.extend_from_slice(&(text.len() as u16).to_be_bytes());
        out.extend_from_slice(text.as_bytes());
    };
    out.push(kind);
    text(user, out);
    for number in [sdkappid, number, until, may.bits(), 0] {
        out.extend_from_slice(&number.to_be_bytes());
    }
    if let Some(name) = name {
        text(name, out);
    }
}

impl RoomGrant {
    /// Reads a userbuf. Returns `None` if it has another layout, for example because it is the
    /// app's own data.
    pub fn parse(userbuf: &[u8]) -> Option<Self> {
        let mut rest = userbuf;
        let [kind] = take(&mut rest)?;
        let account = text(&mut rest)?;
        let mut number = || take(&mut rest).map(u32::from_be_bytes);
        let (sdkappid, room, valid_until) = (number()?, number()?, number()?);
        let (privileges, account_type) = (Privileges::from_bits_retain(number()?), number()?);
        let room = match kind {
            0 => Room::Number(room),
            1 => Room::Name(text(&mut rest)?),
            _ => return None,
        };
        rest.is_empty().then_some(Self { account, sdkappid, room, valid_until, privileges, account_type })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk()?;
    *rest = left;
    Some(*taken)
}

fn text(rest: &mut &[u8]) -> Option<String> {
    let length = u16::from_be_bytes(take(rest)?);
    let (text, left) = rest.split_at_checked(length.into())?;
    *rest = left;
    Some(String::from_utf8_lossy(text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    /// The expected bytes come from the official libraries.
    #[test]
    fn both_layouts_are_the_official_ones() {
        let rooms = [
            (Room::Number(10000), "0000077869616f6a756e53724e000000271066413f00000000ff00000000"),
            (Room::Name("adbjkl"), "0100077869616f6a756e53724e000000000066413f00000000ff0000000000066164626a6b6c"),
        ];
        for (room, official) in rooms {
            let mut written = Vec::new();
            write("xiaojun", 1_400_000_000, &room, 1_715_552_000, Privileges::all(), &mut written);
            assert_eq!(written, hex(official));
            let grant = RoomGrant::parse(&written).unwrap();
            assert_eq!(
                (grant.account.as_str(), grant.sdkappid, grant.valid_until),
                ("xiaojun", 1_400_000_000, 1_715_552_000)
            );
            assert_eq!((grant.room.to_string(), grant.privileges), (room.to_string(), Privileges::all()));
            for end in 0..written.len() {
                assert_eq!(RoomGrant::parse(&written[..end]), None, "{end}");
            }
        }
        assert_eq!(RoomGrant::parse(b"anything else"), None);
        assert_eq!(
            (Room::<&str>::Number(7).to_string(), Room::Name("a\n").to_string()),
            ("7".into(), r#""a\n""#.into())
        );
    }
}

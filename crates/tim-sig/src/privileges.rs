//! What a user may do in a TRTC room.

use std::fmt;
use std::ops::{BitOr, BitOrAssign};

/// What a user may do in a TRTC room: a set, written as the bits of the privilege map.
///
/// The set is open: bits that have no name here are kept.
///
/// ```
/// use tim_sig::Privileges;
///
/// let listen = Privileges::ENTER_ROOM | Privileges::RECEIVE_AUDIO;
/// assert_eq!(listen.bits(), 2 + 8);
/// assert!(listen.contains(Privileges::ENTER_ROOM) && !listen.contains(Privileges::SEND_AUDIO));
/// assert_eq!(format!("{listen}"), "enter_room, receive_audio");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Privileges(u32);

impl Privileges {
    /// Create a room.
    pub const CREATE_ROOM: Self = Self(1);
    /// Enter a room.
    pub const ENTER_ROOM: Self = Self(2);
    /// Send audio.
    pub const SEND_AUDIO: Self = Self(4);
    /// Receive audio.
    pub const RECEIVE_AUDIO: Self = Self(8);
    /// Send video.
    pub const SEND_VIDEO: Self = Self(16);
    /// Receive video.
    pub const RECEIVE_VIDEO: Self = Self(32);
    /// Send the sub-stream, which shares a screen.
    pub const SEND_SUBSTREAM: Self = Self(64);
    /// Receive the sub-stream.
    pub const RECEIVE_SUBSTREAM: Self = Self(128);
    /// All of the above: 255.
    pub const ALL: Self = Self(255);
    /// Nothing.
    pub const NONE: Self = Self(0);

    const NAMES: [&str; 8] = [
        "create_room",
        "enter_room",
        "send_audio",
        "receive_audio",
        "send_video",
        "receive_video",
        "send_substream",
        "receive_substream",
    ];

    /// The set with these bits.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// Its bits, as they stand in a signature.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether it holds all of `others`.
    pub const fn contains(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }
}

impl BitOr for Privileges {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Privileges {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// The names, separated by commas; bits without a name as one number.
impl fmt::Display for Privileges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("nothing");
        }
        let mut before = "";
        for (_, name) in Self::NAMES.iter().enumerate().filter(|(bit, _)| self.0 >> bit & 1 == 1) {
            write!(f, "{before}{name}")?;
            before = ", ";
        }
        let unnamed = self.0 & !Self::ALL.0;
        if unnamed == 0 { Ok(()) } else { write!(f, "{before}{unnamed:#x}") }
    }
}

impl fmt::Debug for Privileges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Privileges({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_without_a_name_are_kept() {
        let odd = Privileges::from_bits(0x1_0002);
        assert_eq!((odd | Privileges::SEND_AUDIO).bits(), 0x1_0006);
        assert_eq!(format!("{odd:?}"), "Privileges(enter_room, 0x10000)");
        assert_eq!(Privileges::NONE.to_string(), "nothing");
    }

    #[test]
    fn every_bit_below_256_has_a_name() {
        assert_eq!(Privileges::ALL.to_string().split(", ").count(), 8);
    }
}

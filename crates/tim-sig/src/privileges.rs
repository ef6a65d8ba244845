//! What a user may do in a TRTC room.

use std::fmt;

bitflags::bitflags! {
    /// What a user may do in a TRTC room, as the bits of the privilege map.
    ///
    /// Unknown bits are preserved.
    ///
    /// ```
    /// use tim_sig::Privileges;
    ///
    /// let listen = Privileges::ENTER_ROOM | Privileges::RECEIVE_AUDIO;
    /// assert_eq!(listen.bits(), 2 + 8);
    /// assert!(listen.contains(Privileges::ENTER_ROOM) && !listen.contains(Privileges::SEND_AUDIO));
    /// assert_eq!(listen.to_string(), "enter_room, receive_audio");
    /// assert_eq!(Privileges::from_bits_retain(0x1_0002).bits(), 0x1_0002);
    /// ```
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
    pub struct Privileges: u32 {
        /// Create a room.
        const CREATE_ROOM = 1;
        /// Enter a room.
        const ENTER_ROOM = 2;
        /// Send audio.
        const SEND_AUDIO = 4;
        /// Receive audio.
        const RECEIVE_AUDIO = 8;
        /// Send video.
        const SEND_VIDEO = 16;
        /// Receive video.
        const RECEIVE_VIDEO = 32;
        /// Send the sub-stream, which is used for screen sharing.
        const SEND_SUBSTREAM = 64;
        /// Receive the sub-stream.
        const RECEIVE_SUBSTREAM = 128;
    }
}

/// Writes the names, separated by commas, and bits without a name as one hexadecimal number.
impl fmt::Display for Privileges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = self.iter_names();
        let mut parts: Vec<String> = names.by_ref().map(|(name, _)| name.to_lowercase()).collect();
        let unnamed = names.remaining();
        if !unnamed.is_empty() {
            parts.push(format!("{:#x}", unnamed.bits()));
        }
        if parts.is_empty() { f.write_str("nothing") } else { f.write_str(&parts.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_without_a_name_are_kept() {
        let odd = Privileges::from_bits_retain(0x1_0002);
        assert_eq!((odd | Privileges::SEND_AUDIO).bits(), 0x1_0006);
        assert_eq!(odd.to_string(), "enter_room, 0x10000");
        assert_eq!(Privileges::empty().to_string(), "nothing");
        assert_eq!((Privileges::all().bits(), Privileges::all().to_string().split(", ").count()), (255, 8));
    }
}

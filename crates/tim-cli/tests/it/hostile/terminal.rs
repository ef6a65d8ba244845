//! A pseudo-terminal that a program writes to.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// A program with a terminal as its outputs.
pub(super) struct OnTerminal {
    pub(super) child: Child,
    bytes: Receiver<u8>,
    reader: JoinHandle<()>,
    seen: Vec<u8>,
}

impl OnTerminal {
    pub(super) fn spawn(command: &mut Command) -> Self {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap();
        let flags = OFlags::NOCTTY.bits().cast_signed();
        let path = std::ffi::OsStr::from_bytes(name.as_bytes());
        let terminal = OpenOptions::new().read(true).write(true).custom_flags(flags).open(path).unwrap();
        let child = command.stdout(terminal.try_clone().unwrap()).stderr(terminal).spawn().unwrap();
        // The command keeps its end open, and the reader would never see the end.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let (send, bytes) = channel();
        let mut controller = File::from(controller);
        // Reads fail after the last end of the terminal is closed.
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = controller.read(&mut buffer) {
                buffer[..count].iter().for_each(|byte| send.send(*byte).unwrap_or_default());
            }
        });
        Self { child, bytes, reader, seen: Vec::new() }
    }

    /// Waits until the program has written `text`.
    pub(super) fn wait_for(&mut self, text: &str) {
        while !self.seen.ends_with(text.as_bytes()) {
            match self.bytes.recv_timeout(Duration::from_secs(60)) {
                Ok(byte) => self.seen.push(byte),
                Err(_) => {
                    self.child.kill().unwrap();
                    break;
                }
            }
        }
        assert!(
            self.seen.ends_with(text.as_bytes()),
            "{text:?} was never written: {:?}",
            String::from_utf8_lossy(&self.seen)
        );
    }

    /// Waits for the end of the program, and returns all it has written with the line ends of
    /// files.
    pub(super) fn finish(mut self) -> String {
        self.child.wait().unwrap();
        self.reader.join().unwrap();
        self.seen.extend(self.bytes.iter());
        String::from_utf8(self.seen).unwrap().replace("\r\n", "\n")
    }
}

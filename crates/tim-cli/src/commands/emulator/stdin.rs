//! The end of standard input, which a program that started the emulator holds open.

use std::future::Future;
use std::{io, thread};

use tokio::sync::oneshot;

/// Starts to read standard input. The future completes when its other end is closed, which the
/// system does if the process that holds it is killed.
///
/// A thread of its own reads: unlike one of the runtime, it does not delay the end of the program.
pub(super) fn closed() -> io::Result<impl Future<Output = ()>> {
    let (sender, receiver) = oneshot::channel();
    thread::Builder::new().name("stdin".to_owned()).spawn(move || {
        // An error means that nothing can be read any more, like the end.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = sender.send(());
    })?;
    Ok(async {
        let _ = receiver.await;
    })
}

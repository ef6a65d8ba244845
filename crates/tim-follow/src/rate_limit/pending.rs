//! A question that a quota asked somebody, for both kinds of clients to wait for.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// Comes to an end when what a quota asked for is answered.
#[derive(Debug)]
pub struct Pending(oneshot::Receiver<()>);

/// The other end of [`Pending`]: wakes the call that waits for the answer, at the latest when it is dropped.
#[derive(Debug)]
pub struct Notifier(oneshot::Sender<()>);

impl Pending {
    /// Both ends.
    pub fn new() -> (Notifier, Self) {
        let (answered, asked) = oneshot::channel();
        (Notifier(answered), Self(asked))
    }

    /// Waits for the answer, or until `given_up` ends.
    pub(crate) async fn or(self, given_up: impl Future<Output = ()>) {
        let (mut asked, mut given_up) = (pin!(self.0.into_future()), pin!(given_up));
        poll_fn(|cx| match asked.as_mut().poll(cx) {
            Poll::Ready(_) => Poll::Ready(()),
            Poll::Pending => given_up.as_mut().poll(cx),
        })
        .await;
    }

    /// Waits for the answer, or for this time.
    pub(crate) fn wait(self, at_most: Duration) {
        // Whether it came, is late, or never will: the quota knows.
        let _ = self.0.recv_timeout(at_most);
    }
}

impl Notifier {
    /// Wakes the call; it asks the quota again.
    pub fn notify(self) {
        // A call that is gone needs no waking.
        let _ = self.0.send(());
    }
}

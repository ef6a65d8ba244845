//! A notification for which both clients can wait.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// Ends when the other system has responded to the rate limiter, or when the [`Notifier`] is
/// dropped.
#[derive(Debug)]
pub struct Pending(oneshot::Receiver<()>);

/// The other end of [`Pending`]. Wakes the call that waits, at the latest when it is dropped.
#[derive(Debug)]
pub struct Notifier(oneshot::Sender<()>);

impl Pending {
    /// Creates both ends.
    pub fn new() -> (Notifier, Self) {
        let (sender, receiver) = oneshot::channel();
        (Notifier(sender), Self(receiver))
    }

    /// Waits for the notification, or until `end` is ready.
    pub(crate) async fn or(self, end: impl Future<Output = ()>) {
        let (mut notified, mut end) = (pin!(self.0.into_future()), pin!(end));
        poll_fn(|cx| match notified.as_mut().poll(cx) {
            Poll::Ready(_) => Poll::Ready(()),
            Poll::Pending => end.as_mut().poll(cx),
        })
        .await;
    }

    /// Waits for the notification, for at most `at_most`.
    pub(crate) fn wait(self, at_most: Duration) {
        // The caller tries to acquire again in any case, so it does not matter how the wait ended.
        let _ = self.0.recv_timeout(at_most);
    }
}

impl Notifier {
    /// Wakes the call, which then calls [`RateLimiter::acquire`](crate::RateLimiter::acquire)
    /// again.
    pub fn notify(self) {
        // An error means that the call was dropped.
        let _ = self.0.send(());
    }
}

//! Messages on their way to the client, in their order. Whoever has one hands it over and goes on: a client that does not
//! listen for a while must not hold up the server.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;

use crate::server::lsp::frames;

/// In the queue: nothing comes after this.
const END: &[u8] = &[];

/// Takes whole messages; what tower-lsp writes is one or some, since it encodes each one before it writes.
#[derive(Clone, Debug)]
pub struct Output {
    queue: UnboundedSender<Vec<u8>>,
    /// After its `shutdown` a client is only sent answers.
    only_answers: Arc<AtomicBool>,
}

#[derive(Debug)]
pub struct Queue(UnboundedReceiver<Vec<u8>>);

impl Output {
    pub fn new() -> (Output, Queue) {
        let (queue, messages) = mpsc::unbounded_channel();
        (Output { queue, only_answers: Arc::default() }, Queue(messages))
    }

    pub fn send(&self, message: Vec<u8>) {
        if self.only_answers.load(Ordering::Relaxed) && frames::is_call(&message) {
            return;
        }
        // Some clients count the length in characters (cclsp, lsmcp).
        let message = if message.is_ascii() { message } else { frames::ascii(&message) };
        if self.queue.send(message).is_err() {
            tracing::debug!("the client is gone");
        }
    }

    /// From now on, also what is on its way through tower-lsp.
    pub fn only_answers(&self) {
        self.only_answers.store(true, Ordering::Relaxed);
    }

    /// What was sent before is still written.
    pub fn end(&self) {
        self.send(END.to_vec());
    }
}

impl AsyncWrite for Output {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, messages: &[u8]) -> Poll<io::Result<usize>> {
        frames::split(messages).for_each(|message| self.send(message.to_vec()));
        Poll::Ready(Ok(messages.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Queue {
    #[cfg(test)]
    pub fn try_next(&mut self) -> Option<Vec<u8>> {
        self.0.try_recv().ok()
    }

    /// Until the end, or until the client takes no more; then it says so to `done`.
    pub async fn write(mut self, mut write: impl AsyncWrite + Unpin, done: oneshot::Sender<()>) {
        while let Some(message) = self.0.recv().await.filter(|message| message != END) {
            let written = async {
                write.write_all(&message).await?;
                write.flush().await
            };
            if let Err(error) = written.await {
                tracing::error!("the client takes no messages any more: {error}");
                break;
            }
        }
        let _ = done.send(());
    }
}

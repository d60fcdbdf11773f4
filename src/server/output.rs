//! Messages on their way to the client, in their order. Whoever has one hands it over and goes on: a client that does not
//! listen for a while must not hold up the session.

use std::fs::File;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

/// In the queue: nothing comes after this.
const END: &[u8] = &[];

#[derive(Clone, Debug)]
pub struct Output {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    queue: UnboundedSender<Vec<u8>>,
    /// Messages that are in the queue, or just being written from there.
    waiting: AtomicUsize,
    /// Where a message may be written at once; locked while something is written.
    file: Option<Mutex<File>>,
}

impl Output {
    /// And what is to be written, wherever that may be.
    pub fn queue() -> (Output, Queue) {
        Output::new(None)
    }

    /// What does not fit at once has to be written by somebody who may wait.
    pub fn to(file: File) -> (Output, Queue) {
        widen(&file);
        Output::new(Some(Mutex::new(file)))
    }

    fn new(file: Option<Mutex<File>>) -> (Output, Queue) {
        let (queue, messages) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared { queue, waiting: AtomicUsize::new(0), file });
        (Output { shared: Arc::clone(&shared) }, Queue { messages, shared })
    }

    pub fn send(&self, message: Vec<u8>) {
        if !self.shared.write_at_once(&message) {
            self.shared.put(message);
        }
    }

    /// What was sent before is still written.
    pub fn end(&self) {
        self.shared.put(END.to_vec());
    }
}

impl Shared {
    fn put(&self, message: Vec<u8>) {
        self.waiting.fetch_add(1, Ordering::AcqRel);
        if self.queue.send(message).is_err() {
            tracing::debug!("the client is gone");
        }
    }

    /// Spares the way through another thread, which is a good part of what a keystroke takes. Only if it cannot block,
    /// and nothing is to be written before.
    fn write_at_once(&self, message: &[u8]) -> bool {
        let Some(file) = self.file.as_ref().filter(|_| self.waiting.load(Ordering::Acquire) == 0) else { return false };
        let Ok(mut file) = file.try_lock() else { return false };
        if !has_room(&file, message.len()) {
            return false;
        }
        match file.write(message) {
            Ok(written) if written == message.len() => {}
            Ok(written) => self.put(message[written..].to_vec()),
            // The writer finds out what it means.
            Err(_) => return false,
        }
        true
    }
}

/// A status of a large project is written in one go then, instead of in turns with who reads it. What is no pipe stays as
/// it is.
#[cfg(target_os = "linux")]
fn widen(file: &File) {
    const MEBIBYTE: usize = 1 << 20;
    let _ = rustix::pipe::fcntl_setpipe_size(file, MEBIBYTE);
}

#[cfg(not(target_os = "linux"))]
fn widen(_: &File) {}

/// A pipe that can be written to takes as much as this in one piece; what stands for a pipe has more room.
#[cfg(target_os = "linux")]
const ROOM: usize = 4096;

#[cfg(target_os = "linux")]
fn has_room(file: &File, length: usize) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut ready = [PollFd::new(file, PollFlags::OUT)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    length <= ROOM && poll(&mut ready, Some(&at_once)).is_ok() && ready[0].revents() == PollFlags::OUT
}

#[cfg(not(target_os = "linux"))]
fn has_room(_: &File, _: usize) -> bool {
    false
}

#[derive(Debug)]
pub struct Queue {
    messages: UnboundedReceiver<Vec<u8>>,
    shared: Arc<Shared>,
}

impl Queue {
    /// Writes to the file in this thread, until the end.
    pub fn write_blocking(mut self) {
        let Some(file) = &self.shared.file else { return };
        while let Some(message) = self.messages.blocking_recv().filter(|message| message != END) {
            if let Err(error) = write_whole(&mut file.lock().unwrap_or_else(PoisonError::into_inner), &message) {
                return gone(&error);
            }
            self.shared.waiting.fetch_sub(1, Ordering::AcqRel);
        }
    }

    pub async fn write_all(mut self, mut write: impl AsyncWrite + Unpin) {
        while let Some(message) = self.messages.recv().await.filter(|message| message != END) {
            let written = async {
                write.write_all(&message).await?;
                write.flush().await
            };
            if let Err(error) = written.await {
                return gone(&error);
            }
        }
    }
}

/// Whoever started the server may have made its output one that does not block.
fn write_whole(file: &mut File, mut message: &[u8]) -> io::Result<()> {
    while !message.is_empty() {
        match file.write(message) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => message = &message[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => wait_for_room(file)?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(unix)]
fn wait_for_room(file: &File) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    let mut ready = [PollFd::new(file, PollFlags::OUT)];
    rustix::io::retry_on_intr(|| poll(&mut ready, None))?;
    Ok(())
}

#[cfg(not(unix))]
fn wait_for_room(_: &File) -> io::Result<()> {
    Err(io::ErrorKind::WouldBlock.into())
}

fn gone(error: &io::Error) {
    tracing::error!("the client takes no messages any more: {error}");
}

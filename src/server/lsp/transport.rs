//! How a client reaches the server: standard input and output, a socket, or a pipe.
//!
//! tower-lsp's own `Server` reads from an [`Input`] and writes to an [`Output`]. The one lets only whole, well-formed
//! messages through (at any other tower-lsp would end the session); the other is the one queue of all that goes to the
//! client, so that a notification stays before the answer that follows it.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;
use tower_lsp::jsonrpc::{Id, Response};

use crate::server::lsp::frames::{self, Frame};
use crate::server::lsp::output::Output;
use crate::server::lsp::stdio::{self, Stream};

/// Where the client is, as editors say it on the command line.
#[derive(Clone, Debug)]
pub enum Channel {
    Stdio,
    /// The client listens on this port of this machine.
    Socket(u16),
    /// The client listens on this Unix socket, or named pipe on Windows.
    Pipe(PathBuf),
}

/// How long the messages that are still on their way may take at the end.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Lets `converse` talk with a client until it is done. What was said is written then, unless the client does not listen.
pub fn serve<F: Future>(channel: Channel, converse: impl FnOnce(Input, Output) -> F) -> io::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(async {
        let (input, output, written) = connect(channel).await?;
        let result = converse(input, output.clone()).await;
        output.end();
        let _ = tokio::time::timeout(LAST_WORDS, written).await;
        Ok(result)
    });
    runtime.shutdown_background();
    result
}

async fn connect(channel: Channel) -> io::Result<(Input, Output, oneshot::Receiver<()>)> {
    match channel {
        Channel::Stdio => connect_stdio(),
        Channel::Socket(port) => {
            let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
            stream.set_nodelay(true)?;
            let (read, write) = stream.into_split();
            Ok(connect_streams(read, write))
        }
        Channel::Pipe(path) => connect_pipe(path).await,
    }
}

/// Where the system does not say when there is something to read or room to write, a thread waits for it.
fn connect_stdio() -> io::Result<(Input, Output, oneshot::Receiver<()>)> {
    let (messages, received) = mpsc::unbounded_channel();
    let (sender, queue) = Output::new();
    let (done, written) = oneshot::channel();
    let errors = sender.clone();
    match stdio::input()? {
        Stream::Ready(input) => drop(tokio::spawn(receive(input, messages, errors))),
        Stream::Blocking(input) => in_thread(receive(input, messages, errors)),
    }
    match stdio::output()? {
        Stream::Ready(output) => drop(tokio::spawn(queue.write(output, done))),
        Stream::Blocking(output) => in_thread(queue.write(output, done)),
    }
    Ok((Input::new(received), sender, written))
}

fn in_thread(work: impl Future<Output = ()> + Send + 'static) {
    let runtime = Handle::current();
    thread::spawn(move || runtime.block_on(work));
}

/// Messages from one stream, and to the other until all is written.
pub fn connect_streams(
    read: impl AsyncRead + Unpin + Send + 'static,
    write: impl AsyncWrite + Unpin + Send + 'static,
) -> (Input, Output, oneshot::Receiver<()>) {
    let (messages, received) = mpsc::unbounded_channel();
    let (sender, queue) = Output::new();
    let (done, written) = oneshot::channel();
    let errors = sender.clone();
    tokio::spawn(receive(read, messages, errors));
    tokio::spawn(queue.write(write, done));
    (Input::new(received), sender, written)
}

#[cfg(unix)]
async fn connect_pipe(path: PathBuf) -> io::Result<(Input, Output, oneshot::Receiver<()>)> {
    let (read, write) = tokio::net::UnixStream::connect(path).await?.into_split();
    Ok(connect_streams(read, write))
}

#[cfg(windows)]
async fn connect_pipe(path: PathBuf) -> io::Result<(Input, Output, oneshot::Receiver<()>)> {
    let pipe = tokio::net::windows::named_pipe::ClientOptions::new().open(path)?;
    let (read, write) = tokio::io::split(pipe);
    Ok(connect_streams(read, write))
}

/// Takes what the client sends until it is gone. What cannot be understood is answered here.
async fn receive(read: impl AsyncRead + Unpin, messages: UnboundedSender<Vec<u8>>, errors: Output) {
    let mut read = BufReader::new(read);
    loop {
        match frames::read(&mut read).await {
            Ok(Some(Frame::Message(body))) => {
                if messages.send(frames::frame(&body)).is_err() {
                    return;
                }
            }
            Ok(Some(Frame::Bad(error))) => errors.send(frames::encode(&Response::from_error(Id::Null, error))),
            Ok(None) => return,
            Err(error) => return tracing::error!("the client cannot be read: {error}"),
        }
    }
}

/// The client's messages, as bytes: whole and well-formed.
pub struct Input {
    messages: UnboundedReceiver<Vec<u8>>,
    message: Vec<u8>,
    /// So much of the message was read.
    read: usize,
    ended: Option<Box<dyn FnOnce() + Send>>,
}

impl Input {
    fn new(messages: UnboundedReceiver<Vec<u8>>) -> Input {
        Input { messages, message: Vec::new(), read: 0, ended: None }
    }

    /// Calls `ended` once the client is gone and all it sent was read.
    pub fn when_ended(self, ended: impl FnOnce() + Send + 'static) -> Input {
        Input { ended: Some(Box::new(ended)), ..self }
    }
}

impl AsyncRead for Input {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, room: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.read == self.message.len() {
            match self.messages.poll_recv(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(message)) => (self.message, self.read) = (message, 0),
                Poll::Ready(None) => {
                    if let Some(ended) = self.ended.take() {
                        ended();
                    }
                    return Poll::Ready(Ok(()));
                }
            }
        }
        let count = room.remaining().min(self.message.len() - self.read);
        room.put_slice(&self.message[self.read..self.read + count]);
        self.read += count;
        Poll::Ready(Ok(()))
    }
}

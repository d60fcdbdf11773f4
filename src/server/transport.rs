//! How a client reaches the server: standard input and output, a socket, or a pipe.

use std::fs::File;
use std::future::{Future, poll_fn};
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tower_lsp::LspService;
use tower_lsp::jsonrpc::{Id, Request, Response};
use tower_service::Service;

use crate::server::backend::Backend;
use crate::server::frames::{self, Frame};
use crate::server::outbox::{Answer, Outbox};
use crate::server::output::Output;
use crate::server::{direct, session, status};

/// Where the client is, as editors say it on the command line.
#[derive(Clone, Debug)]
pub enum Channel {
    Stdio,
    /// The client listens on this port of this machine.
    Socket(u16),
    /// The client listens on this Unix socket, or named pipe on Windows.
    Pipe(PathBuf),
}

/// How long the answers that are still on their way may take at the end.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Serves one client until it leaves. True when it left as the protocol wants: `shutdown`, then `exit`.
pub fn serve(channel: Channel) -> io::Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match channel {
        Channel::Stdio => talk_through_stdio(runtime),
        Channel::Socket(port) => runtime.block_on(async {
            let (read, write) = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?.into_split();
            Ok(talk(read, write).await)
        }),
        Channel::Pipe(path) => runtime.block_on(talk_through_pipe(path)),
    }
}

/// A message of the client goes from this thread to the session's, which writes what it says: the runtime, in another
/// thread, only has what waits for answers. Each hop less is a good part of what a keystroke takes.
fn talk_through_stdio(runtime: Runtime) -> io::Result<bool> {
    let (input, output) = raw_stdio()?;
    let handle = runtime.handle().clone();
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    thread::spawn(move || {
        let _ = runtime.block_on(ended);
        // A client that takes nothing any more must not keep this waiting.
        runtime.shutdown_background();
    });
    let (output, queue) = Output::to(output);
    let writer = handle.spawn_blocking(|| queue.write_blocking());
    let clean = handle.block_on(converse(Blocking(input), output, writer));
    drop(end);
    Ok(clean)
}

#[cfg(unix)]
async fn talk_through_pipe(path: PathBuf) -> io::Result<bool> {
    let (read, write) = tokio::net::UnixStream::connect(path).await?.into_split();
    Ok(talk(read, write).await)
}

#[cfg(windows)]
async fn talk_through_pipe(path: PathBuf) -> io::Result<bool> {
    let pipe = tokio::net::windows::named_pipe::ClientOptions::new().open(path)?;
    let (read, write) = tokio::io::split(pipe);
    Ok(talk(read, write).await)
}

/// Standard input and output without the buffers that Rust's have: one would tear each message in two.
#[cfg(unix)]
fn raw_stdio() -> io::Result<(File, File)> {
    use std::os::fd::AsFd as _;
    let (input, output) = (io::stdin().as_fd().try_clone_to_owned()?, io::stdout().as_fd().try_clone_to_owned()?);
    Ok((input.into(), output.into()))
}

#[cfg(windows)]
fn raw_stdio() -> io::Result<(File, File)> {
    use std::os::windows::io::AsHandle as _;
    let (input, output) =
        (io::stdin().as_handle().try_clone_to_owned()?, io::stdout().as_handle().try_clone_to_owned()?);
    Ok((input.into(), output.into()))
}

/// Reads in the thread that asks, which has nothing else to do.
struct Blocking(File);

impl AsyncRead for Blocking {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, room: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            match self.0.read(room.initialize_unfilled()) {
                Ok(count) => {
                    room.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

/// Serves a client at any two streams.
pub async fn talk(read: impl AsyncRead + Unpin, write: impl AsyncWrite + Unpin + Send + 'static) -> bool {
    let (output, queue) = Output::queue();
    converse(read, output, tokio::spawn(queue.write_all(write))).await
}

/// Takes the client's messages one after the other until it says `exit` or is gone.
///
/// This stands in for tower-lsp's own `Server`, which ends the session at the first message it cannot parse, and
/// stops reading while four requests wait for the client's answer.
async fn converse(read: impl AsyncRead + Unpin, output: Output, writer: JoinHandle<()>) -> bool {
    let (events, inbox) = mpsc::channel();
    let session_events = events.clone();
    let asking = events.clone();
    let (mut service, socket) = LspService::build(|client| {
        let outbox = Outbox::new(client, output.clone());
        thread::spawn(move || session::run(session_events, &inbox, outbox));
        Backend { events }
    })
    .custom_method("window/workDoneProgress/cancel", Backend::progress_cancelled)
    .custom_method(status::STATUS, Backend::out_of_turn)
    .custom_method(direct::INCREMENTS, Backend::out_of_turn)
    .finish();
    let (mut requests, mut responses) = socket.split();
    let forward = output.clone();
    let forwarding = tokio::spawn(async move {
        while let Some(request) = requests.next().await {
            forward.send(frames::encode(&request));
        }
    });
    let mut input = BufReader::new(read);
    let mut clean = false;
    let mut ready = false;
    let mut told_to_stop = false;
    let mut stopped = false;
    let mut stopping = None;
    loop {
        let frame = match frames::read(&mut input).await {
            Ok(Some(frame)) => frame,
            Ok(None) => break,
            Err(error) => {
                tracing::error!("the client cannot be read: {error}");
                break;
            }
        };
        match frame {
            Frame::Bad(error) => {
                output.send(frames::encode(&Response::from_error(Id::Null, error)));
            }
            Frame::Response(response) => {
                if responses.send(response).await.is_err() {
                    break;
                }
            }
            // Not for tower-lsp, which would cancel the answer to a `shutdown` right before it.
            Frame::Request(request) if request.method() == "exit" => {
                clean = told_to_stop;
                break;
            }
            Frame::Request(request) => {
                // Before `initialize` and after `shutdown` tower-lsp refuses them, as it does all others.
                if ready
                    && !stopped
                    && let Some((question, id)) =
                        direct::Request::of(request.method(), request.params()).zip(request.id())
                {
                    match question {
                        Ok(question) => {
                            let answer = Answer::new(id.clone(), output.clone());
                            let _ = asking.send(session::Event::Ask(question, answer));
                        }
                        Err(error) => send(&output, Some(Response::from_error(id.clone(), error))),
                    }
                    continue;
                }
                let stop = request.method() == "shutdown";
                told_to_stop |= stop;
                stopped |= stop && ready;
                if poll_fn(|context| service.poll_ready(context)).await.is_err() {
                    break;
                }
                let first = request.method() == "initialize";
                let mut handling = service.call(without_needless_params(request));
                if first {
                    // Nothing else can be understood before; a client that does not wait for the answer is not lost.
                    let answer = handling.await.ok().flatten();
                    ready |= answer.as_ref().is_some_and(Response::is_ok);
                    send(&output, answer);
                    continue;
                }
                // Up to its first wait a handler runs before the next message is read: so changes stay in order.
                match poll_fn(|context| Poll::Ready(Pin::new(&mut handling).poll(context))).await {
                    Poll::Ready(answer) => send(&output, answer.ok().flatten()),
                    Poll::Pending => {
                        let output = output.clone();
                        let answering = tokio::spawn(async move { send(&output, handling.await.ok().flatten()) });
                        if stop {
                            stopping = Some(answering);
                        }
                    }
                }
            }
        }
    }
    // A client that says `exit` right behind `shutdown` still gets the answer, and those that come before it.
    if let Some(stopping) = stopping {
        let _ = tokio::time::timeout(LAST_WORDS, stopping).await;
    }
    if told_to_stop {
        // Answers that are ready wait in a queue of the runtime; behind this they are all on their way.
        let _ = tokio::time::timeout(LAST_WORDS, tokio::spawn(async {})).await;
    }
    forwarding.abort();
    let _ = asking.send(session::Event::End);
    output.end();
    // What is still to be said is said, unless the client takes nothing any more.
    let _ = tokio::time::timeout(LAST_WORDS, writer).await;
    clean
}

/// `shutdown` has nothing to say; some clients send an empty object all the same (lsp-mode).
fn without_needless_params(request: Request) -> Request {
    if request.method() != "shutdown" {
        return request;
    }
    let (method, id, _) = request.into_parts();
    match id {
        Some(id) => Request::build(method).id(id).finish(),
        None => Request::build(method).finish(),
    }
}

fn send(output: &Output, answer: Option<Response>) {
    if let Some(answer) = answer {
        output.send(frames::encode(&answer));
    }
}

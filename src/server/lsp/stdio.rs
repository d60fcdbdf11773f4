//! Standard input and output as streams. Pipes and sockets are read and written in the one thread that does all the work:
//! each change of threads costs a keystroke more than its whole diagnosis. Anything else, and all on Windows, has a thread
//! that waits.

use std::fs::File;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

pub enum Stream<R> {
    /// Does not block.
    #[cfg_attr(windows, allow(dead_code, reason = "no pipe of Windows is read so"))]
    Ready(R),
    Blocking(Blocking),
}

/// Standard input. It must be asked for in a runtime, as [`output`] must.
#[cfg(unix)]
pub fn input() -> io::Result<Stream<Box<dyn AsyncRead + Send + Unpin>>> {
    use tokio::net::unix::pipe;
    Ok(match unix::open(io::stdin())? {
        unix::Standard::Pipe(file) => Stream::Ready(Box::new(pipe::Receiver::from_file(file)?)),
        unix::Standard::Socket(socket) => Stream::Ready(Box::new(socket)),
        unix::Standard::Other(file) => Stream::Blocking(Blocking(file)),
    })
}

/// Standard output.
#[cfg(unix)]
pub fn output() -> io::Result<Stream<Box<dyn AsyncWrite + Send + Unpin>>> {
    use tokio::net::unix::pipe;
    Ok(match unix::open(io::stdout())? {
        unix::Standard::Pipe(file) => Stream::Ready(Box::new(pipe::Sender::from_file(file)?)),
        unix::Standard::Socket(socket) => Stream::Ready(Box::new(socket)),
        unix::Standard::Other(file) => Stream::Blocking(Blocking(file)),
    })
}

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io;
    use std::os::fd::{AsFd, OwnedFd};
    use std::os::unix::fs::FileTypeExt as _;
    use std::os::unix::net::UnixStream;

    pub enum Standard {
        Pipe(File),
        Socket(tokio::net::UnixStream),
        Other(File),
    }

    pub fn open(stream: impl AsFd) -> io::Result<Standard> {
        let file = File::from(stream.as_fd().try_clone_to_owned()?);
        let kind = file.metadata()?.file_type();
        if kind.is_fifo() {
            return Ok(Standard::Pipe(file));
        }
        if !kind.is_socket() {
            return Ok(Standard::Other(file));
        }
        let socket = UnixStream::from(OwnedFd::from(file));
        // An error if it is a socket of another family.
        if socket.local_addr().is_err() {
            return Ok(Standard::Other(OwnedFd::from(socket).into()));
        }
        socket.set_nonblocking(true)?;
        tokio::net::UnixStream::from_std(socket).map(Standard::Socket)
    }
}

#[cfg(windows)]
pub fn input() -> io::Result<Stream<Blocking>> {
    use std::os::windows::io::AsHandle as _;
    Ok(Stream::Blocking(Blocking(io::stdin().as_handle().try_clone_to_owned()?.into())))
}

#[cfg(windows)]
pub fn output() -> io::Result<Stream<Blocking>> {
    use std::os::windows::io::AsHandle as _;
    Ok(Stream::Blocking(Blocking(io::stdout().as_handle().try_clone_to_owned()?.into())))
}

/// Reads and writes in the thread that asks, without the buffers that Rust's standard streams have: one would tear each
/// message in two.
pub struct Blocking(File);

impl AsyncRead for Blocking {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, room: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = uninterrupted(|| self.0.read(room.initialize_unfilled()));
        Poll::Ready(read.map(|count| room.advance(count)))
    }
}

impl AsyncWrite for Blocking {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(uninterrupted(|| self.0.write(bytes)))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

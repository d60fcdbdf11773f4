//! Puts the server together: tower-lsp reads and routes, the main loop does the work, in one thread.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tower_lsp::{LspService, Server};

use crate::server::backend::Backend;
use crate::server::client::Client;
use crate::server::event::Event;
use crate::server::lsp::ext;
use crate::server::lsp::output::Output;
use crate::server::lsp::service::InOrder;
use crate::server::lsp::transport::{self, Channel, Input};
use crate::server::main_loop::MainLoop;

/// Serves one client until it leaves. True when it left as the protocol wants: `shutdown`, then `exit`.
pub fn serve(channel: Channel) -> io::Result<bool> {
    transport::serve(channel, converse)
}

/// Serves a client at any two streams.
pub async fn talk(
    read: impl AsyncRead + Unpin + Send + 'static,
    write: impl AsyncWrite + Unpin + Send + 'static,
) -> bool {
    let (input, output, written) = transport::connect_streams(read, write);
    let clean = converse(input, output.clone()).await;
    output.end();
    let _ = written.await;
    clean
}

async fn converse(input: Input, output: Output) -> bool {
    let (events, inbox) = mpsc::unbounded_channel();
    let (exit, ended) = (events.clone(), events.clone());
    let shutdown = Arc::new(AtomicBool::new(false));
    let mut main_loop = None;
    let (service, socket) = LspService::build(|client| {
        main_loop = Some(MainLoop::new(events.clone(), inbox, Client::new(client, output.clone())));
        Backend::new(events, Arc::clone(&shutdown))
    })
    .custom_method("window/workDoneProgress/cancel", Backend::progress_cancelled)
    .custom_method(ext::STATUS, Backend::specweave_status)
    .custom_method(ext::EVIDENCE, Backend::specweave_evidence)
    .custom_method(ext::INCREMENTS, Backend::specweave_increments)
    .finish();
    let main_loop = main_loop.map(|main_loop| tokio::spawn(main_loop.run()));
    let exited = Arc::new(AtomicBool::new(false));
    let (asked_to_exit, left) = (Arc::clone(&exited), move || drop(ended.send(Event::Exit)));
    let service = InOrder::new(service, Arc::clone(&shutdown), move || {
        asked_to_exit.store(true, Ordering::Relaxed);
        let _ = exit.send(Event::Exit);
    });
    // No level that messages could reach: tower-lsp stops reading there, also for the answers that are waited for.
    Server::new(input.when_ended(left), output, socket).concurrency_level(usize::MAX).serve(service).await;
    drop(main_loop);
    shutdown.load(Ordering::Relaxed) && exited.load(Ordering::Relaxed)
}

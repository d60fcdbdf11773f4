//! What goes to the client. The session never waits for it: notifications go straight to the writer, in their order
//! and before the answer to whatever comes next; a request's answer comes back through a callback.

use serde::Serialize;
use serde_json::value::RawValue;
use tower_lsp::Client;
use tower_lsp::jsonrpc::{self, Id, Request};
use tower_lsp::ls_types::{MessageType, ShowMessageParams, notification, request};

use crate::server::frames;
use crate::server::output::Output;

#[derive(Clone)]
pub struct Outbox {
    client: Client,
    output: Output,
    /// Where requests wait for their answers: the session lives in a thread outside the runtime.
    runtime: tokio::runtime::Handle,
}

impl Outbox {
    /// To be made inside the runtime that talks to the client.
    pub fn new(client: Client, output: Output) -> Outbox {
        Outbox { client, output, runtime: tokio::runtime::Handle::current() }
    }

    pub fn notify<N>(&self, params: N::Params)
    where
        N: notification::Notification,
    {
        let message = match serde_json::to_value(params) {
            Ok(params) => Request::build(N::METHOD).params(params).finish(),
            Err(error) => return tracing::error!("{} cannot be written: {error}", N::METHOD),
        };
        self.output.send(frames::encode(&message));
    }

    /// Of params that are written already: thousands of increments are too many for a tree of values.
    pub fn notify_written(&self, method: &'static str, params: &RawValue) {
        #[derive(Serialize)]
        struct Notification<'m> {
            jsonrpc: &'m str,
            method: &'m str,
            params: &'m RawValue,
        }
        self.output.send(frames::encode(&Notification { jsonrpc: "2.0", method, params }));
    }

    pub fn request<R>(&self, params: R::Params, then: impl FnOnce(jsonrpc::Result<R::Result>) + Send + 'static)
    where
        R: request::Request,
        R::Params: Send + 'static,
        R::Result: Send + 'static,
    {
        let client = self.client.clone();
        self.runtime.spawn(async move { then(client.send_request::<R>(params).await) });
    }

    /// Only for what the user can act on; the rest goes to the log.
    pub fn show(&self, typ: MessageType, message: impl Into<String>) {
        self.notify::<notification::ShowMessage>(ShowMessageParams { typ, message: message.into() });
    }
}

/// The answer that a request of our own is owed: written past tower-lsp, which would take it as a tree of values and
/// copy that, with all increments of a project in it.
#[derive(Debug)]
pub struct Answer {
    id: Option<Id>,
    output: Output,
}

impl Answer {
    pub fn new(id: Id, output: Output) -> Answer {
        Answer { id: Some(id), output }
    }

    pub fn send(mut self, result: &RawValue) {
        #[derive(Serialize)]
        struct Response<'m> {
            jsonrpc: &'m str,
            result: &'m RawValue,
            id: Option<Id>,
        }
        self.output.send(frames::encode(&Response { jsonrpc: "2.0", result, id: self.id.take() }));
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(id) = self.id.take() {
            self.output.send(frames::encode(&jsonrpc::Response::from_error(id, failed_inside())));
        }
    }
}

/// For a request whose answer got lost in a panic.
pub fn failed_inside() -> jsonrpc::Error {
    let message = "The request failed inside specweave-lsp; its log (stderr) says why.";
    jsonrpc::Error { code: jsonrpc::ErrorCode::InternalError, message: message.into(), data: None }
}

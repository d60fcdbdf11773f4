//! What goes to the client. The session never waits for it: notifications go straight to the writer, in their order
//! and before the answer to whatever comes next; a request's answer comes back through a callback.

use tokio::sync::mpsc::UnboundedSender;
use tower_lsp::Client;
use tower_lsp::jsonrpc::{self, Request};
use tower_lsp::ls_types::{MessageType, ShowMessageParams, notification, request};

use super::frames;

#[derive(Clone)]
pub struct Outbox {
    client: Client,
    output: UnboundedSender<Vec<u8>>,
    /// Where requests wait for their answers: the session lives in a thread outside the runtime.
    runtime: tokio::runtime::Handle,
}

impl Outbox {
    /// To be made inside the runtime that talks to the client.
    pub fn new(client: Client, output: UnboundedSender<Vec<u8>>) -> Outbox {
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
        if self.output.send(frames::encode(&message)).is_err() {
            tracing::debug!("the client is gone");
        }
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

//! What goes to the client. The session never waits for it: notifications leave in their order from a queue, and
//! a request's answer comes back through a callback.

use std::future::Future;
use std::pin::Pin;

use tokio::sync::mpsc;
use tower_lsp::Client;
use tower_lsp::jsonrpc;
use tower_lsp::ls_types::{MessageType, ShowMessageParams, notification, request};

type Sending = Pin<Box<dyn Future<Output = ()> + Send>>;
type Call = Box<dyn FnOnce(Client) -> Sending + Send>;

enum Outgoing {
    Notification(Call),
    /// Runs beside the queue: its answer may take as long as a user takes.
    Request(Call),
}

#[derive(Clone)]
pub struct Outbox {
    queue: mpsc::UnboundedSender<Outgoing>,
}

impl Outbox {
    /// The outbox, and the task that empties it.
    pub fn new(client: Client) -> (Outbox, impl Future<Output = ()> + Send) {
        let (queue, mut inbox) = mpsc::unbounded_channel();
        let deliver = async move {
            while let Some(outgoing) = inbox.recv().await {
                match outgoing {
                    Outgoing::Notification(call) => call(client.clone()).await,
                    Outgoing::Request(call) => {
                        tokio::spawn(call(client.clone()));
                    }
                }
            }
        };
        (Outbox { queue }, deliver)
    }

    pub fn notify<N>(&self, params: N::Params)
    where
        N: notification::Notification,
        N::Params: Send + 'static,
    {
        let call: Call = Box::new(|client| Box::pin(async move { client.send_notification::<N>(params).await }));
        self.send(Outgoing::Notification(call));
    }

    pub fn request<R>(&self, params: R::Params, then: impl FnOnce(jsonrpc::Result<R::Result>) + Send + 'static)
    where
        R: request::Request,
        R::Params: Send + 'static,
        R::Result: Send + 'static,
    {
        let call: Call = Box::new(|client| Box::pin(async move { then(client.send_request::<R>(params).await) }));
        self.send(Outgoing::Request(call));
    }

    /// Only for what the user can act on; the rest goes to the log.
    pub fn show(&self, typ: MessageType, message: impl Into<String>) {
        self.notify::<notification::ShowMessage>(ShowMessageParams { typ, message: message.into() });
    }

    fn send(&self, outgoing: Outgoing) {
        if self.queue.send(outgoing).is_err() {
            tracing::debug!("the client is gone");
        }
    }
}

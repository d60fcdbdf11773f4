//! What goes to the client, and what it can do. Nobody waits for it: a notification goes straight to the writer, before
//! the answer to whatever comes next; the answer to a request of ours comes back through a callback.

use std::collections::HashSet;

use serde::Serialize;
use tokio::task::JoinSet;
use tower_lsp::jsonrpc;
use tower_lsp::ls_types::{MessageType, RegistrationParams, ShowMessageParams, notification, request};

use crate::server::lsp::capabilities::Capabilities;
use crate::server::lsp::frames;
use crate::server::lsp::output::Output;

pub struct Client {
    client: tower_lsp::Client,
    output: Output,
    capabilities: Capabilities,
    problems: Vec<String>,
    /// What was said that is said only once.
    said: HashSet<String>,
    /// Requests of ours that are not answered yet.
    asked: JoinSet<()>,
    /// After its `shutdown` a client is sent nothing any more.
    shut_down: bool,
}

impl Client {
    pub fn new(client: tower_lsp::Client, output: Output) -> Client {
        let capabilities = Capabilities::default();
        Client {
            client,
            output,
            capabilities,
            problems: Vec::new(),
            said: HashSet::new(),
            asked: JoinSet::new(),
            shut_down: false,
        }
    }

    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// With what there is to say as soon as the client takes messages.
    pub fn initialize(&mut self, capabilities: Capabilities, problems: Vec<String>) {
        self.capabilities = capabilities;
        self.problems = problems;
    }

    /// The client takes messages, and registrations of what is only asked for now.
    pub fn initialized(&mut self) {
        for problem in std::mem::take(&mut self.problems) {
            self.show_once(MessageType::WARNING, problem);
        }
        let registrations = self.capabilities.registrations();
        if !registrations.is_empty() {
            self.request::<request::RegisterCapability>(RegistrationParams { registrations }, |result| {
                if let Err(error) = result {
                    tracing::warn!("the client refused a registration: {error}");
                }
            });
        }
    }

    /// No answer of the client's is waited for any more.
    pub fn shut_down(&mut self) {
        self.shut_down = true;
        self.output.only_answers();
        self.asked = JoinSet::new();
    }

    pub fn notify<N>(&self, params: &N::Params)
    where
        N: notification::Notification,
    {
        self.notify_of(N::METHOD, params);
    }

    /// Of any params: thousands of increments are too many for a tree of values.
    pub fn notify_of(&self, method: &'static str, params: &(impl Serialize + ?Sized)) {
        #[derive(Serialize)]
        struct Notification<'m, P: ?Sized> {
            jsonrpc: &'m str,
            method: &'m str,
            params: &'m P,
        }
        if !self.shut_down {
            self.output.send(frames::encode(&Notification { jsonrpc: "2.0", method, params }));
        }
    }

    pub fn request<R>(&mut self, params: R::Params, then: impl FnOnce(jsonrpc::Result<R::Result>) + Send + 'static)
    where
        R: request::Request,
        R::Params: Send + 'static,
        R::Result: Send + 'static,
    {
        if self.shut_down {
            return;
        }
        let client = self.client.clone();
        while self.asked.try_join_next().is_some() {}
        self.asked.spawn(async move { then(client.send_request::<R>(params).await) });
    }

    /// Asks for something to be drawn again; that a client does not is no matter.
    pub fn refresh<R>(&mut self)
    where
        R: request::Request<Params = (), Result = ()>,
    {
        self.request::<R>((), |result| {
            if let Err(error) = result {
                tracing::debug!("{}: {error}", R::METHOD);
            }
        });
    }

    /// Only for what the user can act on; the rest goes to the log.
    pub fn show(&self, typ: MessageType, message: impl Into<String>) {
        self.notify::<notification::ShowMessage>(&ShowMessageParams { typ, message: message.into() });
    }

    /// Shows a message once.
    pub fn show_once(&mut self, typ: MessageType, message: String) {
        if self.said.insert(message.clone()) {
            tracing::warn!("{message}");
            self.show(typ, message);
        }
    }
}

#[cfg(test)]
mod tests {
    use tower_lsp::ls_types::{InitializeParams, InitializeResult};
    use tower_lsp::{LanguageServer, LspService};

    use super::*;

    struct Nobody;

    impl LanguageServer for Nobody {
        async fn initialize(&self, _: InitializeParams) -> jsonrpc::Result<InitializeResult> {
            Ok(InitializeResult::default())
        }

        async fn shutdown(&self) -> jsonrpc::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_thing_is_said_once_and_nothing_after_shutdown() {
        let (output, mut queue) = Output::new();
        let mut clients = Vec::new();
        let _service = LspService::new(|client| {
            clients.push(Client::new(client, output));
            Nobody
        });
        let mut client = clients.remove(0);
        client.initialize(Capabilities::default(), vec!["bad setting".to_owned()]);
        client.initialized();
        client.show_once(MessageType::WARNING, "bad setting".to_owned());
        let message = String::from_utf8(queue.try_next().unwrap()).unwrap();
        assert!(message.contains("window/showMessage") && message.contains("bad setting"), "{message}");
        assert_eq!(queue.try_next(), None, "said already");
        client.shut_down();
        client.show(MessageType::ERROR, "late");
        // It would need a runtime.
        client.refresh::<request::CodeLensRefresh>();
        assert_eq!(queue.try_next(), None);
    }
}

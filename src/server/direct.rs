//! Requests whose answers may be long: written at once, past tower-lsp, which makes trees of them and copies those.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use tower_lsp::jsonrpc::Error;
use tower_lsp::ls_types::WorkspaceSymbolParams;

use crate::server::outbox::Answer;
use crate::server::session::Session;
use crate::server::status::STATUS;
use crate::server::wire;
use crate::workspace::index::{IndexedIncrement, Name};

pub const INCREMENTS: &str = "specweave/increments";

#[derive(Clone, Debug)]
pub enum Request {
    /// What is open, for a status bar.
    Status,
    /// A page of all increments, for a list of them.
    Increments(Page),
    Symbols(WorkspaceSymbolParams),
}

/// Which of the increments are asked for.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Page {
    /// So many come before it: 0, or what the page before gave as `next`.
    #[serde(default)]
    from: usize,
}

/// All of ten thousand would take longer than anybody who types can wait for.
const PAGE: usize = 200;

impl Request {
    pub fn of(method: &str, params: Option<&Value>) -> Option<Result<Request, Error>> {
        let params = params.filter(|params| !params.is_null());
        match method {
            STATUS => Some(Ok(Request::Status)),
            INCREMENTS => Some(params.map_or(Ok(Page::default()), |it| parse(method, it)).map(Request::Increments)),
            "workspace/symbol" => Some(parse(method, params.unwrap_or(&Value::Null)).map(Request::Symbols)),
            _ => None,
        }
    }

    /// Before all increments have been read some would be missed, which a search may.
    pub fn is_about_all(&self) -> bool {
        !matches!(self, Request::Symbols(_))
    }
}

fn parse<T: DeserializeOwned>(method: &str, params: &Value) -> Result<T, Error> {
    T::deserialize(params).map_err(|error| Error::invalid_params(format!("{method}: {error}.")))
}

impl Session {
    pub(super) fn answer(&mut self, request: Request, answer: Answer) {
        match request {
            Request::Status => answer.send(&self.status()),
            Request::Increments(page) => answer.send(&self.increments(page)),
            Request::Symbols(params) => answer.send(&self.workspace_symbols(&params)),
        }
    }

    fn increments(&self, Page { from }: Page) -> Box<RawValue> {
        let uris = self.folder_uris();
        let names = self.index.names();
        let row = |name: Name<'_>| {
            let row = |entry: &IndexedIncrement| {
                Some(wire::increment(name.folder, &entry.summary, uris.get(&*entry.summary.root)?))
            };
            self.index.with(name.folder, row).flatten()
        };
        let names = names.iter();
        let end = from.saturating_add(PAGE);
        let next = (end < names.len()).then_some(end);
        let rows: Vec<Box<RawValue>> = names.skip(from).take(PAGE).filter_map(row).collect();
        wire::increments(&rows, next)
    }
}

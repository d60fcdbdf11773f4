//! specweave-lsp keeps the two statuses of a SpecWeave increment in sync: the one in the frontmatter of `spec.md` and the
//! one in `metadata.json`.
//!
//! # The map, in reading order
//!
//! - [`model`]: what the files say. Pure: text in, values out. `parse` reads, `rules` has the one list of findings, `edit`
//!   turns a goal into the smallest change of bytes, `work` counts what is done.
//! - [`workspace`]: what is on disk and in the editor. `discover` finds projects, `documents` holds open documents,
//!   `check` goes from files to findings, `index` remembers them, `scan` and `watch` keep it true; `change` is the one way
//!   to disk.
//! - [`git`]: what git says, through its own program: the index, the history, the hooks.
//! - [`server`]: the language server. `main_loop` takes the events in order, `state` puts the parts together, and each
//!   request has a file in `handlers`, which sees a `snapshot`.
//! - [`cli`]: one file a command.
//!
//! # Invariants
//!
//! - Spans are byte ranges of the exact file text, BOM and CRLF included; `server::lsp::position` is the only place where
//!   they meet the protocol's positions and URIs.
//! - The way of one keystroke is a straight line: `didChange -> documents -> check -> index -> diagnostics`.
//! - Nothing in a file is ever evaluated, and what cannot be read is a finding, never healthy.

pub mod cli;
pub mod git;
pub mod model;
pub mod server;
pub mod workspace;

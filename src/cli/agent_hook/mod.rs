//! `specweave-lsp agent-hook`: what a coding agent is told after its edit, before its commit, at the end of its turn.
//!
//! It answers as JSON on stdout with exit code 0. Agents also take exit code 2 and stderr for feedback, but so ends
//! every program that is called the wrong way, an older version of this one included: a fault in the set-up would reach
//! the model as a finding.

mod answer;
mod call;
mod commit;
mod findings;
mod memory;
mod message;
mod shell;

use std::io::{IsTerminal as _, Read as _};

use clap::Args;

use crate::cli::common::Common;
use crate::cli::console::{self, CommandResult, Verdict, print};
use crate::cli::error::CliError;
use crate::workspace::config::project::Given;
use call::{Call, Moment};
use findings::Edited;
use memory::Memory;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  echo '{\"file_path\": \".specweave/increments/0047-name/spec.md\"}' | specweave-lsp agent-hook

docs/editors/agents.md says how to set it up for Claude Code, Codex, Copilot CLI, Cursor and Gemini CLI.")]
pub struct AgentHookArgs {
    /// What the agent is about to do or has done [default: what its message says]
    #[arg(long, value_enum)]
    event: Option<Moment>,
}

/// A tool call may hold a whole file twice; what is longer is no hook's message.
const LONGEST_MESSAGE: u64 = 64 * 1024 * 1024;

/// An agent takes a failure for a refusal, or shows it at each edit: what cannot be looked at is passed over.
pub fn run(args: &AgentHookArgs, common: &Common) -> CommandResult {
    if std::io::stdin().is_terminal() {
        return Err(CliError::NoAgent);
    }
    let mut text = Vec::new();
    let read = std::io::stdin().lock().take(LONGEST_MESSAGE).read_to_end(&mut text);
    let Some(call) = read.ok().and_then(|_| Call::parse(&text, args.event)) else { return Ok(Verdict::Fine) };
    match common.given() {
        Ok(given) => {
            let answer = answer_to(&call, common, &given);
            if let Some(Err(error)) = answer.map(|answer| print(format!("{answer}\n"))) {
                console::error(&error);
            }
        }
        Err(error) => console::error(&error),
    }
    Ok(Verdict::Fine)
}

fn answer_to(call: &Call, common: &Common, given: &Given) -> Option<String> {
    let text = match call.moment {
        Moment::BeforeEdit => {
            before_edit(call, given);
            None
        }
        Moment::AfterEdit => after_edit(call, given),
        Moment::BeforeCommit => {
            before_edit(call, given);
            commit::refusal(call, common, given)
        }
        Moment::TurnEnd => turn_end(call, given),
    }?;
    Some(answer::to(call, &text))
}

/// Takes note of what is there already, which the edit that follows does not bring.
fn before_edit(call: &Call, given: &Given) {
    let edited = findings::edited(call, given);
    let Some(first) = edited.first() else { return };
    let Some(mut memory) = Memory::open(call, &first.root) else { return };
    for increment in &edited {
        memory.before_edit(&increment.folder, &increment.keys());
    }
    memory.save();
}

fn after_edit(call: &Call, given: &Given) -> Option<String> {
    let mut edited = findings::edited(call, given);
    let first = edited.first()?;
    match Memory::open(call, &first.root) {
        Some(mut memory) => {
            for increment in &mut edited {
                let current = increment.keys();
                if call.by_shell {
                    // A command that only reads brings nothing: what was not looked at before is not its doing.
                    memory.before_first(&increment.folder, &current);
                }
                increment.keep(&memory.after_edit(&increment.folder, &current));
            }
            memory.save();
        }
        None if call.by_shell => return None,
        None => {}
    }
    message::of_edited(&edited, call)
}

/// What is still wrong in the increments that were edited, was not before, and has not been said at the end of a turn.
fn turn_end(call: &Call, given: &Given) -> Option<String> {
    if call.again {
        return None;
    }
    let mut memory = Memory::open_existing(call)?;
    let mut left = Vec::new();
    for folder in memory.folders() {
        let mut increment = Edited::read(&folder, given);
        let known = increment.as_ref().map(Edited::keys).unwrap_or_default();
        let errors = increment.as_ref().map(Edited::error_keys).unwrap_or_default();
        let news = memory.turn_end(&folder, &known, &errors);
        if let Some(increment) = increment.as_mut() {
            increment.keep(&news);
        }
        left.extend(increment);
    }
    memory.save();
    message::of_edited(&left, call)
}

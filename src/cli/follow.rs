//! `log --follow`: what is new, as it comes.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::cli::console::{CommandResult, Verdict};
use crate::cli::error::CliError;
use crate::cli::timeline::{self, Timeline, TimelineEvent};
use crate::git::repository::{self, Repository};
use crate::workspace::change::journal;

/// Nobody sees a line earlier than that.
const A_MOMENT: Duration = Duration::from_millis(300);

/// Writes what comes after `shown`, a line each, until somebody ends it or the reader goes.
pub fn run(
    roots: &[PathBuf],
    mut shown: Vec<TimelineEvent>,
    read: &dyn Fn() -> Timeline,
    line: &dyn Fn(&TimelineEvent) -> String,
) -> CommandResult {
    let heads: Vec<PathBuf> = roots.iter().filter_map(|root| head_log(root)).collect();
    // From before the first reading: nothing is missed in between.
    let mut before = Vec::new();
    loop {
        let now = signature(roots, &heads);
        if now != before {
            before = now;
            let timeline = read();
            for event in timeline.events {
                if shown.contains(&event) {
                    continue;
                }
                let mut out = anstream::stdout().lock();
                match writeln!(out, "{}", line(&event)).and_then(|()| out.flush()) {
                    Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(Verdict::Fine),
                    written => written.map_err(CliError::Output)?,
                }
                shown.push(event);
            }
        }
        std::thread::sleep(A_MOMENT); // between two looks, as `tail --follow` does it
    }
}

/// git writes a line into it whenever something else is checked out, or committed.
fn head_log(root: &Path) -> Option<PathBuf> {
    let repository = Repository::around(root).ok()?;
    let line = repository.line(&["rev-parse", "--path-format=absolute", "--git-path", "logs/HEAD"]).ok()?;
    Some(repository::path(&line))
}

/// Tells whether something has been written since.
fn signature(roots: &[PathBuf], heads: &[PathBuf]) -> Vec<(PathBuf, u64, Option<SystemTime>)> {
    let ledgers = roots.iter().flat_map(|root| timeline::ledgers(root)).map(|(_, path)| path);
    let paths = roots.iter().map(|root| journal::path(root)).chain(ledgers).chain(heads.iter().cloned());
    let state = |path: PathBuf| {
        let metadata = fs::metadata(&path).ok()?;
        Some((path, metadata.len(), metadata.modified().ok()))
    };
    paths.filter_map(state).collect()
}

//! What there is to know when one of two statuses has to be chosen: who changed each last and when, what is open, what the
//! last verification found. Facts, no advice.

use std::path::Path;
use std::time::UNIX_EPOCH;

use jiff::Timestamp;
use ropey::Rope;

use crate::git::blame::{self, LastChange};
use crate::git::repository::Repository;
use crate::model::increment::Increment;
use crate::model::parse;
use crate::model::rules::one_line;
use crate::model::status::Side;
use crate::model::work::Work;
use crate::workspace::change::journal::JournalEntry;
use crate::workspace::line_index::{self, Encoding};

/// What is asked: git is, and the journal's lines.
pub struct Witnesses<'w> {
    pub repository: Option<&'w Repository>,
    pub journal: &'w [JournalEntry],
}

impl Witnesses<'_> {
    /// `since 2025-11-20 09:41 UTC, 1f2e3d4c5b by Anna: Close the increment`
    pub fn since(&self, folder: &Path, increment: &Increment, side: Side) -> Option<String> {
        let file = increment.file(side);
        let text = Rope::from_str(&parse::mask(file.bytes()).0);
        let field = file.parsed.status_field()?;
        let line = line_index::line_col(&text, field.span.start, Encoding::Utf8).line + 1;
        let path = folder.join(side.file_name());
        let committed = self.repository.and_then(|repository| blame::line(repository, &path, line));
        match committed {
            Some(LastChange::Committed { commit, author, when, subject }) => Some(format!(
                "since {}, {} by {}: {}",
                shown(when),
                commit.get(..10).unwrap_or(&commit),
                one_line(&author),
                one_line(&subject)
            )),
            None | Some(LastChange::Now) => self.not_committed(&path, increment, side),
        }
    }

    fn not_committed(&self, path: &Path, increment: &Increment, side: Side) -> Option<String> {
        let status = increment.file(side).parsed.status_text();
        let wrote = |entry: &&JournalEntry| {
            entry.is_done()
                && entry.increment == increment.id
                && entry.files.iter().any(|file| file.file == Path::new(side.file_name()))
        };
        // Only the last of our own changes can be what is there now.
        let ours = self.journal.iter().rev().find(wrote).filter(|entry| Some(entry.to.as_str()) == status);
        if let Some(entry) = ours {
            let time = entry.time.parse::<Timestamp>().map_or_else(|_| entry.time.clone(), shown);
            return Some(format!("since {time}, by specweave-lsp ({}), not committed yet", entry.way));
        }
        // Without git a file's time may be that of a copy.
        self.repository?;
        let modified = path.metadata().and_then(|metadata| metadata.modified()).ok();
        let written = modified.and_then(|time| {
            let seconds = time.duration_since(UNIX_EPOCH).ok()?.as_secs();
            Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
        });
        Some(match written {
            Some(written) => format!("not committed yet, file written {}", shown(written)),
            None => "not committed yet".to_owned(),
        })
    }
}

/// `2 of 5 tasks are open; reports/verify.json of 2025-11-20 09:41 UTC says not ok`
pub fn work(work: Option<&Work>) -> String {
    let open = work.and_then(|work| work.progress.open_work());
    let open = open.unwrap_or_else(|| "no open tasks or acceptance criteria".to_owned());
    match work.and_then(|work| work.verification.as_ref()) {
        None => open,
        Some(found) => {
            let of = found.ran_at.map(|time| format!(" of {}", shown(time))).unwrap_or_default();
            let says = match found.ok {
                Some(true) => "says ok",
                Some(false) => "says not ok",
                None => "does not say whether it is ok",
            };
            format!("{open}; reports/verify.json{of} {says}")
        }
    }
}

fn shown(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

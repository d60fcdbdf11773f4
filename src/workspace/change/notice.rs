//! What a change has to say that is no error of its own.

use std::fmt;
use std::path::PathBuf;

use crate::model::file_kind::FileKind;
use crate::workspace::change::error::{ChangeError, Unfinished};

#[derive(Debug)]
pub enum ChangeNotice {
    /// Another process of this tool holds the project.
    Waiting {
        lock: PathBuf,
        seconds: u64,
    },
    WaitingForPeer {
        file: PathBuf,
        lock: PathBuf,
        seconds: u64,
    },
    /// What an interrupted run left was finished, or undone.
    Recovered {
        id: String,
        /// The tasks and criteria it was about; none for a change of status.
        items: Vec<String>,
        to: String,
        finished: bool,
        kept: Option<KeptForeign>,
    },
    /// The change counts; what it left behind could not be removed.
    LeftBehind {
        id: String,
        why: ChangeError,
    },
}

/// A file that somebody else changed since, and what there is to do.
#[derive(Debug)]
pub struct KeptForeign {
    pub file: FileKind,
    pub agreement: Agreement,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Agreement {
    Agree,
    Disagree,
    /// One of them cannot be read.
    Unknown,
}

/// Where notices go.
pub type Say<'s> = &'s dyn Fn(&ChangeNotice);

impl fmt::Display for ChangeNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChangeNotice::Waiting { lock, seconds } => {
                write!(f, "waiting for another specweave-lsp process, for up to {seconds} s (lock {})", lock.display())
            }
            ChangeNotice::WaitingForPeer { file, lock, seconds } => write!(
                f,
                "waiting for SpecWeave, which is changing {}, for up to {seconds} s (lock {})",
                file.display(),
                lock.display()
            ),
            ChangeNotice::Recovered { id, items, to, finished, kept } => {
                let done = if *finished { "finished" } else { "undone" };
                match items.as_slice() {
                    [] => write!(f, "an interrupted change of {id} to {to} was {done}")?,
                    items => write!(f, "an interrupted change of {} in {id} to {to} was {done}", items.join(", "))?,
                }
                let Some(KeptForeign { file, agreement }) = kept else { return Ok(()) };
                let next = match agreement {
                    Agreement::Agree => "the statuses agree".to_owned(),
                    Agreement::Disagree => format!("the statuses disagree, run `specweave-lsp sync {id}`"),
                    Agreement::Unknown => format!("look at what is left with `specweave-lsp check {id}`"),
                };
                write!(f, ", except in {}, which was changed since and was left as it is; {next}", file.file_name())
            }
            ChangeNotice::LeftBehind { id, why } => Unfinished { id, why }.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_recovered_is_said_with_what_is_left_to_do() {
        let recovered = |items: &[&str], finished, kept| {
            ChangeNotice::Recovered {
                id: "0001-a".to_owned(),
                items: items.iter().map(|&item| item.to_owned()).collect(),
                to: "done".to_owned(),
                finished,
                kept,
            }
            .to_string()
        };
        assert_eq!(recovered(&[], true, None), "an interrupted change of 0001-a to done was finished");
        assert_eq!(
            recovered(&["T-001", "T-002"], false, None),
            "an interrupted change of T-001, T-002 in 0001-a to done was undone"
        );
        let kept = Some(KeptForeign { file: FileKind::Spec, agreement: Agreement::Disagree });
        assert_eq!(
            recovered(&[], false, kept),
            "an interrupted change of 0001-a to done was undone, except in spec.md, which was changed since and was left \
             as it is; the statuses disagree, run `specweave-lsp sync 0001-a`"
        );
    }
}

//! The files themselves: missing, unreadable, or not what they should be.

use crate::model::file_kind::FileKind;
use crate::model::increment::{Increment, Source};
use crate::model::rules::code::Code;
use crate::model::rules::finding::Finding;
use crate::model::rules::problem;
use crate::model::status::Side;

pub fn check(increment: &Increment, side: Side, findings: &mut Vec<Finding>) {
    let file = increment.file(side);
    match &file.source {
        Source::Missing => {
            let other = side.other();
            if !matches!(increment.file(other).source, Source::Missing) {
                let message = format!("This increment has no {}.", side.file_name());
                findings.push(Finding::new(Code::MissingFile, other, increment.file(other).first_line(), message));
            }
        }
        Source::Unreadable(reason) => {
            let message = format!("{} cannot be read: {reason}.", side.file_name());
            findings.push(Finding::new(Code::UnreadableFile, side, 0..0, message));
        }
        Source::Text(_) => findings.extend(file.parsed.problems.iter().map(|found| {
            let (code, message) = (problem::code(side, &found.kind), problem::message(side, &found.kind));
            Finding::new(code, side, found.span.clone(), message)
        })),
    }
}

/// The files of the work. None of them has to be there; what they say is for other rules.
pub fn others(increment: &Increment, findings: &mut Vec<Finding>) {
    for file in [FileKind::Tasks, FileKind::Ledger, FileKind::Verification] {
        if let Source::Unreadable(reason) = increment.source(file) {
            let message = format!("{} cannot be read: {reason}.", file.file_name());
            findings.push(Finding::new(Code::UnreadableFile, file, 0..0, message));
        }
    }
}

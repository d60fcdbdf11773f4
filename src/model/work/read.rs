//! The texts of an increment -> its work.

use std::sync::Arc;

use jiff::Timestamp;

use crate::model::generation::Generation;
use crate::model::parse::ledger::{self, Ledger};
use crate::model::parse::verification;
use crate::model::parse::work::{Doc, Outline, parse, with_other_frontmatter};
use crate::model::work::disagreement;
use crate::model::work::joined::Joined;
use crate::model::work::types::{Progress, Work, WorkTexts};

/// What was found in an increment's texts when they were last read. A keystroke changes one of them; the others need not
/// be read again.
#[derive(Debug, Default)]
pub struct ParsedTexts {
    spec: Parsed<Outline>,
    tasks: Parsed<Outline>,
    ledger: Parsed<Ledger>,
}

/// A text, and what was found in it.
type Parsed<T> = Option<(Box<str>, Arc<T>)>;

/// `parse` is told what it was before.
fn parsed<T>(known: &mut Parsed<T>, text: &str, parse: impl FnOnce(&Parsed<T>) -> T) -> Arc<T> {
    match known {
        Some((same, found)) if **same == *text => Arc::clone(found),
        _ => {
            let found = Arc::new(parse(known));
            *known = Some((text.into(), Arc::clone(&found)));
            found
        }
    }
}

fn outline(known: &mut Parsed<Outline>, text: &str, doc: Doc) -> Arc<Outline> {
    parsed(known, text, |known| {
        let moved = known.as_ref().and_then(|(old, found)| with_other_frontmatter(found, old, text));
        moved.unwrap_or_else(|| parse(text, doc))
    })
}

/// Reads and joins the texts as they are at the time `now`; a claim lives for `lease_hours`.
pub fn read(texts: WorkTexts<'_>, now: Timestamp, lease_hours: u32, known: &mut ParsedTexts) -> Work {
    let spec = outline(&mut known.spec, texts.spec, Doc::Spec);
    let tasks = texts.tasks.map(|text| outline(&mut known.tasks, text, Doc::Tasks));
    let generation = Generation::of(&spec, tasks.as_deref(), texts.ledger.is_some());
    let ledger = texts.ledger.map(|text| {
        let ledger = parsed(&mut known.ledger, text, |_| ledger::parse(text));
        let fold = ledger::fold(&ledger, now, lease_hours);
        (ledger, fold)
    });
    let verification = texts.verification.map(verification::parse);
    let mut work = Work { generation, spec, tasks, ledger, verification, ..Work::default() };
    let joined = Joined::of(&work, &texts);
    let (progress, open, disagreements) = (joined.progress(), joined.open(), disagreement::all(&joined));
    (work.progress, work.open, work.disagreements) = (progress, open, disagreements);
    work
}

/// The two counts of two texts without a ledger, for where no more is asked.
pub fn count(tasks: &str, spec: &str) -> Progress {
    let texts = WorkTexts { spec, tasks: Some(tasks), ..WorkTexts::default() };
    read(texts, Timestamp::UNIX_EPOCH, ledger::LEASE_HOURS, &mut ParsedTexts::default()).progress
}

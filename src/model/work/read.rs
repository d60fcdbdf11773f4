//! The texts of an increment -> its work.

use jiff::Timestamp;

use crate::model::generation::Generation;
use crate::model::parse::ledger;
use crate::model::parse::verification;
use crate::model::parse::work::{Doc, parse};
use crate::model::work::disagreement;
use crate::model::work::joined::Joined;
use crate::model::work::types::{Progress, Work, WorkTexts};

/// Reads and joins the texts as they are at the time `now`; a claim lives for `lease_hours`.
pub fn read(texts: WorkTexts<'_>, now: Timestamp, lease_hours: u32) -> Work {
    let spec = parse(texts.spec, Doc::Spec);
    let tasks = texts.tasks.map(|text| parse(text, Doc::Tasks));
    let generation = Generation::of(&spec, tasks.as_ref(), texts.ledger.is_some());
    let ledger = texts.ledger.map(|text| {
        let ledger = ledger::parse(text);
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
    read(WorkTexts { spec, tasks: Some(tasks), ..WorkTexts::default() }, Timestamp::UNIX_EPOCH, ledger::LEASE_HOURS)
        .progress
}

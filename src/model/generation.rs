//! Which generation of SpecWeave an increment is of, by its files. A version in config.json does not tell, and all three
//! stand side by side in one project.

use super::parse::work::{Kind, Outline};
use super::status::Status;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Generation {
    /// spec.md and tasks.md; tasks are ticked off in tasks.md.
    #[default]
    One,
    /// The same, and a ledger that says which tasks are done.
    Two,
    /// Tasks stand in spec.md, a ledger says which are done, and metadata.json alone has the status.
    Three,
}

impl Generation {
    /// `tasks` is none where there is no tasks.md.
    pub fn of(spec: &Outline, tasks: Option<&Outline>, has_ledger: bool) -> Generation {
        match tasks {
            None if has_ledger || spec.tasks_heading.is_some() => Generation::Three,
            None => Generation::One,
            Some(_) if has_ledger => Generation::Two,
            // Before the first claim there is no ledger and no board, but the form of the tasks is SpecWeave 2's own.
            Some(tasks) if tasks.has_board || tasks.of(Kind::Task).any(|task| task.has_fields) => Generation::Two,
            Some(_) => Generation::One,
        }
    }

    /// Tasks are done by what the ledger says, not by a tick.
    pub fn has_ledger(self) -> bool {
        self != Generation::One
    }

    /// The word that SpecWeave of that generation writes.
    pub fn word(self, status: Status) -> &'static str {
        match (self, status) {
            (Generation::Two | Generation::Three, Status::Planning) => "planned",
            _ => status.as_str(),
        }
    }

    pub fn number(self) -> u8 {
        match self {
            Generation::One => 1,
            Generation::Two => 2,
            Generation::Three => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::work::{Doc, parse};
    use super::*;

    #[test]
    fn files_tell_the_generation() {
        let fields = "### T-01 A\n- AC: AC-01 | Files: a | Test: -\n";
        let board = "<!-- SW:BOARD -->\n| Task |\n<!-- /SW:BOARD -->\n### T-01 A\n";
        for (spec, tasks, ledger, expected) in [
            ("# A\n## Tasks\n### T-01 A\n", None, false, Generation::Three),
            ("# A\n## Tasks\n", None, true, Generation::Three),
            ("# A\n", None, true, Generation::Three),
            ("# A\n", None, false, Generation::One),
            ("# A\n```\n## Tasks\n```\n### Tasks\n", None, false, Generation::One),
            ("# A\n", Some("### T-001: A\n"), false, Generation::One),
            ("# A\n## Tasks\n### T-01 A\n", Some("### T-001: A\n"), false, Generation::One),
            ("# A\n", Some(""), false, Generation::One),
            ("# A\n", Some("### T-001: A\n"), true, Generation::Two),
            ("# A\n", Some(board), false, Generation::Two),
            ("# A\n", Some(fields), false, Generation::Two),
            ("# A\n## Tasks\n", Some(fields), true, Generation::Two),
        ] {
            let tasks_outline = tasks.map(|text| parse(text, Doc::Tasks));
            let found = Generation::of(&parse(spec, Doc::Spec), tasks_outline.as_ref(), ledger);
            assert_eq!(found, expected, "{spec:?} {tasks:?} {ledger}");
        }
    }
}

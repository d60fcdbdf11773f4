//! The words of a status bar: so short that no editor cuts them off, the worst thing first.

use crate::model::rules::one_line;
use crate::model::status::Status;
use crate::server::lsp::ext::ProjectStatus;
use crate::workspace::summary::{self, Summary};

/// VS Code cuts an item off at 40 % of its window, other editors share one line among all.
const LONGEST: usize = 40;

/// `⊗ 0087 active ≠ completed`, `⊗ 3 desyncs`, `0086 5/7 +2`, `no open increments`; empty without a project.
pub fn text(projects: &[ProjectStatus<'_>]) -> String {
    if projects.is_empty() {
        return String::new();
    }
    let count = |part: fn(&ProjectStatus<'_>) -> usize| projects.iter().map(part).sum::<usize>();
    match count(|project| project.counts.desyncs) {
        0 => {}
        1 => {
            let mut lines = projects.iter().flat_map(|project| project.open.iter().chain(&project.closed));
            return lines.find(|line| line.desynced).map_or_else(|| "⊗ 1 desync".to_owned(), desync);
        }
        several => return format!("⊗ {several} desyncs"),
    }
    let progress = progress(projects.iter().flat_map(|project| &project.open));
    match count(|project| project.counts.errors) {
        0 => progress,
        1 => format!("⊗ 1 error · {progress}"),
        several => format!("⊗ {several} errors · {progress}"),
    }
}

/// For screen readers, which read all of it each time: plain words, the name first.
pub fn label(projects: &[ProjectStatus<'_>]) -> String {
    const LONGEST: usize = 120;
    let label = label_in_full(projects);
    if label.chars().count() <= LONGEST {
        return label;
    }
    label.chars().take(LONGEST - 1).chain(['…']).collect()
}

fn label_in_full(projects: &[ProjectStatus<'_>]) -> String {
    let lines = || projects.iter().flat_map(|project| project.open.iter().chain(&project.closed));
    let mut desynced = lines().filter(|line| line.desynced);
    if let Some(first) = desynced.next() {
        let said = |status: &Option<summary::Word>| status.as_deref().map_or("nothing".to_owned(), one_line);
        return match desynced.count() {
            0 => format!(
                "{}: spec.md says {}, metadata.json says {}",
                first.name(),
                said(&first.spec_status),
                said(&first.metadata_status)
            ),
            more => format!("{} and {more} more: statuses disagree", first.name()),
        };
    }
    match projects.iter().map(|project| project.counts.errors).sum() {
        0 => {}
        1 => return "1 SpecWeave increment with errors".to_owned(),
        errors => return format!("{errors} SpecWeave increments with errors"),
    }
    let (shown, more) = match worked_on(projects.iter().flat_map(|project| &project.open)) {
        Some(found) => found,
        None => return "SpecWeave: no open increments".to_owned(),
    };
    let progress = shown.progress();
    let status = shown.meaning().map_or_else(|| "no status".to_owned(), |status| status.title().to_owned());
    let more = (more > 0).then(|| format!("{more} more"));
    let counted = [progress.tasks.of("tasks"), progress.criteria.of("acceptance criteria"), more];
    let parts: Vec<String> = std::iter::once(status).chain(counted.into_iter().flatten()).collect();
    format!("{}: {}", shown.name(), parts.join(", "))
}

fn desync(line: &Summary) -> String {
    let name = name(line);
    let said = |status: &Option<summary::Word>| status.as_deref().map_or("no status".to_owned(), one_line);
    let text = format!("⊗ {name} {} ≠ {}", said(&line.spec_status), said(&line.metadata_status));
    if text.chars().count() <= LONGEST { text } else { format!("⊗ {name} desync") }
}

/// The oldest active increment, else the oldest that is open; and how many more there are of its kind.
fn worked_on<'l>(open: impl Iterator<Item = &'l Summary>) -> Option<(&'l Summary, usize)> {
    let mut open: Vec<&Summary> = open.collect();
    summary::sort_oldest_first(&mut open);
    let is_active = |line: &&&Summary| line.meaning() == Some(Status::Active);
    let active = open.iter().filter(is_active).count();
    let first = open.iter().find(is_active).or(open.first())?;
    Some((first, if active > 0 { active } else { open.len() } - 1))
}

fn progress<'l>(open: impl Iterator<Item = &'l Summary>) -> String {
    let Some((first, more)) = worked_on(open) else { return "no open increments".to_owned() };
    let progress = first.progress();
    let counted = [progress.tasks, progress.criteria].into_iter().find(|count| count.total > 0);
    let done = counted.map_or(String::new(), |count| format!(" {}/{}", count.done, count.total));
    let more = match more {
        0 => String::new(),
        more => format!(" +{more}"),
    };
    format!("{}{done}{more}", name(first))
}

/// `0087` of `0087-auth`; of a name without a number what there is room for.
fn name(line: &Summary) -> String {
    const LONGEST: usize = 12;
    let id = line.id();
    let number = id.split('-').next().filter(|part| part.starts_with(|c: char| c.is_ascii_digit()));
    let name = number.filter(|part| part.len() <= LONGEST).unwrap_or(&id);
    let shown = one_line(name);
    if shown.chars().count() <= LONGEST {
        return shown;
    }
    shown.chars().take(LONGEST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::path::{Path, PathBuf};
    use std::sync::Arc;

    use super::*;
    use crate::model::work::{Count, Progress};
    use crate::server::lsp::ext::{Counts, FolderUris};
    use crate::workspace::project::Project;

    fn line(id: &str, status: &str, metadata: &str) -> Summary {
        Summary {
            root: Arc::from(Path::new("/p")),
            folder: Arc::from(Path::new("/p").join(id)),
            title: None,
            created: None,
            created_in_spec: false,
            status: Some(Cow::Owned(status.to_owned())),
            spec_status: Some(Cow::Owned(status.to_owned())),
            metadata_status: Some(Cow::Owned(metadata.to_owned())),
            desynced: status != metadata,
            unreadable: false,
            progress: Some(Box::new(Progress {
                tasks: Count { done: 5, total: 7, ..Count::default() },
                criteria: Count { done: 1, total: 2, ..Count::default() },
                ..Progress::default()
            })),
        }
    }

    fn said(errors: usize, lines: Vec<Summary>) -> String {
        let (open, closed): (Vec<Summary>, Vec<Summary>) = lines.into_iter().partition(Summary::is_open);
        let desyncs = open.iter().chain(&closed).filter(|line| line.desynced).count();
        let counts = Counts { increments: 9, open: open.len(), desyncs, errors, warnings: 3 };
        let project = Project::new(PathBuf::from("/p"));
        let text = text(&[ProjectStatus { uris: FolderUris::of(&project), open, closed, counts }]);
        assert!(text.chars().count() <= LONGEST, "{text}");
        text
    }

    fn read_out(errors: usize, open: Vec<Summary>) -> String {
        let counts = Counts { increments: 9, open: open.len(), desyncs: 0, errors, warnings: 3 };
        let project = Project::new(PathBuf::from("/p"));
        let label = label(&[ProjectStatus { uris: FolderUris::of(&project), open, closed: Vec::new(), counts }]);
        assert!(label.chars().count() <= 120 && !label.contains(['*', '`', '[', '$', '|', '█']), "{label}");
        label
    }

    #[test]
    fn screen_readers_hear_the_name_first_and_not_much() {
        let titled = |id: &str, status: &str, metadata: &str| Summary {
            title: Some(Box::from("Auth security hardening")),
            ..line(id, status, metadata)
        };
        let desync = || titled("0087-auth", "active", "completed");
        assert_eq!(
            read_out(0, vec![titled("0086-a", "active", "active"), desync()]),
            "0087 Auth security hardening: spec.md says active, metadata.json says completed"
        );
        assert_eq!(
            read_out(0, vec![desync(), titled("0088-b", "paused", "active")]),
            "0087 Auth security hardening and 1 more: statuses disagree"
        );
        assert_eq!(
            read_out(0, vec![line("0001-plan", "planned", "planned"), titled("0086-a", "in-progress", "in-progress")]),
            "0086 Auth security hardening: Active, 5/7 tasks, 1/2 acceptance criteria"
        );
        assert_eq!(read_out(2, Vec::new()), "2 SpecWeave increments with errors");
        assert_eq!(read_out(0, vec![]), "SpecWeave: no open increments");
        let long = Summary { title: Some("A title that goes on and on. ".repeat(9).into()), ..desync() };
        assert_eq!(read_out(0, vec![long]).chars().count(), 120);
    }

    #[test]
    fn the_alarm_comes_first() {
        let healthy = || line("0086-a", "active", "active");
        assert_eq!(said(1, vec![healthy(), line("0087-b", "active", "completed")]), "⊗ 0087 active ≠ completed");
        assert_eq!(said(0, vec![healthy(), line("0087-b", "completed", "active")]), "⊗ 0087 completed ≠ active");
        let both = vec![healthy(), line("0087-b", "active", "paused"), line("0088G-c", "completed", "active")];
        assert_eq!(said(0, both), "⊗ 2 desyncs");
        assert_eq!(
            said(0, vec![line("0087G-b", "in-progress", "ready_for_review")]),
            "⊗ 0087G in-progress ≠ ready_for_review"
        );
        assert_eq!(said(0, vec![line("0087G-b", "ready_for_review", "ready for review")]), "⊗ 0087G desync");
        assert_eq!(said(0, vec![line("0087-b", "a\nb", "active")]), "⊗ 0087 a\\nb ≠ active");
        assert_eq!(said(0, vec![line("a-name-without-a-number", "active", "done")]), "⊗ a-name-with… active ≠ done");
    }

    #[test]
    fn then_what_is_worked_on() {
        let active = |id: &str| line(id, "active", "active");
        let plan = || line("0001-plan", "planned", "planned");
        assert_eq!(said(0, vec![]), "no open increments");
        assert_eq!(said(0, vec![plan(), active("0087-b"), active("0086-a")]), "0086 5/7 +1");
        assert_eq!(said(0, vec![plan()]), "0001 5/7", "nothing is active: the oldest that is open");
        assert_eq!(said(2, vec![active("0086-a")]), "⊗ 2 errors · 0086 5/7", "what the colour is for");
        let criteria = Progress {
            tasks: Count::default(),
            criteria: Count { done: 1, total: 2, ..Count::default() },
            ..Progress::default()
        };
        assert_eq!(said(0, vec![Summary { progress: Some(Box::new(criteria)), ..active("0086-a") }]), "0086 1/2");
        assert_eq!(said(0, vec![Summary { progress: None, ..active("0086-a") }]), "0086");
    }
}

//! All that is known of one increment, for a person.

use std::fmt::Write as _;
use std::path::Path;

use crate::cli::output::colours::{STRONG, palette};
use crate::cli::output::text;
use crate::model::increment::Increment;
use crate::model::parse;
use crate::model::parse::work::Kind;
use crate::model::rules::{Severity, one_line};
use crate::model::status::Side;
use crate::model::work::{Progress, Work, WorkFile};
use crate::workspace::check::{self, Depth};
use crate::workspace::config::Settings;
use crate::workspace::discover;
use crate::workspace::documents::Documents;
use crate::workspace::project;
use crate::workspace::report::Report;

/// Its statuses, its progress with what is open, and what is found in it.
pub fn text(folder: &Path, settings: &Settings) -> String {
    let (increment, work) = check::load(folder, &Documents::default(), settings, Depth::Work);
    let mut text = format!("{STRONG}{}{STRONG:#}\n", project::id_of(folder));
    if let Some(title) = increment.title() {
        let _ = writeln!(text, "{}", one_line(title));
    }
    text.push('\n');
    text.push_str(&statuses(&increment));
    if let Some(work) = &work {
        text.push_str(&work_of(&increment, work));
    }
    if let Some((root, _)) = discover::increment_of(folder) {
        let mut report = Report::default();
        report.add_project(&root, 0);
        report.add_increment(&root, folder, &Documents::default(), settings, &[], true);
        let found = text::findings(&report, &text::on_disk, Severity::Hint);
        if !found.is_empty() {
            let _ = write!(text, "\n{}", found.trim_end());
        }
    }
    text
}

fn statuses(increment: &Increment) -> String {
    let style = if increment.is_desynced() { palette().error } else { anstyle::Style::new() };
    let line = |side: Side| {
        let status = increment.file(side).parsed.status_text().map_or("-".to_owned(), one_line);
        format!("  {:<13}  {style}{status}{style:#}\n", side.file_name())
    };
    Side::BOTH.map(line).concat()
}

fn work_of(increment: &Increment, work: &Work) -> String {
    let Progress { tasks, criteria, .. } = work.progress;
    let counted = [tasks.of("tasks"), criteria.of("acceptance criteria")].into_iter().flatten().collect::<Vec<_>>();
    if counted.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{} done\n", counted.join(", "));
    let spec = parse::mask(increment.spec.bytes()).0;
    let tasks = parse::mask(increment.tasks.bytes()).0;
    for open in &work.open {
        let (outline, source) = match open.place.file {
            WorkFile::Tasks => (work.tasks.as_ref(), &tasks),
            _ => (Some(&work.spec), &spec),
        };
        let is_it = |item: &&parse::work::Item| item.kind == open.kind && item.section.start == open.section.start;
        let title =
            outline.and_then(|outline| outline.items.iter().find(is_it)).and_then(|it| source.get(it.title.clone()));
        let name = if open.kind == Kind::Story { "" } else { open.name.as_str() };
        let _ = writeln!(text, "  [ ] {name}  {}", one_line(title.unwrap_or_default().trim()));
    }
    text
}

//! A plan as people read it: one line, or a diff.

use std::path::Path;

use diffy::{DiffOptions, PatchFormatter};

use crate::cli::console;
use crate::cli::error::CliError;
use crate::cli::output::colours::{STRONG, palette};
use crate::model::file_kind::FileKind;
use crate::model::rules::one_line;
use crate::workspace::change::plan::{FileChange, Plan};
use crate::workspace::change::undo;
use crate::workspace::fs::paths::slashed;

/// `0047-x: spec.md active → completed`, or `0047-x: T-001, AC-US1-02 → done`.
pub fn summary(plan: &Plan) -> String {
    if !plan.items.is_empty() {
        return format!("{}: {} → {}", plan.id, plan.items.join(", "), plan.to);
    }
    let parts: Vec<String> = plan
        .files
        .iter()
        .map(|file| {
            let before = if file.file == FileKind::Spec { &plan.from.0 } else { &plan.from.1 };
            let before = before.as_deref().map_or("(none)".to_owned(), one_line);
            format!("{} {before} → {}", file.file.file_name(), one_line(&plan.to))
        })
        .collect();
    format!("{}: {}", plan.id, parts.join(", "))
}

/// The same for a plan that gives each file a status of its own.
pub fn statuses(plan: &Plan) -> String {
    if !plan.items.is_empty() {
        return summary(plan);
    }
    let parts: Vec<String> = plan
        .files
        .iter()
        .map(|file| {
            let shown = |text: &[u8]| undo::status(file.file, text).map_or("(none)".to_owned(), |text| one_line(&text));
            format!("{} {} → {}", file.file.file_name(), shown(&file.before), shown(&file.after()))
        })
        .collect();
    format!("{}: {}", plan.id, parts.join(", "))
}

/// Shows what the plans would change: coloured for people, and for `patch` byte for byte.
pub fn show<'p>(root: &Path, plans: impl IntoIterator<Item = &'p Plan>) -> Result<(), CliError> {
    let coloured = console::is_coloured();
    let of_plan = |plan| -> Vec<u8> {
        let files = unified(root, plan);
        if coloured { files.iter().flat_map(|file| painted(file)).collect() } else { files.concat() }
    };
    console::page_raw(&plans.into_iter().flat_map(of_plan).collect::<Vec<u8>>())
}

/// A unified diff of each file, with paths relative to the (outermost) project.
fn unified(root: &Path, plan: &Plan) -> Vec<Vec<u8>> {
    let of_file = |file: &FileChange| {
        let after = file.after();
        let path = slashed(file.path.strip_prefix(root).unwrap_or(&file.path));
        let mut options = DiffOptions::new();
        options.set_original_filename(format!("a/{path}")).set_modified_filename(format!("b/{path}"));
        let mut text = Vec::new();
        // As git writes it; writing into memory cannot fail.
        let format = PatchFormatter::new().suppress_blank_empty(false);
        let _ = format.write_patch_into(&options.create_patch_bytes(&file.before, &after), &mut text);
        text
    };
    plan.files.iter().map(of_file).collect()
}

/// The diff of one file as git colours it. What a file could tell the terminal is shown instead.
fn painted(diff: &[u8]) -> Vec<u8> {
    let palette = palette();
    let text = String::from_utf8_lossy(diff);
    let line = |(at, line): (usize, &str)| {
        let style = match line.chars().next() {
            // Only there: a line that is taken out may begin with two dashes, too.
            _ if at < 2 => STRONG,
            Some('@') => palette.hint,
            Some('+') => palette.good,
            Some('-') => palette.error,
            _ => anstyle::Style::new(),
        };
        let shown: String = line.chars().flat_map(visible).collect();
        format!("{style}{shown}{style:#}\n")
    };
    text.lines().enumerate().map(line).collect::<String>().into_bytes()
}

fn visible(c: char) -> Vec<char> {
    if c.is_control() && c != '\t' { c.escape_default().collect() } else { vec![c] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_is_coloured_line_by_line() {
        let diff = b"--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n--- b\n+c\x1b[2J\n";
        let shown = String::from_utf8(painted(diff)).unwrap();
        let lines: Vec<&str> = shown.lines().collect();
        let is = |at: usize, style: anstyle::Style| lines[at].starts_with(&style.render().to_string());
        assert!(is(0, STRONG) && is(1, STRONG) && is(2, palette().hint), "{shown:?}");
        assert_eq!(lines[3], " a");
        assert!(is(4, palette().error) && is(5, palette().good), "{shown:?}");
        assert!(lines[5].contains("+c\\u{1b}[2J"), "{shown:?}");
    }
}

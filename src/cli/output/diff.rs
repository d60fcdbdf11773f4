//! A plan as people read it: one line, or a diff.

use std::path::Path;

use similar::TextDiff;

use crate::model::file_kind::FileKind;
use crate::model::rules::one_line;
use crate::workspace::change::plan::Plan;

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

/// A unified diff with paths relative to the (outermost) project, byte for byte.
pub fn unified(root: &Path, plan: &Plan) -> Vec<u8> {
    let mut text = Vec::new();
    for file in &plan.files {
        let after = file.after();
        let path = file.path.strip_prefix(root).unwrap_or(&file.path).display().to_string();
        let diff = TextDiff::from_lines(file.before.as_slice(), after.as_slice());
        let mut unified = diff.unified_diff();
        // Writing into memory cannot fail.
        let _ = unified.header(&format!("a/{path}"), &format!("b/{path}")).to_writer(&mut text);
    }
    text
}

//! What is told, in few words: an agent's context is dear, and a long text is not followed.

use std::path::Path;

use super::call::{Call, Moment};
use super::findings::Edited;
use crate::git::pre_commit::quoted;
use crate::model::rules::Code;
use crate::model::status::Side;
use crate::workspace::fs::paths::slashed;
use crate::workspace::report::Reported;

/// In characters.
pub const LONGEST: usize = 600;

/// `None` where nothing is to be told.
pub fn of_edited(edited: &[Edited], call: &Call) -> Option<String> {
    let unwell: Vec<&Edited> = edited.iter().filter(|increment| !increment.findings.is_empty()).collect();
    let first = unwell.first()?;
    let mut lines = Vec::new();
    for increment in &unwell {
        let id = &increment.id;
        lines.extend(increment.findings.iter().map(|found| match unwell.len() {
            1 => line(found),
            _ => format!("{id}, {}", line(found)),
        }));
    }
    let problem = if lines.len() == 1 { "a problem".to_owned() } else { format!("{} problems", lines.len()) };
    let who =
        if unwell.len() == 1 { format!("increment {}", first.id) } else { format!("{} increments", unwell.len()) };
    let has = if unwell.len() == 1 { "has" } else { "have" };
    // Whose edit brought it is not known of every agent: what cannot be shown is not said.
    let (still, when) = match call.moment {
        Moment::TurnEnd => ("still ", " at the end of the turn"),
        _ => ("", ""),
    };
    Some(fitted(&format!("specweave-lsp: {who} {still}{has} {problem}{when}:"), &lines, &fix(first, call)))
}

/// The head, as many of the lines as there is room for, and how to fix it.
pub fn fitted(head: &str, lines: &[String], fix: &str) -> String {
    let mut text = head.to_owned();
    let room = |text: &str| LONGEST.saturating_sub(text.chars().count() + fix.chars().count() + 2);
    for (at, line) in lines.iter().enumerate() {
        let more = format!("\n- and {} more", lines.len() - at);
        let reserved = if at + 1 == lines.len() { 0 } else { more.chars().count() };
        let left = room(&text).saturating_sub(reserved);
        if line.chars().count() + 2 <= left {
            text.push_str(&format!("\n- {line}"));
        } else if at == 0 {
            text.push_str(&format!("\n- {}…", line.chars().take(left.saturating_sub(4)).collect::<String>()));
        } else {
            text.push_str(&more);
            break;
        }
    }
    text.push('\n');
    text.push_str(fix);
    text.chars().take(LONGEST).collect()
}

fn line(reported: &Reported) -> String {
    let finding = &reported.finding;
    match finding.code {
        Code::StatusDesync => finding.message.to_string(),
        _ => format!("{}:{}: {}", finding.file.file_name(), finding.start.line + 1, finding.message),
    }
}

/// As somebody types it in `base`, who may have no `specweave-lsp` on the PATH but what npx ran.
pub fn command(words: &str, folder: &Path, base: &Path) -> String {
    let program = match std::env::var_os("npm_command").is_some_and(|command| command == "exec") {
        true => "npx -y specweave-lsp",
        false => "specweave-lsp",
    };
    let shown = slashed(folder.strip_prefix(base).unwrap_or(folder));
    let (command, rest) = words.split_once(' ').unwrap_or((words, ""));
    format!("{program} {command} {} {rest}", quoted(&shown)).trim_end().to_owned()
}

/// The one command that puts the first finding right.
fn fix(edited: &Edited, call: &Call) -> String {
    let found = &edited.findings[0];
    let run = |words: &str| format!("`{}`", command(words, &edited.folder, &call.base));
    match found.finding.code {
        Code::StatusDesync | Code::MissingStatus => {
            let from = match edited.side {
                // Nobody takes over a status that is not there.
                _ if found.finding.code == Code::MissingStatus => "",
                Some(Side::Spec) => "--from spec ",
                Some(Side::Metadata) => "--from metadata ",
                None => "",
            };
            format!(
                "Fix: {}. Next time, `specweave-lsp set` or `close` changes both files at once.",
                run(&format!("sync {from}--yes"))
            )
        }
        Code::CompletedWithOpenWork => {
            format!("Finish the open work, or reopen the increment: {}.", run("set active"))
        }
        _ => format!("Fix it, then run {}.", run("check")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_never_too_long() {
        let lines: Vec<String> = (0..40).map(|at| format!("spec.md:{at}: {}", "é".repeat(60))).collect();
        let text = fitted("head:", &lines, "Fix: `x`.");
        assert!(text.chars().count() <= LONGEST, "{}", text.chars().count());
        assert!(text.ends_with("Fix: `x`.") && text.contains("\n- and 3") && text.contains("spec.md:0"), "{text}");
        let text = fitted("head:", &["x".repeat(2000)], "Fix: `x`.");
        assert!(text.chars().count() <= LONGEST && text.ends_with("…\nFix: `x`."), "{text}");
        let text = fitted("head:", &lines[..2], &"f".repeat(2000));
        assert_eq!(text.chars().count(), LONGEST);
        assert_eq!(fitted("head:", &["a".to_owned(), "b".to_owned()], "Fix."), "head:\n- a\n- b\nFix.");
    }
}

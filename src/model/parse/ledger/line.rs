//! The line that SpecWeave writes under a task from what the ledger says of it.

use super::TaskState;

/// A longer text is cut, in the units that JavaScript counts.
const LONGEST: usize = 120;

/// `- [x] done by A TIME — text`
pub fn state_line(state: &TaskState) -> String {
    match state {
        TaskState::Open => "- [ ] open".to_owned(),
        TaskState::Done { by, at_text, evidence, .. } => told(&format!("- [x] done by {by} {at_text}"), evidence),
        TaskState::Skipped { by, at_text, note, .. } => told(&format!("- [-] skipped by {by} {at_text}"), note),
        TaskState::Blocked { by, at_text, note, .. } => {
            told(&format!("- [ ] blocked by {by} {at_text}"), note.as_deref().unwrap_or_default())
        }
        TaskState::Claimed { by, at_text, stale: false, .. } => format!("- [ ] claimed by {by} since {at_text}"),
        TaskState::Claimed { by, at_text, stale: true, .. } => {
            format!("- [ ] stale claim by {by} since {at_text} (re-claimable)")
        }
    }
}

fn told(what: &str, text: &str) -> String {
    if text.is_empty() { what.to_owned() } else { format!("{what} — {}", one_line(text)) }
}

/// On one line, with one space for each run of them, and cut with a `…`.
fn one_line(text: &str) -> String {
    let is_space = |c: char| c == '\u{feff}' || c.is_whitespace() && c != '\u{85}';
    let words: Vec<&str> = text.split(is_space).filter(|word| !word.is_empty()).collect();
    let flat = words.join(" ");
    if flat.encode_utf16().count() <= LONGEST {
        return flat;
    }
    // A cut through a pair of units leaves half a character, which becomes U+FFFD in the file.
    let kept: Vec<u16> = flat.encode_utf16().take(LONGEST - 1).collect();
    String::from_utf16_lossy(&kept) + "…"
}

#[cfg(test)]
mod tests {
    use super::super::{LEASE_HOURS, fold, parse};
    use super::*;

    #[test]
    fn each_state_as_specweave_writes_it() {
        let line = |e: &str, more: &str, now: &str| {
            let text = format!(r#"{{"t":"T-1","e":"{e}","by":"a@b","at":"2026-09-02T10:00:00.123Z"{more}}}"#);
            state_line(&fold(&parse(&text), now.parse().unwrap(), LEASE_HOURS).tasks["T-1"])
        };
        let soon = "2026-09-02T10:30:00Z";
        assert_eq!(
            line("done", ",\"evidence\":\"npm  test\\n\\u001b[32mok \"", soon),
            "- [x] done by a@b 2026-09-02T10:00:00.123Z — npm test \u{1b}[32mok"
        );
        assert_eq!(
            line("skip", ",\"note\":\"no need\"", soon),
            "- [-] skipped by a@b 2026-09-02T10:00:00.123Z — no need"
        );
        assert_eq!(line("block", ",\"note\":\"waits\"", soon), "- [ ] blocked by a@b 2026-09-02T10:00:00.123Z — waits");
        assert_eq!(line("block", "", soon), "- [ ] blocked by a@b 2026-09-02T10:00:00.123Z");
        assert_eq!(line("claim", "", soon), "- [ ] claimed by a@b since 2026-09-02T10:00:00.123Z");
        assert_eq!(
            line("claim", "", "2026-09-03T00:00:00Z"),
            "- [ ] stale claim by a@b since 2026-09-02T10:00:00.123Z (re-claimable)"
        );
        assert_eq!(state_line(&TaskState::Open), "- [ ] open");
    }

    #[test]
    fn long_texts_are_cut_where_javascript_cuts_them() {
        assert_eq!(one_line(&"a".repeat(120)), "a".repeat(120));
        assert_eq!(one_line(&"a".repeat(121)), "a".repeat(119) + "…");
        assert_eq!(one_line(&"é".repeat(121)), "é".repeat(119) + "…");
        assert_eq!(one_line(&"😀".repeat(61)), "😀".repeat(59) + "\u{fffd}…");
        assert_eq!(one_line("\u{feff}a\u{a0}b"), "a b");
    }
}

//! What SpecWeave writes from what the ledger says of a task: the line under it, and its row on the board.

use super::TaskState;

/// A longer text is cut, in the units that JavaScript counts.
const LONGEST: usize = 120;
/// The same in a cell of the board.
const LONGEST_CELL: usize = 60;

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

/// State, agent, evidence and note of the row; none for a cell that the state says nothing of.
pub fn board_cells(state: &TaskState) -> [Option<String>; 4] {
    let own = |text: &str| Some(text.to_owned());
    // How SpecWeave writes the sign that ends a cell was never seen.
    let cut = |text: &str| Some(one_line(text, LONGEST_CELL)).filter(|cell| !cell.contains('|'));
    match state {
        TaskState::Open => [own("open"), own(""), own(""), None],
        TaskState::Claimed { by, stale, .. } => [own(if *stale { "stale" } else { "claimed" }), own(by), own(""), None],
        TaskState::Blocked { by, note, .. } => {
            [own("blocked"), own(by), own(""), cut(note.as_deref().unwrap_or_default())]
        }
        TaskState::Done { by, evidence, .. } => [own("done"), own(by), cut(evidence), None],
        TaskState::Skipped { by, note, .. } => [own("skipped"), own(by), own(""), cut(note)],
    }
}

fn told(what: &str, text: &str) -> String {
    if text.is_empty() { what.to_owned() } else { format!("{what} — {}", one_line(text, LONGEST)) }
}

/// On one line, with one space for each run of them, and cut with a `…`.
fn one_line(text: &str, longest: usize) -> String {
    let is_space = |c: char| c == '\u{feff}' || c.is_whitespace() && c != '\u{85}';
    let words: Vec<&str> = text.split(is_space).filter(|word| !word.is_empty()).collect();
    let flat = words.join(" ");
    if flat.encode_utf16().count() <= longest {
        return flat;
    }
    // A cut through a pair of units leaves half a character, which becomes U+FFFD in the file.
    let kept: Vec<u16> = flat.encode_utf16().take(longest - 1).collect();
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
        assert_eq!(one_line(&"a".repeat(120), LONGEST), "a".repeat(120));
        assert_eq!(one_line(&"a".repeat(121), LONGEST), "a".repeat(119) + "…");
        assert_eq!(one_line(&"é".repeat(121), LONGEST), "é".repeat(119) + "…");
        assert_eq!(one_line(&"😀".repeat(61), LONGEST), "😀".repeat(59) + "\u{fffd}…");
        assert_eq!(one_line("\u{feff}a\u{a0}b", LONGEST), "a b");
    }
}

//! The line that SpecWeave 2 and 3 write under a task from its ledger.

use super::state_marks::WorkState;
use crate::model::parse::Span;

/// What such a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineState {
    Open,
    Claimed,
    Stale,
    Blocked,
    Done,
    Skipped,
}

impl LineState {
    pub fn state(self) -> WorkState {
        match self {
            LineState::Done => WorkState::Done,
            LineState::Skipped => WorkState::Skipped,
            _ => WorkState::Open,
        }
    }
}

/// A state line: `- [x] done by A TIME — text`, `- [-] skipped by …`, `- [ ] claimed by A since TIME`, `- [ ] open`.
#[derive(Clone, Debug, PartialEq)]
pub struct StateLine {
    pub state: LineState,
    /// The whole line.
    pub span: Span,
    /// Who it names.
    pub by: Option<Span>,
}

pub(super) fn state_line(line: &str) -> Option<StateLine> {
    let rest = line.strip_prefix("- [")?;
    let (box_says, rest) = (*rest.as_bytes().first()?, rest.get(1..)?.strip_prefix("] ")?);
    let fits: &[(&str, LineState)] = match box_says {
        // SpecWeave 2.0 ticked what was skipped.
        b'x' | b'X' => &[("done", LineState::Done), ("skipped", LineState::Skipped)],
        b'-' => &[("skipped", LineState::Skipped)],
        b' ' => &[
            ("claimed", LineState::Claimed),
            ("stale claim", LineState::Stale),
            ("blocked", LineState::Blocked),
            ("open", LineState::Open),
        ],
        _ => return None,
    };
    let (rest, state) = fits.iter().find_map(|(word, state)| Some((rest.strip_prefix(word)?, *state)))?;
    let by = rest.strip_prefix(" by ").map(|rest| {
        let start = line.len() - rest.len();
        start..start + agent_length(rest)
    });
    // `- [ ] open the file` is a step of the work; `- [x] done — text` is written by hand.
    let ends = rest.trim().is_empty() || [" — ", " – ", " - "].iter().any(|dash| rest.starts_with(dash));
    let told = if state == LineState::Open { rest.trim().is_empty() } else { by.is_some() || ends };
    told.then_some(StateLine { state, span: 0..line.trim_end().len(), by })
}

/// An agent's name may hold spaces; the time that follows it, or `since`, ends it.
fn agent_length(text: &str) -> usize {
    let is_time = |word: &str| {
        let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        // A year of more than four digits has a sign.
        let (sign, year) = if word.starts_with(['-', '+']) { (1, 6) } else { (0, 4) };
        let bytes = word.as_bytes();
        bytes.len() >= sign + year + 6 && digits(&bytes[sign..sign + year]) && bytes[sign + year] == b'-'
    };
    let mut at = 0;
    for word in text.split(' ') {
        if at > 0 && (is_time(word) || word == "since" || word == "—") {
            return text[..at].trim_end().len();
        }
        at = (at + word.len() + 1).min(text.len());
    }
    text.trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_lines() {
        use LineState::{Blocked, Claimed, Done, Open, Skipped, Stale};
        for (line, expected) in [
            ("- [x] done by a@b 2026-03-04T05:06:07.891Z — npm test", Some((Done, Some("a@b")))),
            ("- [x] done by a b 2026-03-04T05:06:07.891Z", Some((Done, Some("a b")))),
            ("- [x] done — written by hand", Some((Done, None))),
            ("- [-] skipped by a 2026-03-04T05:06:07Z — why", Some((Skipped, Some("a")))),
            ("- [x] skipped by a 2026-03-04T05:06:07Z — why", Some((Skipped, Some("a")))),
            ("- [ ] claimed by agent-1 since 2026-03-04T05:06:07.891Z", Some((Claimed, Some("agent-1")))),
            ("- [ ] stale claim by a since 2026-03-04T05:06:07Z (re-claimable)", Some((Stale, Some("a")))),
            ("- [ ] blocked by é 2026-03-04T05:06:07Z — waits", Some((Blocked, Some("é")))),
            ("- [x] done by a -262143-01-01T00:00:00Z — é", Some((Done, Some("a")))),
            ("- [ ] open", Some((Open, None))),
            ("- [ ] open the file", None),
            ("- [x] done with it", None),
            ("- [ ] done by a", None),
            ("- [é] done", None),
            ("  - [x] done", None),
        ] {
            let found = state_line(line);
            let shown = found.as_ref().map(|found| (found.state, found.by.clone().map(|by| &line[by])));
            assert_eq!(shown, expected, "{line}");
        }
    }
}

//! `ledger.jsonl`: what agents did with the tasks of an increment, one event a line, and what all of it comes to.

mod fold;
mod line;
mod members;
mod time;

pub use fold::{Fold, Ignored, Reason, TaskState, fold};
pub use line::{board_cells, state_line};
pub use time::parse as parse_time;

use std::borrow::Cow;

use jiff::Timestamp;

use self::members::Members;
use crate::model::parse::{BOM, Span};

/// An agent that claims a task has it for so long; SpecWeave's default.
pub const LEASE_HOURS: u32 = 2;

/// Events with this name for a task are about the whole increment.
const INCREMENT: &str = "*";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    Claim,
    Done,
    Release,
    Block,
    Skip,
    /// About the increment: a note, a session, a handoff and whatever else SpecWeave comes to write.
    Increment,
    /// About a task, and not known.
    Unknown(String),
}

#[derive(Clone, Debug, PartialEq)]
pub struct LedgerEvent {
    pub task: String,
    /// The name of the task, without its quotes.
    pub task_span: Span,
    pub kind: EventKind,
    pub by: String,
    pub at: Timestamp,
    /// The time as it is written: SpecWeave repeats it so.
    pub at_text: String,
    pub note: Option<String>,
    pub evidence: Option<String>,
    /// The whole line.
    pub line: Span,
}

impl LedgerEvent {
    /// It can change what a task has come to.
    pub fn is_about_a_task(&self) -> bool {
        self.kind != EventKind::Increment
    }
}

/// Why a line is no event. SpecWeave passes over such lines, and counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineTrouble {
    NotJson,
    NotAnObject,
    /// A member is missing, empty or no string.
    NoTask,
    NoKind,
    NoAgent,
    NoTime,
    /// `at` is no date and time.
    BadTime,
}

#[derive(Clone, Debug, PartialEq)]
pub struct LedgerProblem {
    pub trouble: LineTrouble,
    /// The whole line.
    pub line: Span,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    /// In the order of the file.
    pub events: Vec<LedgerEvent>,
    pub problems: Vec<LedgerProblem>,
}

pub fn parse(text: &str) -> Ledger {
    let mut ledger = Ledger::default();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let is_blank = |c: char| c.is_whitespace() || BOM.contains(c);
        let rest = line.trim_start_matches(is_blank);
        let (content, at) = (rest.trim_end_matches(is_blank), start + line.len() - rest.len());
        start += line.len();
        if content.is_empty() {
            continue;
        }
        match event(content, at) {
            Ok(event) => ledger.events.push(event),
            Err(trouble) => ledger.problems.push(LedgerProblem { trouble, line: at..at + content.len() }),
        }
    }
    ledger
}

fn event(line: &str, start: usize) -> Result<LedgerEvent, LineTrouble> {
    let members = members::read(line).map_err(|_| LineTrouble::NotJson)?;
    let Members { t, e, by, at, note, evidence } = members.ok_or(LineTrouble::NotAnObject)?;
    let task = given(t, LineTrouble::NoTask)?.into_owned();
    let kind = given(e, LineTrouble::NoKind)?;
    let by = given(by, LineTrouble::NoAgent)?.into_owned();
    let at_text = given(at, LineTrouble::NoTime)?.into_owned();
    let at = time::parse(&at_text).ok_or(LineTrouble::BadTime)?;
    let kind = match &*kind {
        _ if task == INCREMENT => EventKind::Increment,
        "claim" => EventKind::Claim,
        "done" => EventKind::Done,
        "release" => EventKind::Release,
        "block" => EventKind::Block,
        "skip" => EventKind::Skip,
        // Newer versions write events that older ones do not know.
        "note" | "session" | "handoff" | "pickup" => EventKind::Increment,
        _ => EventKind::Unknown(kind.into_owned()),
    };
    let (note, evidence) = (note.map(Cow::into_owned), evidence.map(Cow::into_owned));
    let task_span =
        task_span(line, &task).map_or(start..start + line.len(), |span| start + span.start..start + span.end);
    Ok(LedgerEvent { task, task_span, kind, by, at, at_text, note, evidence, line: start..start + line.len() })
}

fn given(text: Option<Cow<'_, str>>, trouble: LineTrouble) -> Result<Cow<'_, str>, LineTrouble> {
    text.filter(|text| !text.is_empty()).ok_or(trouble)
}

/// Where the value of `"t"` stands, as it is nearly always written: first, and without escapes.
fn task_span(line: &str, task: &str) -> Option<Span> {
    let mut from = 0;
    while let Some(found) = line[from..].find("\"t\"") {
        from += found + 3;
        let rest = line[from..].trim_start();
        if let Some(rest) = rest.strip_prefix(':').map(str::trim_start)
            && let Some(rest) = rest.strip_prefix('"')
            && rest.starts_with(task)
            && rest[task.len()..].starts_with('"')
        {
            let start = line.len() - rest.len();
            return Some(start..start + task.len());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIM: &str = r#"{"t":"T-01","e":"claim","by":"a","at":"2026-09-02T10:00:00Z"}"#;

    fn troubles(text: &str) -> Vec<(LineTrouble, &str)> {
        parse(text).problems.iter().map(|problem| (problem.trouble, &text[problem.line.clone()])).collect()
    }

    #[test]
    fn any_line_break_and_byte_order_mark() {
        let text = format!("\u{feff}{CLAIM}\r\n\r\n  \n\u{feff}{CLAIM}\n{CLAIM}");
        let ledger = parse(&text);
        assert_eq!(ledger.events.len(), 3);
        assert_eq!(ledger.problems, []);
        for event in &ledger.events {
            assert_eq!(&text[event.line.clone()], CLAIM);
            assert_eq!(&text[event.task_span.clone()], "T-01");
        }
    }

    #[test]
    fn what_is_no_event_is_told() {
        for (line, trouble) in [
            ("not json", LineTrouble::NotJson),
            (r#"{"t":"T-01","e":"claim","by":"a","at":"2026-09-02T10:00:00Z""#, LineTrouble::NotJson),
            (r#"{"t":"T-01"} x"#, LineTrouble::NotJson),
            ("[]", LineTrouble::NotAnObject),
            ("5", LineTrouble::NotAnObject),
            ("null", LineTrouble::NotAnObject),
            (r#"["T-01","claim","a","2026-09-02T10:00:00Z","",""]"#, LineTrouble::NotAnObject),
            ("{}", LineTrouble::NoTask),
            (r#"{"t":"","e":"claim","by":"a","at":"2026-09-02T10:00:00Z"}"#, LineTrouble::NoTask),
            (r#"{"t":1,"e":"claim","by":"a","at":"2026-09-02T10:00:00Z"}"#, LineTrouble::NoTask),
            (r#"{"t":"T-01","by":"a","at":"2026-09-02T10:00:00Z"}"#, LineTrouble::NoKind),
            (r#"{"t":"T-01","e":"claim","at":"2026-09-02T10:00:00Z"}"#, LineTrouble::NoAgent),
            (r#"{"t":"T-01","e":"claim","by":"a"}"#, LineTrouble::NoTime),
            (r#"{"t":"T-01","e":"claim","by":"a","at":"yesterday"}"#, LineTrouble::BadTime),
        ] {
            let text = format!("{CLAIM}\n{line}\n{CLAIM}\n");
            assert_eq!(troubles(&text), [(trouble, line)], "{line}");
            assert_eq!(parse(&text).events.len(), 2, "{line}");
        }
    }

    #[test]
    fn events_nobody_knows_yet_are_taken() {
        let kind = |line: &str| parse(line).events.pop().map(|event| event.kind);
        let line = |t: &str, e: &str| format!(r#"{{"t": "{t}", "e": "{e}", "by": "a", "at": "2026-09-02T10:00:00Z"}}"#);
        for known in ["note", "session", "handoff", "pickup", "snapshot", "claim"] {
            assert_eq!(kind(&line("*", known)), Some(EventKind::Increment), "{known}");
        }
        assert_eq!(kind(&line("T-01", "note")), Some(EventKind::Increment));
        assert_eq!(kind(&line("T-01", "finish")), Some(EventKind::Unknown("finish".to_owned())));
    }

    #[test]
    fn the_last_of_equal_members_counts() {
        let line = r#"{"t":"T-01","e":"claim","by":"a","at":"2026-09-02T10:00:00Z","by":"b"}"#;
        assert_eq!(parse(line).events.first().map(|event| event.by.as_str()), Some("b"));
        assert_eq!(troubles(&line.replace("\"b\"", "5"))[0].0, LineTrouble::NoAgent, "also if it is of no use");
    }

    #[test]
    fn members_that_are_of_no_use_are_passed_over() {
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        for more in ["{\"t\":\"T-09\",\"a\":[1,{}]}", "null", "true", "\"\\u00e9\"", "-0.5", deep.as_str()] {
            let rest = r#""t":"T-01","e":"done","by":"\u00e9","at":"2026-09-02T10:00:00Z""#;
            let line = format!(r#"{{"x":1e999,{rest},"evidence":{more},"x":{more}}}"#);
            let event = parse(&line).events.pop().unwrap_or_else(|| panic!("{line}"));
            assert_eq!((event.task.as_str(), event.by.as_str()), ("T-01", "é"));
            assert_eq!(event.evidence.is_some(), more.starts_with('"'), "{line}");
        }
    }

    #[test]
    fn the_name_is_found_wherever_it_stands() {
        let line = r#"{"note":"\"t\":1","at":"2026-09-02T10:00:00Z","by":"é","e":"claim", "t" : "T-01"}"#;
        let event = parse(line).events.pop().unwrap();
        assert_eq!(&line[event.task_span], "T-01");
        let escaped = r#"{"t":"T\u002d01","e":"claim","by":"a","at":"2026-09-02T10:00:00Z"}"#;
        let event = parse(escaped).events.pop().unwrap();
        assert_eq!((event.task.as_str(), event.task_span), ("T-01", 0..escaped.len()));
    }
}

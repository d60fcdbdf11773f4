//! `reports/verify.json`: what SpecWeave's last verification found.

use jiff::Timestamp;
use serde_json::Value;

use super::ledger::parse_time;
use crate::model::parse::metadata;
use crate::model::parse::{BOM, Span};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportedCounts {
    pub total: u64,
    pub done: u64,
    pub skipped: u64,
    pub open: u64,
}

/// Why a verification says less than it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReportTrouble {
    NotJson,
    NotAnObject,
    /// `ok` is missing, or neither true nor false.
    NoOk,
    /// `ranAt` is missing or no time.
    NoTime,
    /// The counts of tasks or criteria are missing or no numbers.
    NoCounts,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verification {
    pub ok: Option<bool>,
    /// The value of `ok`; where there is none, the first line.
    pub ok_span: Span,
    pub ran_at: Option<Timestamp>,
    pub tasks: Option<ReportedCounts>,
    /// `skipped` and `open` are not told of criteria.
    pub criteria: Option<ReportedCounts>,
    /// Lines of the ledger that it could not read.
    pub unreadable: u64,
    pub problems: Vec<ReportTrouble>,
}

pub fn parse(text: &str) -> Verification {
    let lead = if text.starts_with(BOM) { BOM.len() } else { 0 };
    let content = &text[lead..];
    let first_line = lead..lead + content.find(['\n', '\r']).unwrap_or(content.len());
    let mut read = Verification { ok_span: first_line, ..Verification::default() };
    let object = match serde_json::from_str::<Value>(content) {
        Ok(Value::Object(object)) => object,
        Ok(_) => return Verification { problems: vec![ReportTrouble::NotAnObject], ..read },
        Err(_) => return Verification { problems: vec![ReportTrouble::NotJson], ..read },
    };
    if let Some(member) = metadata::members(content).ok().and_then(|all| all.into_iter().rfind(|it| it.name == "ok")) {
        read.ok_span = lead + member.value.start..lead + member.value.end;
    }
    read.ok = object.get("ok").and_then(Value::as_bool);
    read.ran_at = object.get("ranAt").and_then(Value::as_str).and_then(parse_time);
    read.tasks = object.get("tasks").and_then(counts);
    read.criteria = object.get("acs").and_then(counts);
    read.unreadable = object.get("ledgerMalformed").and_then(Value::as_u64).unwrap_or(0);
    read.problems.extend(read.ok.is_none().then_some(ReportTrouble::NoOk));
    read.problems.extend(read.ran_at.is_none().then_some(ReportTrouble::NoTime));
    read.problems.extend((read.tasks.is_none() || read.criteria.is_none()).then_some(ReportTrouble::NoCounts));
    read
}

fn counts(value: &Value) -> Option<ReportedCounts> {
    let number = |name: &str| value.get(name).and_then(Value::as_u64);
    let (total, done) = (number("total")?, number("done")?);
    let skipped = number("skipped").unwrap_or(0);
    let open = number("open").unwrap_or_else(|| total.saturating_sub(done).saturating_sub(skipped));
    Some(ReportedCounts { total, done, skipped, open })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verification() {
        let text = "\u{feff}{\r\n  \"ok\": true,\r\n  \"ranAt\": \"2026-03-04T05:06:07.891Z\",\r\n  \"acs\": {\"total\": 8, \"done\": 7},\
                    \r\n  \"tasks\": {\"total\": 9, \"done\": 6, \"skipped\": 1, \"open\": 2}, \"ledgerMalformed\": 3, \"new\": []}\r\n";
        let read = parse(text);
        assert_eq!((read.ok, &text[read.ok_span.clone()]), (Some(true), "true"));
        assert_eq!(read.ran_at.map(|at| at.to_string()).as_deref(), Some("2026-03-04T05:06:07.891Z"));
        assert_eq!(read.tasks, Some(ReportedCounts { total: 9, done: 6, skipped: 1, open: 2 }));
        assert_eq!(read.criteria, Some(ReportedCounts { total: 8, done: 7, skipped: 0, open: 1 }));
        assert_eq!((read.unreadable, read.problems.len()), (3, 0));
    }

    #[test]
    fn what_is_wrong_is_told_and_the_rest_read() {
        for (text, ok, problems) in [
            ("", None, vec![ReportTrouble::NotJson]),
            ("{\"ok\": true,}", None, vec![ReportTrouble::NotJson]),
            ("[]", None, vec![ReportTrouble::NotAnObject]),
            ("{}", None, vec![ReportTrouble::NoOk, ReportTrouble::NoTime, ReportTrouble::NoCounts]),
            ("{\"ok\": \"yes\"}", None, vec![ReportTrouble::NoOk, ReportTrouble::NoTime, ReportTrouble::NoCounts]),
            ("{\"ok\": true, \"ranAt\": \"now\"}", Some(true), vec![ReportTrouble::NoTime, ReportTrouble::NoCounts]),
            (
                "{\"ok\": false, \"ranAt\": \"2026-09-21\", \"tasks\": {\"total\": 1, \"done\": 2}, \"acs\": {\"total\": -1}}",
                Some(false),
                vec![ReportTrouble::NoCounts],
            ),
        ] {
            let read = parse(text);
            assert_eq!((read.ok, read.problems), (ok, problems), "{text}");
            assert!(text.get(read.ok_span).is_some());
        }
    }
}

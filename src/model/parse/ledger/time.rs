//! Times as agents write them into a ledger.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A time with an offset; one without, or a day alone, is taken for UTC, which is what SpecWeave itself writes.
pub fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    // Its parser takes more than a time: a zone in brackets, a duration in weeks.
    let plain = text.len() >= 10 && text.as_bytes()[0].is_ascii_digit() && !text.contains('[');
    if !plain {
        return None;
    }
    let written = text.parse::<Timestamp>().ok();
    let time =
        written.or_else(|| text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp()))?;
    // SpecWeave compares milliseconds: what differs by less is at the same time, and the agent's name decides.
    Timestamp::from_millisecond(time.as_millisecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let at = |text: &str| parse(text).map(|at| at.to_string());
        for (text, expected) in [
            ("2026-03-04T05:06:07.891Z", Some("2026-03-04T05:06:07.891Z")),
            ("2026-03-04T05:06:07.123456+00:00", Some("2026-03-04T05:06:07.123Z")),
            ("2026-09-28T18:59:30+02:00", Some("2026-09-28T16:59:30Z")),
            ("2026-09-28T18:59:30", Some("2026-09-28T18:59:30Z")),
            ("2026-09-28T18:59Z", Some("2026-09-28T18:59:00Z")),
            ("2026-09-28", Some("2026-09-28T00:00:00Z")),
            ("2026-09-31T00:00:00Z", None),
            ("2026-13-01T00:00:00Z", None),
            ("yesterday", None),
            ("é026-09-28é", None),
            ("", None),
            ("2026-09-28T18:59:30+02:00[Europe/Paris]", None),
        ] {
            assert_eq!(at(text).as_deref(), expected, "{text}");
        }
    }
}

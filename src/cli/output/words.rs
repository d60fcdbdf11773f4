//! Small parts of sentences.

use jiff::Timestamp;

/// `1 increment`, `2 increments`.
pub fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

pub fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}

/// `2025-11-20 09:41`, in the committer's own time.
pub fn day(date: &str) -> String {
    date.get(..16).unwrap_or(date).replace('T', " ")
}

/// The same where there is little room: how long ago, if that is less than a day.
pub fn brief_day(date: &str, now: Timestamp) -> String {
    let seconds = date.parse::<Timestamp>().map_or(-1, |then| now.as_second() - then.as_second());
    match seconds {
        0..60 => "just now".to_owned(),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86_400 => format!("{} h ago", seconds / 3600),
        _ => date.get(..10).unwrap_or(date).to_owned(),
    }
}

/// `0047` of `0047-us-task-linkage`, by which commands know it too; an id without a number stays whole.
pub fn number(id: &str) -> &str {
    id.split('-').next().filter(|number| number.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(id)
}

/// A length of time in its two largest units.
pub fn how_long(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let days_shown = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, 0) => format!("{hours} h"),
        (0, ..) => format!("{hours} h {minutes} min"),
        (_, 0, _) => days_shown,
        _ => format!("{days_shown} {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_ids_in_brief() {
        let now: Timestamp = "2025-11-21T12:00:00Z".parse().unwrap();
        for (date, shown) in [
            ("2025-11-21T11:59:30Z", "just now"),
            ("2025-11-21T12:59:30+02:00", "1 h ago"),
            ("2025-11-21T11:18:00Z", "42 min ago"),
            ("2025-11-20T11:59:00+00:00", "2025-11-20"),
            ("2026-01-01T00:00:00Z", "2026-01-01"),
            ("soon", "soon"),
        ] {
            assert_eq!(brief_day(date, now), shown);
        }
        assert_eq!([number("0047-us-task"), number("notes-of-mine")], ["0047", "notes-of-mine"]);
    }

    #[test]
    fn lengths_of_time() {
        for (seconds, shown) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (36_720, "10 h 12 min"),
            (3_600, "1 h"),
            (90_000, "1 day 1 h"),
            (172_800, "2 days"),
            (-5, "0 s"),
        ] {
            assert_eq!(how_long(seconds), shown);
        }
    }
}

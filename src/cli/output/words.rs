//! Small parts of sentences.

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

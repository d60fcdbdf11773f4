//! What a YAML scalar means to SpecWeave's reader, which follows YAML 1.1 for numbers and dates: `012` is ten,
//! `1:30` is ninety, `2025-11-20` is a date, `yes` is a word.

use crate::model::parse::file::Value;

/// A plain scalar, or one with an explicit tag. `None` is null: as good as not there.
pub fn plain(text: &str) -> Option<Value> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => None,
        "true" | "True" | "TRUE" => Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => Some(Value::Bool(false)),
        // Words, as nearly all are: nothing that is counted starts like one.
        _ if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) => {
            Some(Value::Text(text.to_owned()))
        }
        _ => Some(match integer(text).or_else(|| float(text)) {
            Some(number) => Value::Number(number),
            None if is_timestamp(text) => Value::Other("a date"),
            None => Value::Text(text.to_owned()),
        }),
    }
}

/// A number as the name of a key, written as JavaScript writes it.
pub fn number_name(number: f64) -> String {
    let size = number.abs();
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if number == 0.0 || number.is_nan() || (1e-6..1e21).contains(&size) {
        return (number + 0.0).to_string();
    }
    let text = format!("{number:e}");
    if text.contains("e-") { text } else { text.replace('e', "e+") }
}

/// What `!!binary` takes: whole bytes in base64, line breaks between them.
pub fn is_base64(text: &str) -> bool {
    let mut digits = 0;
    for c in text.chars() {
        match c {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '+' | '/' | '=' => digits += 1,
            '\n' | '\r' => {}
            _ => return false,
        }
    }
    digits % 4 == 0
}

/// What `!!int` takes.
pub fn is_integer(text: &str) -> bool {
    integer(text).is_some()
}

/// What `!!float` takes: not `012` and not `0x1F`.
pub fn is_float(text: &str) -> bool {
    float(text).is_some()
}

fn integer(text: &str) -> Option<f64> {
    let (sign, digits) = sign(text);
    if digits == "0" {
        return Some(0.0);
    }
    let (radix, body) = match digits.as_bytes() {
        [b'0', b'b', ..] => (2, &digits[2..]),
        [b'0', b'x', ..] => (16, &digits[2..]),
        [b'0', ..] => (8, &digits[1..]),
        _ => return decimal(digits).map(|number| sign * number),
    };
    let mut value = 0.0;
    let mut any = false;
    for c in body.chars().filter(|&c| c != '_') {
        value = value * f64::from(radix) + f64::from(c.to_digit(radix)?);
        any = true;
    }
    (any && !body.ends_with('_')).then_some(sign * value)
}

/// Digits with `_` between them, and base 60 as in `1:30`.
fn decimal(text: &str) -> Option<f64> {
    let (head, rest) = text.split_once(':').map_or((text, None), |(head, rest)| (head, Some(rest)));
    if !head.starts_with(|c: char| c.is_ascii_digit())
        || !head.chars().all(|c| c.is_ascii_digit() || c == '_')
        || (head.ends_with('_') && rest.is_none())
    {
        return None;
    }
    let mut value: f64 = head.replace('_', "").parse().ok()?;
    for part in rest.into_iter().flat_map(|rest| rest.split(':')) {
        value = value * 60.0 + sexagesimal_digit(part)?;
    }
    Some(value)
}

fn sexagesimal_digit(part: &str) -> Option<f64> {
    match part.as_bytes() {
        [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'] => part.parse().ok(),
        _ => None,
    }
}

fn float(text: &str) -> Option<f64> {
    if text.ends_with('_') {
        return None;
    }
    let (sign, body) = sign(text);
    match body {
        ".inf" | ".Inf" | ".INF" => return Some(sign * f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" if body.len() == text.len() => return Some(f64::NAN),
        _ => {}
    }
    if let Some((whole, last)) = body.rsplit_once(':') {
        let (seconds, fraction) = last.split_once('.')?;
        if !is_digits(fraction) {
            return None;
        }
        let minutes = decimal(&format!("{whole}:{seconds}"))?;
        return Some(sign * (minutes + format!("0.{}", fraction.replace('_', "")).parse::<f64>().unwrap_or(0.0)));
    }
    let (mantissa, exponent) = match memchr::memchr2(b'e', b'E', body.as_bytes()) {
        Some(at) => (&body[..at], Some(&body[at + 1..])),
        None => (body, None),
    };
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
    }
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let whole_fits = match whole.as_bytes() {
        // `.5`, which takes no sign.
        [] => fraction.is_some_and(|f| !f.is_empty()) && body.len() == text.len(),
        [b'0'] => true,
        [b'1'..=b'9', ..] => is_digits(whole),
        _ => false,
    };
    if !whole_fits || !fraction.is_none_or(is_digits) {
        return None;
    }
    let number = format!(
        "{}.{}e{}",
        if whole.is_empty() { "0" } else { whole },
        fraction.filter(|f| !f.replace('_', "").is_empty()).unwrap_or("0"),
        exponent.unwrap_or("0")
    );
    number.replace('_', "").parse::<f64>().ok().map(|value| sign * value)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

fn sign(text: &str) -> (f64, &str) {
    match text.as_bytes() {
        [b'-', ..] => (-1.0, &text[1..]),
        [b'+', ..] => (1.0, &text[1..]),
        _ => (1.0, text),
    }
}

/// `2025-11-20`, and the same with a time and perhaps a zone.
fn is_timestamp(text: &str) -> bool {
    let mut rest = Rest(text);
    if !(rest.digits(4, 4) && rest.one_of(&['-']) && rest.digits(1, 2) && rest.one_of(&['-']) && rest.digits(1, 2)) {
        return false;
    }
    if rest.0.is_empty() {
        return text.len() == "2025-11-20".len();
    }
    if !rest.one_of(&['T', 't']) && rest.skip_blanks() == 0 {
        return false;
    }
    if !(rest.digits(1, 2) && rest.one_of(&[':']) && rest.digits(2, 2) && rest.one_of(&[':']) && rest.digits(2, 2)) {
        return false;
    }
    if rest.one_of(&['.']) {
        rest.digits(0, usize::MAX);
    }
    if rest.0.is_empty() {
        return true;
    }
    rest.skip_blanks();
    if rest.one_of(&['Z']) {
        return rest.0.is_empty();
    }
    rest.one_of(&['+', '-'])
        && rest.digits(1, 2)
        && (rest.0.is_empty() || (rest.one_of(&[':']) && rest.digits(2, 2) && rest.0.is_empty()))
}

/// What is still to be read of a timestamp.
struct Rest<'t>(&'t str);

impl Rest<'_> {
    fn digits(&mut self, least: usize, most: usize) -> bool {
        let count = self.0.bytes().take_while(u8::is_ascii_digit).count().min(most);
        self.0 = &self.0[count..];
        count >= least
    }

    fn one_of(&mut self, set: &[char]) -> bool {
        match self.0.strip_prefix(set) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn skip_blanks(&mut self) -> usize {
        let before = self.0.len();
        self.0 = self.0.trim_start_matches([' ', '\t']);
        before - self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_words() {
        for word in [
            "active", "on", "off", "yes", "y", "nUll", "tRue", "0o12", "1_", "1:99", "a:1", "2025-11", "08", "+.5",
            "-", ".",
        ] {
            assert_eq!(plain(word), Some(Value::Text(word.to_owned())), "{word}");
        }
    }

    #[test]
    fn numbers_as_keys() {
        for (number, name) in [
            (1.0, "1"),
            (-0.0, "0"),
            (0.1, "0.1"),
            (1e-6, "0.000001"),
            (1.5e-7, "1.5e-7"),
            (1e20, "100000000000000000000"),
            (-1e21, "-1e+21"),
            (f64::INFINITY, "Infinity"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(number_name(number), name);
        }
    }

    #[test]
    fn numbers_dates_and_nothing() {
        for (text, number) in [
            ("012", 10.0),
            ("1:30", 90.0),
            ("0x1F", 31.0),
            ("1_000", 1000.0),
            ("0b11", 3.0),
            ("-7", -7.0),
            ("1.5e3", 1500.0),
            (".5", 0.5),
            ("1.", 1.0),
            ("1:30.5", 90.5),
            ("-.inf", f64::NEG_INFINITY),
        ] {
            assert_eq!(plain(text), Some(Value::Number(number)), "{text}");
        }
        assert!(matches!(plain(".nan"), Some(Value::Number(n)) if n.is_nan()));
        for date in ["2025-11-20", "2025-11-20T10:00:00Z", "2025-1-2 3:04:05.6 +02:00", "2025-11-20t10:00:00-5"] {
            assert_eq!(plain(date), Some(Value::Other("a date")), "{date}");
        }
        for nothing in ["", "~", "null", "NULL"] {
            assert_eq!(plain(nothing), None, "{nothing}");
        }
    }
}

//! metadata.json, whole and broken.

use super::{STATUSES, damaged, line_breaks, mostly, one_of};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Any metadata.json.
pub fn any_metadata() -> BoxedStrategy<Vec<u8>> {
    prop_oneof![
        8 => plain().prop_map(String::into_bytes),
        6 => line_breaks(object()).prop_map(String::into_bytes),
        1 => one_of(WHOLE).prop_map(String::into_bytes),
        1 => Just(b"\xff\xfe{\0\"\0s\0t\0a\0t\0u\0s\0\"\0:\0\"\0a\0\"\0}\0".to_vec()),
        3 => damaged(prop_oneof![realistic(), line_breaks(object())].prop_map(String::into_bytes), 3, usize::MAX),
    ]
    .boxed()
}

/// A healthy file with nothing but a status.
fn plain() -> BoxedStrategy<String> {
    one_of(STATUSES).prop_map(|status| format!("{{\"status\": \"{status}\"}}")).boxed()
}

/// What SpecWeave itself writes.
pub fn realistic() -> BoxedStrategy<String> {
    (one_of(STATUSES), select(&["\n", ""][..])).prop_map(|(status, end)| {
        format!(
            "{{\n  \"id\": \"0047-us-task-linkage\",\n  \"status\": \"{status}\",\n  \"type\": \"feature\",\n  \"priority\": \"P1\",\n  \"created\": \"2025-11-20T10:00:00.000Z\",\n  \"lastActivity\": \"2025-11-21T08:15:30.123Z\",\n  \"testMode\": \"TDD\",\n  \"coverageTarget\": 95,\n  \"externalLinks\": {{\n    \"github\": {{\n      \"issues\": [\n        {{\n          \"number\": 12,\n          \"status\": \"open\"\n        }}\n      ]\n    }}\n  }},\n  \"title\": \"Ünïcode — ok\"\n}}{end}"
        )
    }).boxed()
}

const WHOLE: &[&str] = &[
    "",
    " ",
    "\n",
    "{}",
    "[]",
    "null",
    "5",
    "\"x\"",
    "true",
    "{ }",
    "[{\"status\": \"active\"}]",
    "{\"status\"}",
    "{'status': 'active'}",
    "{status: \"active\"}",
    "status: active",
    "{\"status\": \"active\"} x",
    "{\"status\": NaN}",
    "{\"status\": \"active\"}\u{0}",
    "{\"status\": \"act\tive\"}",
    "{\"status\": undefined}",
    "{\"status\": \"a\nb\"}",
    "{\"status\": \"active\"}{\"status\": \"active\"}",
    "{\"a\": [1, 2,], \"status\": \"active\"}",
    "/* c */ {\"status\": \"active\"}",
    "{\n<<<<<<< HEAD\n\"status\": \"active\"\n=======\n>>>>>>> x\n}",
    "{,}",
    "{\"\": 1}",
    "{\"status\": .5}",
    "{\"status\": 01}",
    "{\"status\": +1}",
    "{\"status\": 1.}",
    "{\"status\": 0x1}",
    "{\"__proto__\": {\"status\": \"active\"}}",
    "{\"a\": 1 \"status\": \"active\"}",
    "\u{a0}{\"status\": \"active\"}",
    "{\"status\":\u{a0}\"active\"}",
    "\u{c}{}",
    "\u{b}{}",
    "{\"status\": \"\\x41\"}",
    "{\"status\": \"\\'\"}",
];

const KEYS: &[&str] = &[
    "\"status\"",
    "\"status\"",
    "\"status\"",
    "\"status\"",
    "\"status\"",
    "\"id\"",
    "\"title\"",
    "\"type\"",
    "\"created\"",
    "\"Status\"",
    "\"status \"",
    "\"st\\u0061tus\"",
    "\"stat\\/us\"",
    "\"\"",
    "\"é\"",
    "\"__proto__\"",
    "\"a\\\"b\"",
    "\"1\"",
    "\"meta\"",
    "\"lastActivity\"",
];

const VALUES: &[&str] = &[
    "\"active\"",
    "\"active\"",
    "\"completed\"",
    "\"completed\"",
    "\"planned\"",
    "\"\\u0061ctive\"",
    "\"active\\n\"",
    "\"active \"",
    "\"Active\"",
    "\"\"",
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "10",
    "90",
    "1e3",
    "1E400",
    "-1.5e-2",
    "0.1",
    "12345678901234567890",
    "[]",
    "[\"active\"]",
    "{}",
    "{\"status\": \"completed\"}",
    "[1, [2, {\"status\": 3}]]",
    "\"caf\u{e9}\"",
    "\"\\ud83d\\ude00\"",
    "\"😀\"",
    "\"\\\\\"",
    "\"\\\"\"",
    "\"\\b\\f\\n\\r\\t\\/\"",
    "\"\u{2028}\"",
    "\"\u{7f}\"",
    "\"\u{feff}active\"",
    "\"ready for review\"",
    "\"2025-11-20\"",
    "\"true\"",
    "\"012\"",
    "\"\\u0000\"",
    "\"active#c\"",
    "\"#\"",
    "\"{\"",
    "\"]\"",
    "nul",
    "True",
    "\"unclosed",
    "'active'",
    "active",
    "[1,]",
    "{\"a\":}",
    "\"\\ud800\"",
    "\"\\u00\"",
    "\"act\u{1}ive\"",
    "31",
    "1000",
];

fn member() -> BoxedStrategy<String> {
    (one_of(KEYS), mostly(Just(": ".to_owned()), one_of(&[":", " : ", "\t:\t", ":\n  ", "=", ""])), one_of(VALUES))
        .prop_map(|(key, colon, value)| format!("{key}{colon}{value}"))
        .boxed()
}

/// An object of a few members, spaced in one of the ways people space them.
pub fn object() -> BoxedStrategy<String> {
    let gaps =
        select(&[("{\n  ", ",\n  ", "\n}\n"), ("{", ",", "}"), ("{ ", ", ", " }\n"), ("{\n\t", ",\n\t", "\n}")][..]);
    let before = mostly(Just(""), select(&["\u{feff}", " ", "\n", "// c\n", "\u{feff}\u{feff}"][..]));
    let comma = mostly(Just(""), select(&[",", " // c\n", "\n", ",,"][..]));
    (before, gaps, vec(member(), 0..5), comma)
        .prop_map(|(before, (open, between, close), members, comma)| {
            format!("{before}{open}{}{comma}{close}", members.join(between))
        })
        .boxed()
}

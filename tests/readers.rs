//! Two readers of frontmatter, one for the plain kind and one for all of it, say the same.

use proptest::prelude::*;
use proptest::sample::select;
use specweave_lsp::model::parse::{plain_frontmatter, spec};

mod support;

/// Lines near the border of what is plain.
const LINES: &[&str] = &[
    "status: active",
    "status: \"active\"",
    "status: 'in progress'",
    "status: 012",
    "status: null",
    "status: true",
    "status: 2025-11-20",
    "status:",
    "status: ~",
    "status: 1:30",
    "status: a:b",
    "status: a: b",
    "status: a #b",
    "status: a#b",
    "status: -",
    "status: \"\"",
    "status: 'it''s'",
    "status: \"a\\nb\"",
    "status: active ",
    "status : x",
    "increment: 0047-x",
    "increment: 0047",
    "increment: \"0047\"",
    "increment: null",
    "increment:",
    "increment: [a]",
    "title: A title",
    "title: \"A: title\"",
    "title: 'x'",
    "title: 1e3",
    "title: Über uns",
    "title: \u{a0}x",
    "title: a\u{2028}b",
    "title: a\u{85}b",
    "title: 😀",
    "title: a\tb",
    "title:  two",
    "title: x,",
    "title: x]",
    "title: x}",
    "title: x%",
    "title: 1_000",
    "title: =",
    "title: 0x1F",
    "title: .inf",
    "title: y",
    "title: a \\ b",
    "created: 2025-11-18",
    "created: 2025-11-18T10:00:00Z",
    "created: \"2025-11-18\"",
    "created: 2025-11-18 10:00:00",
    "type: feature",
    "type: !x y",
    "tags: []",
    "tags: [a, b]",
    "tags: [a,b]",
    "tags: [a, ]",
    "tags: [,]",
    "tags: [1, true]",
    "tags: [a b]",
    "tags: [\"a\"]",
    "tags: {}",
    "tags:",
    "  - a",
    "  - a b",
    "  - a: b",
    "  - 'a'",
    "    - a",
    "- a",
    "  - 0001-a # c",
    "  a: b",
    " - a",
    "# comment",
    "#",
    "#!x",
    "",
    " ",
    "key",
    "key:value",
    "yes: x",
    "no: x",
    "null: x",
    "on: x",
    "<<: x",
    "true: x",
    "123: x",
    "a1: x",
    "abc: x",
    "abc: y",
    "ABC: x",
    "a_b-c: x",
    "_x: y",
    "__proto__: x",
    "constructor: x",
    "---",
    "--- x",
    "...",
    "<<<<<<< HEAD",
    "=======",
    "%YAML 1.1",
    "&a",
    "*a",
    "? a",
    "abc: &x y",
    "abc: *x",
    "abc: |",
    "abc: >",
    "abc: @x",
    "abc: `x`",
    "abc: -x",
    "abc: 'x",
    "abc: \"x",
    "abc: x'",
    "abc: x\"y\"",
    "abc: \u{7f}",
];

fn nearly_plain() -> impl Strategy<Value = String> {
    let line = prop_oneof![8 => select(LINES).prop_map(str::to_owned), 1 => "[a-z]{1,6}: [ -~é]{0,12}"];
    let end = select(&["\n---\n", "\n---\n\n# Title\n", "\n---", "\n", "\n----\nx\n", "\r\n---\r\n"][..]);
    (proptest::collection::vec(line, 0..7), end).prop_map(|(lines, end)| format!("---\n{}{end}", lines.join("\n")))
}

fn agree(bytes: &[u8]) -> Result<bool, TestCaseError> {
    let Some(plain) = plain_frontmatter::read(bytes) else { return Ok(false) };
    prop_assert_eq!(plain, spec::read_any(bytes), "{:?}", String::from_utf8_lossy(bytes));
    Ok(true)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn on_lines_near_the_border(spec in nearly_plain()) {
        agree(spec.as_bytes())?;
    }

    #[test]
    fn on_what_people_write(spec in support::spec::realistic()) {
        agree(spec.as_bytes())?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, ..ProptestConfig::default() })]

    #[test]
    fn on_anything(spec in support::spec::any_spec()) {
        agree(&spec)?;
    }
}

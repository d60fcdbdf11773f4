//! An edit does what it says and nothing else, whatever the file looks like.

use std::env;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{RngSeed, TestCaseError};
use specweave_lsp::model::edits;
use specweave_lsp::model::reading::Reading;
use specweave_lsp::model::status::{Side, Status};
use specweave_lsp::model::{frontmatter, metadata};

mod support;

use support::Bytes;

/// Words that some way of writing them would turn into something else.
const ODD_GOALS: &[&str] = &[
    "ready for review",
    "in-progress",
    "true",
    "null",
    "~",
    "",
    "012",
    "1e3",
    ".nan",
    "2025-11-20",
    "it's",
    "say \"hi\"",
    "a: b",
    "a:",
    "a #b",
    "#a",
    "- a",
    "-",
    "? a",
    "?",
    "@x",
    "%x",
    "`x`",
    "!x",
    "&a",
    "*a",
    "|",
    ">",
    "[a]",
    "{a}",
    "a, b",
    "a]",
    "}",
    "<<",
    "=",
    "active\n",
    "\n",
    "a\nb",
    "a\n\nb",
    " active",
    "active ",
    "\tx",
    "a\tb",
    "a\\b",
    "\\",
    "'",
    "\"",
    "''",
    "---",
    "...",
    "--- a",
    "caf\u{e9}",
    "\u{a0}x",
    "\u{feff}",
    "\u{feff}x",
    "\u{200b}",
    "😀",
    "a\u{7}",
    "\u{0}",
    "a\u{7f}b",
    "\u{85}",
    "a\u{2028}b",
    "\u{ffff}",
    "\r",
    "a\rb",
    "<<<<<<< HEAD",
    "Status: x",
    "x\n---\ny",
    "a very long status that goes on and on, far beyond the eighty characters at which some writers of YAML begin to fold",
];

fn goal() -> BoxedStrategy<String> {
    let canonical = select(&Status::ALL[..]).prop_map(|status| status.as_str().to_owned());
    prop_oneof![2 => canonical, 2 => support::one_of(ODD_GOALS), 1 => ".*"].boxed()
}

fn read(side: Side, bytes: &[u8]) -> Reading {
    match side {
        Side::Spec => frontmatter::read(bytes),
        Side::Metadata => metadata::read(bytes),
    }
}

/// Everything the model says about a file, save the status and the places.
fn rest(reading: &Reading) -> impl PartialEq + std::fmt::Debug + use<> {
    let name = reading.name.as_ref().map(|field| field.value.clone());
    (name, reading.title.clone(), reading.created.clone(), reading.kind.clone())
}

/// Refuses with a reason, or gives the goal and keeps all else. True when it gave an edit.
fn check(side: Side, before: &[u8], goal: &str) -> Result<bool, TestCaseError> {
    let reading = read(side, before);
    let edit = match edits::set_status(side, before, goal) {
        Err(refusal) => {
            prop_assert!(refusal.len() > 20 && refusal.ends_with(['.', '!', '?']), "no reason: {refusal:?}");
            return Ok(false);
        }
        Ok(None) => {
            prop_assert_eq!(reading.status_text(), Some(goal), "nothing to do");
            return Ok(false);
        }
        Ok(Some(edit)) => edit,
    };
    let after = edit.apply(before);
    prop_assert_eq!(&after[..edit.span.start], &before[..edit.span.start], "before the edit");
    prop_assert_eq!(&after[edit.span.start + edit.text.len()..], &before[edit.span.end..], "after the edit");
    let changed = read(side, &after);
    let shown = String::from_utf8_lossy(&after);
    prop_assert_eq!(changed.status_text(), Some(goal), "read again from {:?}", shown);
    // A status in front of a text makes frontmatter where none was; nothing else of the file can have moved into it.
    prop_assert_eq!(rest(&changed), rest(&reading), "the other fields of {:?}", shown);
    prop_assert!(
        changed.problems.len() <= reading.problems.len(),
        "new problems in {:?}: {:?}",
        shown,
        changed.problems
    );
    Ok(true)
}

/// A canonical goal can be written into every sound file.
fn check_sound(side: Side, before: &[u8], goal: &str) -> Result<(), TestCaseError> {
    let sound =
        read(side, before).problems.is_empty() && read(side, before).status_text().is_some_and(|old| old != goal);
    let edited = check(side, before, goal)?;
    let anchored = before.contains(&b'&');
    let canonical = Status::canonical(goal).is_some();
    prop_assert!(edited || anchored || !(sound && canonical), "refused, though the file is sound");
    Ok(())
}

/// The same cases in each run; `PROPTEST_CASES` and `PROPTEST_RNG_SEED` make more and other ones.
fn config() -> ProptestConfig {
    let given = ProptestConfig::default();
    let seed = if given.rng_seed == RngSeed::Random { RngSeed::Fixed(0) } else { given.rng_seed };
    let cases = if env::var_os("PROPTEST_CASES").is_some() { given.cases } else { 3000 };
    ProptestConfig { cases, rng_seed: seed, failure_persistence: None, ..given }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn readable_frontmatter(spec in support::spec::readable_spec().prop_map(Bytes), goal in goal()) {
        check_sound(Side::Spec, &spec.0, &goal)?;
    }

    #[test]
    fn any_frontmatter(spec in support::spec::any_spec().prop_map(Bytes), goal in goal()) {
        check(Side::Spec, &spec.0, &goal)?;
    }

    #[test]
    fn any_metadata(metadata in support::metadata::any_metadata().prop_map(Bytes), goal in goal()) {
        check_sound(Side::Metadata, &metadata.0, &goal)?;
    }
}

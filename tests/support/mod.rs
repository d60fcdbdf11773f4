//! Files as people, tools and accidents make them, for every suite that needs many of them.

// Each test target uses its own part of this module.
#![allow(dead_code)]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;

pub mod metadata;
pub mod spec;

/// A file's bytes, legible in a failure.
#[derive(Clone)]
pub struct Bytes(pub Vec<u8>);

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// Statuses of both files: few, so that the two often agree.
pub const STATUSES: &[&str] =
    &["active", "completed", "planned", "in-progress", "ready_for_review", "ready for review"];

pub const LINE_BREAKS: &[&str] = &["\n", "\r\n", "\r"];

/// One of `values`, as an owned string.
pub fn one_of(values: &'static [&'static str]) -> BoxedStrategy<String> {
    select(values).prop_map(str::to_owned).boxed()
}

/// Mostly the first, sometimes the second.
pub fn mostly<T: std::fmt::Debug + 'static>(
    usual: impl Strategy<Value = T> + 'static,
    odd: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<T> {
    Union::new_weighted(vec![(6, usual.boxed()), (1, odd.boxed())]).boxed()
}

/// `text`, with its line breaks written as `\n`, now written in one of the other ways, or in several at once.
pub fn line_breaks(text: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let endings = Union::new_weighted(vec![
        (12, Just(vec!["\n"]).boxed()),
        (4, Just(vec!["\r\n"]).boxed()),
        (1, Just(vec!["\r"]).boxed()),
        (2, vec(select(LINE_BREAKS), 1..5).boxed()),
    ]);
    (text, endings).prop_map(|(text, endings)| {
        let mut endings = endings.iter().cycle();
        text.split_inclusive('\n').fold(String::new(), |mut out, line| {
            match line.strip_suffix('\n') {
                Some(line) => {
                    out.push_str(line);
                    out.push_str(endings.next().expect("at least one"));
                }
                None => out.push_str(line),
            }
            out
        })
    })
}

/// What an accident does to a file.
#[derive(Clone, Debug)]
enum Accident {
    DeleteByte,
    InsertByte(u8),
    ReplaceByte(u8),
    InsertText(&'static str),
    DeleteLine,
    DoubleLine,
    InsertLine(&'static str),
    ReplaceLine(&'static str),
    CutHere,
}

/// Bytes that mean something to YAML or JSON, or to nobody.
const BYTES: &[u8] = b":#-?|>&*!%@`'\"[]{},\\ \t\r\n~=+.0123456789aexz_<$/()\x00\x07\x1b\x7f\x85\xa0\xc3\xe2\xff";

const TEXTS: &[&str] =
    &["\u{feff}", "\u{a0}", "\u{85}", "\u{2028}", "\u{200b}", "\u{ffff}", "é", "😀", "\r\n", ": ", " #", "''", "\\n"];

const LINES: &[&str] = &[
    "---",
    "...",
    "<<<<<<< HEAD",
    "=======",
    ">>>>>>> theirs",
    "status: active",
    "status: completed",
    "\tstatus: completed",
    " status: active",
    "# comment",
    "",
    "  ",
    "\t",
    "key: value",
    "- item",
    "  - item",
    "  nested: 1",
    "{",
    "}",
    "\"status\": \"active\",",
    "// comment",
];

fn accident() -> BoxedStrategy<Accident> {
    prop_oneof![
        3 => Just(Accident::DeleteByte),
        3 => select(BYTES).prop_map(Accident::InsertByte),
        3 => select(BYTES).prop_map(Accident::ReplaceByte),
        1 => select(TEXTS).prop_map(Accident::InsertText),
        1 => Just(Accident::DeleteLine),
        1 => Just(Accident::DoubleLine),
        2 => select(LINES).prop_map(Accident::InsertLine),
        1 => select(LINES).prop_map(Accident::ReplaceLine),
        1 => Just(Accident::CutHere),
    ]
    .boxed()
}

/// `bytes` after up to `most` accidents, all of them in its first `reach` bytes.
pub fn damaged(bytes: impl Strategy<Value = Vec<u8>>, most: usize, reach: usize) -> impl Strategy<Value = Vec<u8>> {
    (bytes, vec((accident(), any::<prop::sample::Index>()), 0..=most)).prop_map(move |(mut bytes, accidents)| {
        for (accident, place) in accidents {
            let at = place.index(bytes.len().min(reach) + 1);
            befall(&mut bytes, &accident, at);
        }
        bytes
    })
}

fn befall(bytes: &mut Vec<u8>, accident: &Accident, at: usize) {
    let start = bytes[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |found| found + 1);
    let end = bytes[at..].iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |found| at + found + 1);
    let inside = at < bytes.len();
    match accident {
        Accident::DeleteByte if inside => drop(bytes.remove(at)),
        Accident::ReplaceByte(byte) if inside => bytes[at] = *byte,
        Accident::DeleteByte | Accident::ReplaceByte(_) => {}
        Accident::InsertByte(byte) => bytes.insert(at, *byte),
        Accident::InsertText(text) => drop(bytes.splice(at..at, text.bytes())),
        Accident::DeleteLine => drop(bytes.drain(start..end)),
        Accident::DoubleLine => {
            let line = bytes[start..end].to_vec();
            bytes.splice(start..start, line);
        }
        Accident::InsertLine(line) => drop(bytes.splice(start..start, line.bytes().chain([b'\n']))),
        Accident::ReplaceLine(line) => drop(bytes.splice(start..end, line.bytes().chain([b'\n']))),
        Accident::CutHere => bytes.truncate(at),
    }
}

//! The same files, read by SpecWeave and by us. `SPECWEAVE_PEER` names the folder whose `node_modules` holds
//! `specweave`; its own detector answers in a Node process that stays alive. `SPECWEAVE_PEER_CASES` and
//! `SPECWEAVE_PEER_SEED` make other and more cases.
//!
//! Where we differ on purpose, `NOT_YAML` and `OTHERS` say so by name; `docs/peer-differences.md` explains each.

use std::env;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde::Deserialize;
use specweave_lsp::model::increment::{Increment, Source};
use specweave_lsp::model::parse::spec::{self, Language};
use specweave_lsp::model::parse::yaml::{self, NodeKind};
use specweave_lsp::model::parse::{self, ProblemKind, UnsupportedYaml, Value};
use specweave_lsp::model::rules::{self, Code, Finding, RuleContext, Severity};
use specweave_lsp::model::status::Side;

mod support;

/// What SpecWeave said about one pair of files.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    error: Option<String>,
    #[serde(default)]
    desync: bool,
    spec_status: Option<Tagged>,
    metadata_status: Option<Tagged>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Tagged {
    kind: String,
    #[serde(default)]
    text: String,
}

impl Tagged {
    fn is(&self, value: &Value) -> bool {
        match value {
            Value::Text(text) => self.kind == "text" && self.text == *text,
            Value::Number(number) => {
                let theirs: f64 = self.text.parse().unwrap_or(0.0);
                self.kind == "number" && (theirs == *number || (theirs.is_nan() && number.is_nan()))
            }
            Value::Bool(value) => self.kind == "boolean" && self.text == value.to_string(),
            Value::Other("a date") => self.kind == "date",
            Value::Other("a list") => self.kind == "list",
            Value::Other("a map" | "an object") => self.kind == "map",
            Value::Other("a string with an unpaired surrogate") => self.kind == "half character",
            Value::Other("binary data") => self.kind == "binary",
            Value::Other(_) => false,
        }
    }
}

struct Oracle {
    process: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Oracle {
    fn start() -> Oracle {
        let folder = env::var_os("SPECWEAVE_PEER")
            .expect("set SPECWEAVE_PEER to the folder whose node_modules holds specweave; there is no peer without it");
        let installed = Path::new(&folder).join("node_modules/specweave/package.json");
        assert!(installed.is_file(), "SPECWEAVE_PEER is set, but {} is not there", installed.display());
        let mut process = Command::new("node")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peer/oracle.mjs"))
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let questions = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().expect("standard output is piped"));
        Oracle { process, questions, answers }
    }

    fn ask(&mut self, spec: &[u8], metadata: &[u8]) -> Answer {
        let question =
            serde_json::json!({ "spec": STANDARD.encode(spec), "metadata": STANDARD.encode(metadata) }).to_string();
        writeln!(self.questions.as_mut().expect("still open"), "{question}").expect("the oracle reads on");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the oracle answers");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("the oracle said {line:?}: {error}"))
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // The end of its input ends the process; it then removes its folder.
        drop(self.questions.take());
        let _ = self.process.wait();
    }
}

#[derive(Clone, Debug)]
struct Case {
    spec: Vec<u8>,
    metadata: Vec<u8>,
}

/// What we say about it.
struct Ours {
    increment: Increment,
    errors: Vec<Finding>,
}

impl Ours {
    fn read(case: &Case) -> Ours {
        let source = |bytes: &Vec<u8>| Source::Text(bytes.clone());
        let increment = Increment::read("0001-case", source(&case.spec), source(&case.metadata));
        let mut errors = rules::check(&increment, RuleContext::default());
        errors.retain(|finding| finding.severity == Severity::Error);
        Ours { increment, errors }
    }

    fn value(&self, side: Side) -> Option<&Value> {
        self.increment.file(side).parsed.written_status().map(|field| &field.value)
    }

    /// The file cannot be read as it is, and we say so.
    fn complains(&self, side: Side) -> bool {
        self.complaints(side).next().is_some()
    }

    fn calls_invalid(&self) -> bool {
        self.complaints(Side::Spec).any(|error| error.code == Code::InvalidFrontmatter)
    }

    fn complaints(&self, side: Side) -> impl Iterator<Item = &Finding> {
        let codes = [Code::InvalidFrontmatter, Code::InvalidMetadata, Code::DuplicateKey, Code::UnreadableFile];
        self.errors.iter().filter(move |finding| finding.file == side.into() && codes.contains(&finding.code))
    }

    /// What is wrong with the YAML; with the parser's own words, when it does not take it.
    fn yaml_problems(&self) -> Vec<ProblemKind> {
        let (text, _) = parse::mask(self.increment.spec.bytes());
        let Some(block) = spec::block(&text).filter(|block| block.language == Language::Yaml) else {
            return Vec::new();
        };
        let content = &text[block.content.clone()];
        let problems = match yaml::parse(content, block.content.start) {
            Ok(tree) => yaml::problems(&tree, content, block.content.start),
            Err(problem) => vec![problem],
        };
        problems.into_iter().map(|problem| problem.kind).collect()
    }
}

/// YAML that is not valid, which SpecWeave's reader lets pass and ours refuses with an error: the name of the difference
/// in `docs/peer-differences.md`, and what our parser says.
const NOT_YAML: &[(&str, &[&str])] = &[
    (
        "tab as indentation",
        &[
            "tabs disallowed",
            "found a tab",
            "tab cannot be used",
            "cannot start with a tab",
            "comment intercepting",
            "mapping values are not allowed",
            "unexpected character: '%'",
            "must be followed by a valid YAML whitespace",
        ],
    ),
    (
        "something glued to a quoted string or a collection",
        &[
            "comments must be separated",
            "invalid trailing content after",
            "did not find expected key",
            "':' may not precede",
        ],
    ),
    ("`?` or `-` as a value", &["mapping keys are not allowed", "sequence entries are not allowed"]),
    ("empty entry in a flow list", &["parsing an implicit flow mapping"]),
    ("byte-order mark inside", &["a BOM must not", "a byte-order mark is allowed only"]),
    ("character that YAML does not allow", &["unexpected character: '\\u{", "did not find expected alphabetic"]),
    ("half a surrogate pair", &["surrogate"]),
    ("anchor or tag in the wrong place", &["simple key expected"]),
];

fn is_invalid_yaml(ours: &Ours, words: &[&str]) -> bool {
    let named = |problem: &ProblemKind| {
        let message = rules::problem_message(Side::Spec, problem);
        words.iter().any(|words| message.contains(words))
    };
    ours.calls_invalid() && ours.value(Side::Spec).is_none() && ours.yaml_problems().iter().any(named)
}

/// The other differences on purpose: the name on the same page, and whether it is what a case shows.
type Other = (&'static str, fn(&Case, &Answer, &Ours) -> bool);
const OTHERS: &[Other] = &[
    ("bytes that are not UTF-8", not_utf8),
    ("anchor or tag in the wrong place", misplaced_property),
    ("keys that JavaScript prints alike", keys_printed_alike),
    ("blank before a line break in quotes", blank_before_break),
    ("line breaks at the end of an open file", open_at_the_end),
    ("blank status", blank_status),
];

fn not_utf8(case: &Case, _: &Answer, ours: &Ours) -> bool {
    let broken = |bytes: &[u8]| std::str::from_utf8(bytes).is_err();
    let said = ours.errors.iter().any(|error| error.code == Code::UnreadableFile);
    said && (broken(&case.spec) || broken(&case.metadata))
}

/// Valid YAML that SpecWeave's reader takes for something else, without an error.
fn misplaced_property(_: &Case, answer: &Answer, ours: &Ours) -> bool {
    const KINDS: [UnsupportedYaml; 3] = [
        UnsupportedYaml::PropertyBeforeFirstKey,
        UnsupportedYaml::PropertyWithoutValue,
        UnsupportedYaml::AliasOfNothing,
    ];
    let is_one = |problem: &ProblemKind| matches!(problem, ProblemKind::UnsupportedYaml(kind) if KINDS.contains(kind));
    answer.error.is_none() && ours.calls_invalid() && ours.yaml_problems().iter().any(is_one)
}

fn keys_printed_alike(case: &Case, answer: &Answer, _: &Ours) -> bool {
    let twice = answer.error.as_deref().is_some_and(|error| error.contains("duplicated mapping key"));
    twice && (has_keys_of_odd_kinds(&case.spec) || String::from_utf8_lossy(&case.spec).contains("__proto__"))
}

/// YAML drops blanks before a line break inside quotes; SpecWeave's reader keeps them.
fn blank_before_break(case: &Case, answer: &Answer, ours: &Ours) -> bool {
    let (Some(theirs), Some(field)) = (&answer.spec_status, ours.increment.spec.parsed.written_status()) else {
        return false;
    };
    let written = String::from_utf8_lossy(&case.spec[field.span.clone()]).into_owned();
    let torn =
        written.split_inclusive(['\n', '\r']).any(|line| line.trim_end_matches(['\n', '\r']).ends_with([' ', '\t']));
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let alike = field.value.as_text().is_some_and(|text| theirs.kind == "text" && words(text) == words(&theirs.text));
    torn && alike
}

/// A block scalar that keeps its line breaks ends an unclosed file with a line of blanks.
fn open_at_the_end(_: &Case, answer: &Answer, ours: &Ours) -> bool {
    let open = ours.complaints(Side::Spec).any(|error| error.message.contains("is not closed"));
    let words = |text: &str| text.trim_end_matches('\n').to_owned();
    let theirs = answer.spec_status.as_ref().filter(|status| status.kind == "text").map(|status| words(&status.text));
    open && theirs.is_some() && theirs == ours.value(Side::Spec).and_then(Value::as_text).map(words)
}

/// Nothing can be made of a blank, so it is no status, and no fix ever writes it.
fn blank_status(_: &Case, answer: &Answer, ours: &Ours) -> bool {
    let statuses = [&answer.spec_status, &answer.metadata_status];
    let blank = statuses.into_iter().flatten().any(|status| status.kind == "text" && status.text.trim().is_empty());
    blank && answer.desync && !ours.increment.is_desynced()
}

/// Some mapping has dates or binary data for keys.
fn has_keys_of_odd_kinds(spec: &[u8]) -> bool {
    let (text, _) = parse::mask(spec);
    let Some(block) = spec::block(&text) else { return false };
    let Ok(tree) = yaml::parse(&text[block.content.clone()], 0) else { return false };
    tree.nodes.iter().any(|node| match &node.kind {
        NodeKind::Mapping { entries, .. } => {
            entries.iter().any(|&(key, _)| matches!(tree.value(key), Some(Value::Other("a date" | "binary data"))))
        }
        _ => false,
    })
}

/// Errors we report where SpecWeave reads on: each is about something that is wrong all the same.
const SAID_ANYWAY: &[&str] = &[
    "The frontmatter is not closed",
    "Unresolved merge conflict",
    "control character",
    "expected keys with values",
    "The frontmatter is marked as",
    "'<<' can only merge",
    "unknown tag",
    "an anchor or tag is indented further",
    "a tab before the first key",
    "Duplicate key `status`",
    "it must be a JSON object",
    "not UTF-8",
    "The frontmatter is not valid YAML",
];

/// Why the two disagree, or nothing.
fn disagreement(case: &Case, answer: &Answer) -> Option<String> {
    let ours = Ours::read(case);
    let what = what_differs(answer, &ours)?;
    let meant = NOT_YAML.iter().any(|(_, words)| is_invalid_yaml(&ours, words))
        || OTHERS.iter().any(|(_, explains)| explains(case, answer, &ours));
    let errors: Vec<_> = ours.errors.iter().map(|error| format!("{}: {}", error.code, error.message)).collect();
    (!meant).then(|| format!("{what}; our errors: {errors:?}"))
}

fn what_differs(answer: &Answer, ours: &Ours) -> Option<String> {
    if let Some(error) = &answer.error {
        let said = Side::BOTH.iter().any(|&side| ours.complains(side));
        return (!said).then(|| format!("SpecWeave fails ({error}), we say nothing"));
    }
    for (side, theirs) in [(Side::Spec, &answer.spec_status), (Side::Metadata, &answer.metadata_status)] {
        let same = match (ours.value(side), theirs) {
            (None, None) => true,
            (Some(value), Some(theirs)) => theirs.is(value),
            _ => false,
        };
        if !same {
            return Some(format!("{}: SpecWeave {theirs:?}, we {:?}", side.file_name(), ours.value(side)));
        }
        let alarm = ours.complaints(side).find(|error| !SAID_ANYWAY.iter().any(|words| error.message.contains(words)));
        if let Some(alarm) = alarm {
            return Some(format!("{}: SpecWeave reads it, we say {}", side.file_name(), alarm.message));
        }
    }
    let desync = ours.increment.is_desynced();
    (desync != answer.desync).then(|| format!("desync: SpecWeave {}, we {desync}", answer.desync))
}

fn setting(name: &str, otherwise: u64) -> u64 {
    match env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} must be a number, not {text:?}")),
        Err(_) => otherwise,
    }
}

#[test]
fn generated_files_mean_the_same() {
    let cases = setting("SPECWEAVE_PEER_CASES", 4000);
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&setting("SPECWEAVE_PEER_SEED", 0).to_le_bytes());
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let pairs = (support::spec::any_spec(), support::metadata::any_metadata())
        .prop_map(|(spec, metadata)| Case { spec, metadata });
    let mut oracle = Oracle::start();
    let (mut verdicts, mut desyncs, mut failures) = (0, 0, 0);
    let mut report = String::new();
    for _ in 0..cases {
        let mut tree = pairs.new_tree(&mut runner).expect("a case");
        let case = tree.current();
        let answer = oracle.ask(&case.spec, &case.metadata);
        verdicts += u64::from(answer.error.is_none());
        desyncs += u64::from(answer.desync);
        failures += u64::from(answer.error.is_some());
        let Some(mut reason) = disagreement(&case, &answer) else { continue };
        // The smallest case that still differs says most.
        let mut smallest = case;
        let mut goes_on = tree.simplify();
        for _ in 0..400 {
            if !goes_on {
                break;
            }
            let case = tree.current();
            goes_on = match disagreement(&case, &oracle.ask(&case.spec, &case.metadata)) {
                Some(found) => {
                    (smallest, reason) = (case, found);
                    tree.simplify()
                }
                None => tree.complicate(),
            };
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let _ = writeln!(report, "{:?} with {:?}: {reason}", text(&smallest.spec), text(&smallest.metadata));
        if report.lines().count() == 10 {
            break;
        }
    }
    assert!(report.is_empty(), "we and SpecWeave disagree:\n{report}");
    // Cases that are all broken, or all healthy, would show nothing.
    assert!(
        verdicts > cases / 4 && desyncs > cases / 20 && failures > cases / 20,
        "{cases} cases: {verdicts} verdicts, {desyncs} desyncs, {failures} failures"
    );
}

/// What a row of the tables expects of SpecWeave.
#[derive(Clone, Copy, Debug)]
enum Expect {
    Text(&'static str),
    /// There is a value and it is no string.
    Kind(&'static str),
    /// Nothing that counts as a status: silently healthy.
    Nothing,
    Fails,
}

use Expect::{Fails, Kind as Of, Nothing, Text};

fn check_rows(rows: &[(&str, Expect)], side: Side) {
    let mut oracle = Oracle::start();
    for (text, expect) in rows {
        let case = match side {
            Side::Spec => Case { spec: text.as_bytes().to_vec(), metadata: br#"{"status": "active"}"#.to_vec() },
            Side::Metadata => Case { spec: b"---\nstatus: active\n---\n".to_vec(), metadata: text.as_bytes().to_vec() },
        };
        let answer = oracle.ask(&case.spec, &case.metadata);
        let status = match side {
            Side::Spec => &answer.spec_status,
            Side::Metadata => &answer.metadata_status,
        };
        let desync = match (expect, &answer.error, status) {
            (Fails, Some(_), _) => false,
            (Nothing, None, None) => false,
            (Text(text), None, Some(status)) if status.kind == "text" && status.text == *text => *text != "active",
            (Of(kind), None, Some(status)) if status.kind == *kind => true,
            _ => panic!("{text:?}: expected {expect:?}, SpecWeave says {answer:?}"),
        };
        assert_eq!(answer.desync, desync, "{text:?}");
        if let Some(reason) = disagreement(&case, &answer) {
            panic!("{text:?}: {reason}");
        }
    }
}

#[test]
fn each_way_to_write_frontmatter() {
    let block = |rows: &[(&str, Expect)]| {
        let rows: Vec<_> =
            rows.iter().map(|(inner, expect)| (format!("---\n{inner}\n---\n# Title\n"), *expect)).collect();
        check_rows(&rows.iter().map(|(spec, expect)| (spec.as_str(), *expect)).collect::<Vec<_>>(), Side::Spec);
    };
    block(&[
        ("status: active", Text("active")),
        ("status: \"active\"", Text("active")),
        ("status: 'active'", Text("active")),
        ("status: active # c", Text("active")),
        ("status:\tactive", Text("active")),
        ("status : active", Text("active")),
        ("\"status\": active", Text("active")),
        ("? status\n: active", Text("active")),
        ("status:\n  active", Text("active")),
        ("status: >-\n  active", Text("active")),
        ("status: |-\n  active", Text("active")),
        ("status: !!str active", Text("active")),
        ("status: ! active", Text("active")),
        ("status: &a active", Text("active")),
        ("x: &a active\nstatus: *a", Text("active")),
        ("  title: x\n  status: active", Text("active")),
        ("{status: active}", Text("active")),
        ("{\"status\": \"active\"}", Text("active")),
        ("status: >\n  active", Text("active\n")),
        ("status: |\n  active", Text("active\n")),
        ("status: active#c", Text("active#c")),
        ("status: Active", Text("Active")),
        ("status: \u{a0}active", Text("\u{a0}active")),
        ("status: \u{200b}active", Text("\u{200b}active")),
        ("status: active\n  more", Text("active more")),
        ("status: on", Text("on")),
        ("status: off", Text("off")),
        ("status: yes", Text("yes")),
        ("status: y", Text("y")),
        ("status: true", Of("boolean")),
        ("status: 012", Of("number")),
        ("status: 1:30", Of("number")),
        ("status: 0x1F", Of("number")),
        ("status: 1_000", Of("number")),
        ("status: .nan", Of("number")),
        ("status: 2025-11-20", Of("date")),
        ("status: 2025-11-20T10:00:00Z", Of("date")),
        ("status: [active]", Of("list")),
        ("status: {a: b}", Of("map")),
        ("status: !!binary YWJj", Of("binary")),
        ("status: ~", Nothing),
        ("status: null", Nothing),
        ("status:", Nothing),
        ("status: # todo", Nothing),
        ("Status: active", Nothing),
        ("meta:\n  status: active", Nothing),
        ("status:\u{a0}active", Nothing),
        ("status\u{ff1a} active", Nothing),
        ("status: \"\"", Text("")),
        ("status: nUll", Text("nUll")),
        ("status: |\n", Text("")),
        ("status: a\nstatus: b", Fails),
        ("title: a\ntitle: b\nstatus: active", Fails),
        ("title: x\nstatus:active", Fails),
        ("title: Fix: x\nstatus: active", Fails),
        ("status: @x", Fails),
        ("status: %x", Fails),
        ("status: **x**", Fails),
        ("title: [WIP] x\nstatus: active", Fails),
        ("status: \"a\" b", Fails),
        ("status: [x] completed", Fails),
        ("status: \"active", Fails),
        ("status: !foo active", Fails),
        ("status: *nobody", Fails),
        ("status: a\u{7}b", Fails),
        ("status: a\u{0}b", Fails),
        ("title: x\u{2028}status: active", Fails),
        ("title: x\u{85}status: active", Fails),
        ("<<<<<<< HEAD\nstatus: active\n=======\nstatus: completed\n>>>>>>> x", Fails),
        ("meta:\n\tstatus: completed", Text("completed")),
        ("b: &b {status: active}\n<<: *b", Text("active")),
        ("b: &b {status: completed}\n<<: *b\nstatus: active", Text("active")),
        ("b: &b {status: active}\nc: &c {status: completed}\n<<: [*b, *c]", Text("active")),
        ("b: &b {status: active}\nc: &c {status: completed}\n<<: *c\n<<: *b", Text("completed")),
    ]);
}

#[test]
fn each_fence() {
    check_rows(
        &[
            ("--- \nstatus: active\n---\n", Text("active")),
            ("---\t\nstatus: active\n---\n", Text("active")),
            ("---yaml\nstatus: active\n---\n", Text("active")),
            ("--- yaml\nstatus: active\n---\n", Text("active")),
            ("---YAML\nstatus: active\n---\n", Text("active")),
            ("---yml\nstatus: active\n---\n", Text("active")),
            ("---json\n{\"status\": \"active\"}\n---\n", Text("active")),
            ("---json\n{\"status\": \"a\", \"status\": \"active\"}\n---\n", Text("active")),
            ("---JSON\n{\"status\": \"active\"}\n---\n", Fails),
            ("---toml\nstatus = 1\n---\n", Fails),
            ("--- # c\nstatus: active\n---\n", Fails),
            ("---\u{85}\nstatus: active\n---\n", Fails),
            ("---constructor\nstatus: active\n---\n", Nothing),
            ("---js\n{ status: 'active' }\n---\n", Fails),
            ("----\nstatus: active\n---\n", Nothing),
            ("\n---\nstatus: active\n---\n", Nothing),
            (" ---\nstatus: active\n---\n", Nothing),
            ("# c\n---\nstatus: active\n---\n", Nothing),
            (";;;\nstatus: active\n;;;\n", Nothing),
            ("+++\nstatus: active\n+++\n", Nothing),
            ("\u{feff}\u{feff}---\nstatus: active\n---\n", Nothing),
            ("---\rstatus: active\r---\r", Nothing),
            ("--- {status: active}\n", Nothing),
            ("--- {status: active}", Fails),
            ("\u{feff}---\nstatus: active\n---\n", Text("active")),
            ("---\r\nstatus: active\r\n---\r\n", Text("active")),
            ("---\r\nstatus: active\n---\r\n", Text("active")),
            ("---\nstatus: active\n----\n", Text("active")),
            ("---\nstatus: active\n---foo\n", Text("active")),
            ("---\nstatus: active\n--- \n", Text("active")),
            ("---\nstatus: active\n ---\n---\n", Text("active ---")),
            ("---\nstatus: active\n...\n", Text("active")),
            ("---\nstatus: active\n...\nbody\n", Fails),
            ("---\nstatus: active\n", Text("active")),
            ("---\nstatus: active\n# Title\n", Text("active")),
            ("---\nstatus: active\n\n# Title\n\nWords: of a body\n\n* list\n", Fails),
            ("---\nx: |\n---\nstatus: active\n---\n", Nothing),
            ("---\nx: \"\n---\nstatus: active\n---\n", Fails),
            ("", Nothing),
        ],
        Side::Spec,
    );
}

#[test]
fn each_metadata() {
    check_rows(
        &[
            ("{\"status\": \"active\"}", Text("active")),
            ("\u{feff}{\"status\": \"active\"}", Fails),
            ("{\"status\": \"active\",}", Fails),
            ("{\"status\": \"active\" // c\n}", Fails),
            ("", Fails),
            ("{\0\"\0s\0\"\0:\x001\0}\0", Fails),
            ("{\n<<<<<<< HEAD\n\"status\": \"active\"\n=======\n>>>>>>> x\n}", Fails),
            ("null", Fails),
            ("{\"status\": \"a\", \"status\": \"active\"}", Text("active")),
            ("[]", Nothing),
            ("5", Nothing),
            ("\"x\"", Nothing),
            ("{}", Nothing),
            ("{\"status\": null}", Nothing),
            ("{\"Status\": \"active\"}", Nothing),
            ("{\"a\": {\"status\": \"active\"}}", Nothing),
            ("{\"status\": false}", Of("boolean")),
            ("{\"status\": \"\"}", Text("")),
            ("{\"status\": 1}", Of("number")),
            ("{\"status\": [\"active\"]}", Of("list")),
            ("{\"status\": {}}", Of("map")),
            ("{\"status\": \"\\u0061ctive\"}", Text("active")),
            ("{\"st\\u0061tus\": \"active\"}", Text("active")),
            ("{\"status\": \"\\ud800\"}", Of("half character")),
        ],
        Side::Metadata,
    );
}

#[test]
fn each_difference_is_explained() {
    let page = include_str!("../docs/peer-differences.md");
    for name in NOT_YAML.iter().map(|(name, _)| name).chain(OTHERS.iter().map(|(name, _)| name)) {
        assert!(page.contains(&format!("| {name} |")), "the page lacks {name:?}");
    }
}

//! The hot paths, each on fixed texts, and nothing from disk but the names of increments and what settings there are.

#![allow(clippy::unwrap_used, reason = "a path that cannot be measured says where")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use clap::Parser;
use ropey::Rope;
use specweave_lsp::cli::common::Common;
use specweave_lsp::cli::projects::{self, Reach};
use specweave_lsp::model::edit;
use specweave_lsp::model::increment::{Increment, Source};
use specweave_lsp::model::parse::{metadata, plain_frontmatter, spec};
use specweave_lsp::model::rules::{self, RuleContext};
use specweave_lsp::model::status::{Side, Status};
use specweave_lsp::server::diagnostics::{Published, diagnostic};
use specweave_lsp::server::lsp::capabilities::Capabilities;
use specweave_lsp::server::lsp::position;
use specweave_lsp::workspace::change::plan::{self, PlanInput, TransitionRequest};
use specweave_lsp::workspace::check::{self, Depth};
use specweave_lsp::workspace::config::Settings;
use specweave_lsp::workspace::config::layer::{Delivery, Layer};
use specweave_lsp::workspace::config::project::Given;
use specweave_lsp::workspace::documents::Documents;
use specweave_lsp::workspace::index::{Index, View};
use specweave_lsp::workspace::line_index::Encoding;
use tower_lsp::ls_types::{Diagnostic, InitializeParams, Position, Range, Uri};

/// Prepares a path and gives what is to be called many times.
type Prepare = fn() -> Box<dyn FnMut()>;

const ROOT: &str = "/nowhere/project";
const ID: &str = "0047-us-task-linkage";

const FRONTMATTER: &str = "---\nincrement: 0047-us-task-linkage\ntitle: \"Link user stories and tasks\"\ntype: feature\n\
    priority: P1\nstatus: active\ncreated: 2025-11-19\nfeature_id: FS-047\nstructure: user-stories\ntest_mode: TDD\n\
    coverage_target: 90\ndependencies:\n  - 0031-external-tool-status-sync\n  - 0043-spec-md-desync-fix\n---\n";

/// A block scalar, an alias and a flow mapping: for the YAML parser.
const DOUBTFUL: &str = "---\nincrement: 0047-us-task-linkage\ntitle: >-\n  Link user stories\n  and tasks\n\
    owner: &owner {name: Anton, team: core}\nreviewer: *owner\nstatus: active # since Monday\ncreated: 2025-11-19\n\
    dependencies: [0031-external-tool-status-sync, \"0043-spec-md-desync-fix\"]\n---\n";

const METADATA: &str = r#"{
  "id": "0047-us-task-linkage",
  "status": "active",
  "type": "feature",
  "priority": "P1",
  "created": "2025-11-19T09:30:00.000Z",
  "lastActivity": "2025-11-20T17:12:33.120Z",
  "testMode": "TDD",
  "coverageTarget": 90,
  "feature_id": "FS-047",
  "epic_id": null,
  "externalLinks": {"github": {"issues": {"US-001": {"issueNumber": 712, "status": "active"}}}},
  "planning": {"parallel": false}
}
"#;

pub fn all() -> [(&'static str, Prepare); 11] {
    [
        ("parse plain frontmatter", plain),
        ("parse doubtful frontmatter", doubtful),
        ("parse metadata.json", json),
        ("findings of a pair that disagrees", pair),
        ("set the status in spec.md", edit_spec),
        ("set the status in metadata.json", edit_metadata),
        ("plan a close", close),
        ("positions of a span, both ways", positions),
        ("publish the difference", published),
        ("a keystroke, from change to diagnostics", keystroke),
        ("choose 200 increments by a path and by their numbers", choose),
    ]
}

/// A whole spec.md: ten stories with criteria, some of it not ASCII.
fn spec(status: &str) -> String {
    let head = FRONTMATTER.replace("status: active", &format!("status: {status}"));
    let story = |number: usize| {
        format!(
            "### US-{number:03}: Zahlung für alle 🚀\n\n**As a** developer\n**I want** tasks that name their stories\n\n\
             - [x] **AC-US{number}-01**: Given a task → it names its story\n- [x] **AC-US{number}-02**: And its criteria\n\n"
        )
    };
    format!("{head}\n# Feature\n\n{}", (1..=10).map(story).collect::<String>())
}

fn tasks() -> String {
    (1..=20)
        .map(|number| format!("### T-{number:03}: Do it\n\n**User Story**: US-001\n**Status**: [x] completed\n\n"))
        .collect()
}

fn folder() -> PathBuf {
    Path::new(ROOT).join(".specweave/increments").join(ID)
}

/// All three files open, so that nothing is read from disk.
fn opened(metadata: &str) -> Documents {
    let mut documents = Documents::default();
    for (name, text) in [("spec.md", spec("active")), ("metadata.json", metadata.to_owned()), ("tasks.md", tasks())] {
        let path = folder().join(name);
        documents.open(path.clone(), format!("file://{}", path.display()), 1, &text);
    }
    documents
}

fn desynced() -> String {
    METADATA.replacen("\"status\": \"active\"", "\"status\": \"completed\"", 1)
}

fn plain() -> Box<dyn FnMut()> {
    assert!(plain_frontmatter::read(FRONTMATTER.as_bytes()).is_some());
    Box::new(|| drop(black_box(spec::read(black_box(FRONTMATTER.as_bytes())))))
}

fn doubtful() -> Box<dyn FnMut()> {
    assert!(plain_frontmatter::read(DOUBTFUL.as_bytes()).is_none());
    assert_eq!(spec::read(DOUBTFUL.as_bytes()).status_text(), Some("active"));
    Box::new(|| drop(black_box(spec::read(black_box(DOUBTFUL.as_bytes())))))
}

fn json() -> Box<dyn FnMut()> {
    assert_eq!(metadata::read(METADATA.as_bytes()).status_text(), Some("active"));
    Box::new(|| drop(black_box(metadata::read(black_box(METADATA.as_bytes())))))
}

fn pair() -> Box<dyn FnMut()> {
    let text = |text: String| Source::Text(text.into_bytes());
    let increment = Increment::read(ID, text(spec("active")), text(desynced()));
    assert_eq!(rules::check(&increment, RuleContext::default()).len(), 2, "in each file");
    Box::new(move || drop(black_box(rules::check(black_box(&increment), RuleContext::default()))))
}

fn edit(side: Side, text: String) -> Box<dyn FnMut()> {
    assert!(edit::set_status(side, text.as_bytes(), "completed").unwrap().is_some());
    Box::new(move || drop(black_box(edit::set_status(side, black_box(text.as_bytes()), "completed"))))
}

fn edit_spec() -> Box<dyn FnMut()> {
    edit(Side::Spec, spec("active"))
}

fn edit_metadata() -> Box<dyn FnMut()> {
    edit(Side::Metadata, METADATA.to_owned())
}

fn close() -> Box<dyn FnMut()> {
    let (documents, settings) = (opened(METADATA), Settings::default());
    let plan = move || {
        let subject = PlanInput::read(&folder(), &documents, &settings);
        plan::transition(&subject, &TransitionRequest { goal: Status::Completed, reason: None, force: false })
    };
    assert_eq!(plan().map(|plan| plan.files.len()), Ok(2));
    Box::new(move || drop(black_box(plan())))
}

fn positions() -> Box<dyn FnMut()> {
    let text = spec("active");
    let rope = Rope::from_str(&text);
    let start = text.find("AC-US9-02").unwrap();
    let span = start..start + "AC-US9-02".len();
    let both = move || {
        let range = position::range(black_box(&text), &span, Encoding::Utf16);
        assert_eq!(position::bytes(black_box(&rope), range, Encoding::Utf16), span);
    };
    Box::new(both)
}

fn diagnostics(index: &Index, uri: &Uri, client: &Capabilities) -> Vec<Diagnostic> {
    let told = |side: Side| {
        index.with(&folder(), |entry| {
            let of_side = entry.findings.iter().filter(|finding| finding.file == side.into());
            of_side.map(|finding| diagnostic(finding, |_| Some(uri.clone()), client)).collect::<Vec<_>>()
        })
    };
    told(Side::Spec).unwrap_or_default()
}

fn note(index: &Index, project: &Arc<Path>, documents: &Documents, settings: &Settings) {
    let stamp = (0, Instant::now());
    let (increment, work) = check::load(&folder(), documents, settings, Depth::Work);
    let view = View { documents, settings, encoding: Encoding::Utf16, epoch: 0, outdated: None };
    assert!(index.note(
        project,
        &Arc::from(folder()),
        &increment,
        RuleContext { work: work.as_ref(), ..RuleContext::default() },
        view,
        stamp
    ));
}

fn published() -> Box<dyn FnMut()> {
    let client = Capabilities::of(&InitializeParams::default(), Delivery::default());
    let (index, project) = (Index::default(), Arc::from(Path::new(ROOT)));
    note(&index, &project, &opened(&desynced()), &Settings::default());
    let path = folder().join("spec.md");
    let uri = position::uri_of(&path).unwrap();
    let mut published = Published::default();
    let mut disagree = false;
    Box::new(move || {
        disagree = !disagree;
        let now = if disagree { diagnostics(&index, &uri, &client) } else { Vec::new() };
        assert_eq!(published.difference(&path, || Some(uri.clone()), now, false).len(), 1);
    })
}

/// The way of one keystroke, from the change that a client sends to what it is told: `server::documents` takes it so.
fn keystroke() -> Box<dyn FnMut()> {
    let client = Capabilities::of(&InitializeParams::default(), Delivery::default());
    let (settings, index, project) = (Settings::default(), Index::default(), Arc::from(Path::new(ROOT)));
    let mut documents = opened(METADATA);
    let path = folder().join("spec.md");
    let uri = position::uri_of(&path).unwrap();
    let mut published = Published::default();
    let mut typed = false;
    let line = FRONTMATTER.lines().position(|line| line == "status: active").unwrap() as u32;
    Box::new(move || {
        typed = !typed;
        // A letter after `active`, and away again.
        let (end, text) = if typed { (14, "x") } else { (15, "") };
        let document = documents.edit(&path).unwrap();
        document.version += 1;
        let range = Range::new(Position::new(line, 14), Position::new(line, end));
        published.touched(&path, range);
        let bytes = position::bytes(&document.text, range, Encoding::Utf16);
        let chars = document.text.byte_to_char(bytes.start)..document.text.byte_to_char(bytes.end);
        document.text.remove(chars.clone());
        document.text.insert(chars.start, text);
        note(&index, &project, &documents, &settings);
        let now = diagnostics(&index, &uri, &client);
        let is_error = |it: &Diagnostic| it.severity == Some(tower_lsp::ls_types::DiagnosticSeverity::ERROR);
        assert_eq!(now.iter().any(is_error), typed, "{now:?}");
        assert_eq!(published.difference(&path, || Some(uri.clone()), now, false).len(), 1);
    })
}

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    common: Common,
}

/// What would grow with the square of a project shows at two hundred.
fn choose() -> Box<dyn FnMut()> {
    let project = tempfile::tempdir().unwrap();
    let increments = project.path().join(".specweave/increments");
    (1..=200).for_each(|number| std::fs::create_dir_all(increments.join(format!("{number:04}-name"))).unwrap());
    let Flags { common } = Flags::parse_from(["check".as_ref(), "--project".as_ref(), project.path().as_os_str()]);
    let given = Given::new(Layer::default());
    let numbers = (1..=200).map(|number| number.to_string());
    let wanted: Vec<String> = std::iter::once(increments.display().to_string()).chain(numbers).collect();
    Box::new(move || {
        // Removed when it is dropped.
        let _kept = &project;
        let chosen = projects::only(&wanted, Reach::Folders, &common, &given).unwrap();
        assert_eq!(chosen.iter().map(|it| it.folders.len()).collect::<Vec<_>>(), [200]);
    })
}

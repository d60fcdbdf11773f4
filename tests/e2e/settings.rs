//! `.specweave/lsp.json`: the same answer for all who read it.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};
use specweave_lsp::workspace::fs::paths::slashed;

use crate::client::{Client, PATIENCE, capabilities, uri};
use crate::project::{BINARY, Project, metadata_text, run_in, spec_text};
use crate::repository::{self, Repository};

const DESYNC: &str = "0001-desync";
const ARCHIVED: &str = "_archive/0002-old";
const LARGE: &str = "0003-large";

/// `increment code severity`, a desync once: the information in its other file only leads to it.
type Found = BTreeSet<String>;

/// A setting, what its value changes, and what stays as it is.
struct Case {
    name: &'static str,
    settings: &'static str,
    /// What is found in addition, and what not any more.
    found: &'static [&'static str],
    lost: &'static [&'static str],
    /// What `status --all` shows in addition, and what not any more: `increment desync`, `increment unreadable`.
    shown: &'static [&'static str],
    hidden: &'static [&'static str],
    /// What `sync --all` would change: each increment, and the status it would get.
    synced: &'static [&'static str],
    /// What the line for a prompt says.
    line: &'static str,
}

const ALWAYS: Case = Case {
    name: "nothing",
    settings: "{}",
    found: &[],
    lost: &[],
    shown: &[],
    hidden: &[],
    synced: &["0001-desync active"],
    line: "⚠ [0001-desync] · [0003-large]",
};

/// Each setting that a project can have.
const CASES: &[Case] = &[
    ALWAYS,
    Case {
        name: "preferredSource",
        settings: r#"{"preferredSource": "spec"}"#,
        synced: &["0001-desync planning"],
        ..ALWAYS
    },
    Case {
        name: "includeArchived",
        settings: r#"{"includeArchived": true}"#,
        found: &["0002-old status-desync error"],
        shown: &["0002-old desync"],
        synced: &["0001-desync active", "0002-old completed"],
        line: "⚠ [0001-desync] · ⚠ [0002-old] · (+1 more)",
        ..ALWAYS
    },
    Case {
        name: "exclude",
        settings: r#"{"exclude": ["0001-*"]}"#,
        lost: &["0001-desync status-desync error"],
        hidden: &["0001-desync desync"],
        synced: &[],
        line: "[0003-large]",
        ..ALWAYS
    },
    Case {
        name: "severity",
        settings: r#"{"severity": {"status-desync": "warning", "unknown-status": "off"}}"#,
        found: &["0001-desync status-desync warning"],
        lost: &["0001-desync status-desync error", "0004-other unknown-status warning"],
        ..ALWAYS
    },
    Case {
        name: "ignore",
        settings: r#"{"ignore": [{"increment": "0001-*", "code": "status-desync", "reason": "kept as it was"}]}"#,
        lost: &["0001-desync status-desync error"],
        shown: &["0001-desync "],
        hidden: &["0001-desync desync"],
        synced: &[],
        line: "[0001-desync] · [0003-large]",
        ..ALWAYS
    },
    Case {
        name: "maxFileSizeKiB",
        settings: r#"{"maxFileSizeKiB": 1}"#,
        found: &["0003-large unreadable-file error"],
        shown: &["0003-large unreadable"],
        hidden: &["0003-large "],
        line: "⚠ [0001-desync] · ⚠ 1 unreadable",
        ..ALWAYS
    },
    Case {
        name: "statusLine.maxIncrements",
        settings: r#"{"statusLine": {"maxIncrements": 1}}"#,
        line: "⚠ [0001-desync] · (+1 more)",
        ..ALWAYS
    },
];

/// One increment each that a setting is about, all of it staged.
fn scene() -> Repository {
    let repository = Repository { project: Project::new() };
    repository.git(&["init", "--quiet", "--initial-branch=main"]);
    let project = &repository.project;
    project.increment(DESYNC, "planning", "active");
    project.increment(ARCHIVED, "active", "completed");
    let large = spec_text(LARGE, "active") + &"x".repeat(2000);
    project.write(LARGE, "spec.md", large);
    project.write(LARGE, "metadata.json", metadata_text(LARGE, "active"));
    project.increment("0004-other", "imported", "imported");
    repository
}

fn settings_of(root: &Path) -> PathBuf {
    root.join(".specweave/lsp.json")
}

fn config(repository: &Repository, text: &str) {
    fs::write(settings_of(repository.root()), text).unwrap();
    repository.git(&["add", "--all", "--force"]);
}

fn set(of: &[&str]) -> Found {
    of.iter().map(|it| (*it).to_owned()).collect()
}

/// `add` and what is in `all` without `remove`.
fn changed(all: &Found, add: &[&str], remove: &[&str]) -> Found {
    remove.iter().for_each(|it| assert!(all.contains(*it), "{it} is in {all:?}"));
    all.difference(&set(remove)).cloned().chain(set(add)).collect()
}

// --- the readers

/// Without the desync's other file.
fn once(mut found: Found) -> Found {
    const SEVERITIES: [&str; 4] = ["error", "warning", "information", "hint"];
    let all = found.clone();
    found.retain(|it| {
        let (subject, severity) = it.rsplit_once(' ').unwrap();
        let rank = SEVERITIES.iter().position(|known| *known == severity).unwrap();
        let is_told = |severity: &&str| all.contains(&format!("{subject} {severity}"));
        !subject.ends_with("status-desync") || !SEVERITIES[..rank].iter().any(is_told)
    });
    found
}

fn of_report(report: &str) -> Found {
    let report: Value = serde_json::from_str(report).unwrap_or_else(|error| panic!("{error}: {report}"));
    let findings = report["findings"].as_array().unwrap();
    let line = |it: &Value| {
        [&it["increment"], &it["code"], &it["severity"]].map(|part| part.as_str().unwrap_or("-")).join(" ")
    };
    once(findings.iter().map(line).collect())
}

/// What is told about each file, by the last part of its increment's path.
fn of_diagnostics<'d>(files: impl Iterator<Item = (&'d str, &'d Value)>) -> Found {
    let severity = ["", "error", "warning", "information", "hint"];
    let mut found = Found::new();
    for (uri, diagnostics) in files {
        let increment = uri.rsplit('/').nth(1).unwrap();
        for it in diagnostics.as_array().unwrap() {
            let severity = severity[it["severity"].as_u64().unwrap() as usize];
            let increment = if uri.ends_with("/lsp.json") { "-" } else { increment };
            found.insert(format!("{increment} {} {severity}", it["code"].as_str().unwrap()));
        }
    }
    once(found)
}

fn pushed(client: &Client) -> Found {
    of_diagnostics(client.published.iter().map(|(uri, (params, _))| (uri.as_str(), &params["diagnostics"])))
}

fn pulled(client: &mut Client) -> Found {
    client.catch_up();
    let report = client.request("workspace/diagnostic", json!({"previousResultIds": []}));
    let items = report["items"].as_array().unwrap();
    of_diagnostics(items.iter().map(|item| (item["uri"].as_str().unwrap(), &item["items"])))
}

fn start(folders: &[&Path], options: Value, pulls: bool) -> Client {
    let mut capabilities = capabilities();
    if pulls {
        capabilities["textDocument"]["diagnostic"] = json!({"dynamicRegistration": false});
        capabilities["workspace"]["diagnostics"] = json!({"refreshSupport": true});
    }
    let folders: Vec<_> = folders.iter().map(|folder| json!({"uri": uri(folder), "name": "f"})).collect();
    Client::start(json!({
        "processId": null, "capabilities": capabilities, "workspaceFolders": folders, "initializationOptions": options,
    }))
}

/// `error[code]: …` and below it ` --> .specweave/increments/0001-a/spec.md:1:1`.
fn of_text(text: &str) -> Found {
    let mut found = Found::new();
    let mut code = String::new();
    for line in text.lines() {
        if let Some((severity, rest)) = line.split_once('[').filter(|(word, _)| !word.contains(' ')) {
            let severity = match severity {
                "info" => "information",
                "note" => "hint",
                other => other,
            };
            code = format!("{} {severity}", rest.split(']').next().unwrap());
        } else if let Some((_, path)) = line.split_once("--> ") {
            found.insert(format!("{} {code}", path.rsplit('/').nth(1).unwrap()));
        }
    }
    once(found)
}

/// The agents' hook, which says no severity and is told in a folder elsewhere: what it says of each increment.
fn told(project: &Project, id: &str) -> Option<String> {
    told_of(&project.path(id, "spec.md"))
}

fn told_of(file: &Path) -> Option<String> {
    let message = json!({"tool_input": {"file_path": file}}).to_string();
    let mut hook = Command::new(BINARY);
    hook.args(["agent-hook", "--event", "after-edit"]).current_dir("/").env_remove("CLAUDE_PROJECT_DIR");
    let mut child = hook.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(message.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    (!text.is_empty()).then_some(text)
}

/// `increment`, and what is remarkable about it.
fn of_status(run: &str) -> Found {
    let status: Value = serde_json::from_str(run).unwrap();
    let rows = status["increments"].as_array().unwrap();
    let mark = |row: &Value| match (&row["unreadable"], &row["desync"]) {
        (Value::Bool(true), _) => "unreadable",
        (_, Value::Bool(true)) => "desync",
        _ => "",
    };
    rows.iter().map(|row| format!("{} {}", row["id"].as_str().unwrap(), mark(row))).collect()
}

/// The increments a diff changes, and to what.
fn of_diff(diff: &str) -> Found {
    let mut found = Found::new();
    let mut id = "";
    for line in diff.lines() {
        if let Some(path) = line.strip_prefix("+++ ") {
            id = path.rsplit('/').nth(1).unwrap();
        } else if let Some(added) = line.strip_prefix('+').filter(|line| line.contains("status")) {
            let status = added.trim().trim_end_matches(',').rsplit(' ').next().unwrap().trim_matches('"');
            found.insert(format!("{id} {status}"));
        }
    }
    found
}

#[test]
fn each_setting_counts_the_same_for_each_reader() {
    let repository = scene();
    let project = &repository.project;
    let run = |args: &[&str]| repository.run(args);
    config(&repository, "{}");
    let all = of_report(&run(&["check", "--format", "json"]).out);
    assert_eq!(all, set(&["0001-desync status-desync error", "0004-other unknown-status warning"]));
    let shown = of_status(&run(&["status", "--all", "--format", "json"]).out);
    assert_eq!(shown, set(&["0001-desync desync", "0003-large ", "0004-other "]));
    // One session of each kind, which hears of each change.
    let mut push = start(&[repository.root()], json!({}), false);
    let mut pull = start(&[repository.root()], json!({}), true);
    for case in CASES {
        config(&repository, case.settings);
        let name = case.name;
        let found = changed(&all, case.found, case.lost);
        assert_eq!(of_report(&run(&["check", "--format", "json"]).out), found, "{name}: check");
        assert_eq!(of_report(&run(&["check", "--staged", "--format", "json"]).out), found, "{name}: check --staged");
        let hook = run(&["hook", "run", "--fail-on", "hint"]);
        assert_eq!(of_text(&hook.out), found, "{name}: hook: {}", hook.out);
        push.until(&format!("{name}: push"), |client| pushed(client) == found);
        let report = push.execute("specweave-lsp.report", json!({})).unwrap();
        assert_eq!(of_report(&report.to_string()), found, "{name}: the command `report`");
        let refreshes = pull.refreshes;
        if pulled(&mut pull) != found {
            pull.until(&format!("{name}: a change that is to be pulled"), |client| client.refreshes > refreshes);
        }
        assert_eq!(pulled(&mut pull), found, "{name}: pull");
        for id in [DESYNC, ARCHIVED, LARGE, "0004-other"] {
            let short = id.rsplit('/').next().unwrap();
            let is_serious = |it: &String| it.starts_with(short) && (it.ends_with("error") || it.ends_with("warning"));
            let said = told(project, id);
            assert_eq!(said.is_some(), found.iter().any(is_serious), "{name}: agent-hook about {id}: {said:?}");
        }
        let status = of_status(&run(&["status", "--all", "--format", "json"]).out);
        assert_eq!(status, changed(&shown, case.shown, case.hidden), "{name}: status");
        let sync = run(&["sync", "--all", "--dry-run"]);
        assert_eq!(of_diff(&sync.out), set(case.synced), "{name}: sync: {}{}", sync.out, sync.err);
        assert_eq!(run(&["status", "--line"]).out.trim(), case.line, "{name}: the line");
        // Some settings change no finding, so nothing is sent when they count.
        let end = Instant::now() + PATIENCE;
        while preferred(&mut push, project) != case.synced {
            let offered = preferred(&mut push, project);
            assert!(
                Instant::now() < end,
                "{name}: the preferred fixes of an editor: {offered:?}, not {:?}",
                case.synced
            );
        }
    }
    // And everything is as before without it.
    fs::remove_file(settings_of(repository.root())).unwrap();
    repository.git(&["add", "--all"]);
    push.until("the file is gone", |client| pushed(client) == all);
    assert_eq!(of_report(&run(&["check", "--format", "json"]).out), all);
    assert_eq!(of_report(&run(&["check", "--staged", "--format", "json"]).out), all);
    assert_eq!(pulled(&mut pull), all);
}

/// What the preferred fix of each increment with a desync that is told would give it.
fn preferred(client: &mut Client, project: &Project) -> Vec<String> {
    let mut fixes = Vec::new();
    for id in [DESYNC, ARCHIVED] {
        let spec = uri(&project.path(id, "spec.md"));
        let is_told = client.published.get(&spec).is_some_and(|(params, _)| params["diagnostics"] != json!([]));
        if is_told {
            let actions = client.actions_at_finding(&spec);
            let title = actions.iter().find(|it| it["isPreferred"] == true).unwrap()["title"].as_str().unwrap();
            let status = title.split("status to ").nth(1).unwrap().split([' ', ',']).next().unwrap();
            fixes.push(format!("{} {}", id.rsplit('/').next().unwrap(), status.trim_matches(['`', '"', '\''])));
        }
    }
    fixes
}

/// Flag, then what the user set in the editor, then the project's file, then the default; and each finding by itself.
#[test]
fn the_stronger_place_wins() {
    let repository = scene();
    config(
        &repository,
        r#"{"severity": {"status-desync": "warning", "unknown-status": "error"}, "exclude": ["0004-*"]}"#,
    );
    let check = |args: &[&str]| of_report(&repository.run(&[&["check", "--format", "json"], args].concat()).out);
    assert_eq!(check(&[]), set(&["0001-desync status-desync warning"]));
    let flags = ["--severity", "status-desync=hint", "--exclude", "nothing"];
    let expected = set(&["0001-desync status-desync hint", "0004-other unknown-status error"]);
    assert_eq!(check(&flags), expected);
    assert_eq!(check(&[&flags[..], &["--staged"]].concat()), expected);

    let mut editor =
        start(&[repository.root()], json!({"diagnostics": {"severity": {"status-desync": "hint"}}}), false);
    editor.until("the editor's own", |client| pushed(client) == set(&["0001-desync status-desync hint"]));
    // What an editor sends for a setting that nobody has set.
    let unset =
        json!({"specweave-lsp": {"exclude": null, "diagnostics": {"severity": {"status-desync": "information"}}}});
    editor.settings = unset["specweave-lsp"].clone();
    editor.notify("workspace/didChangeConfiguration", json!({"settings": unset}));
    editor.until("the editor's own, live", |client| pushed(client) == set(&["0001-desync status-desync information"]));
    let unset = json!({"specweave-lsp": {"exclude": []}});
    editor.settings = unset["specweave-lsp"].clone();
    editor.notify("workspace/didChangeConfiguration", json!({"settings": unset}));
    let expected = set(&["0001-desync status-desync warning", "0004-other unknown-status error"]);
    editor.until("an empty list of the user's is an answer too", |client| pushed(client) == expected);
}

#[test]
fn each_project_has_its_own() {
    let outer = Repository { project: Project::new() };
    outer.git(&["init", "--quiet", "--initial-branch=main"]);
    outer.project.increment("0001-outer", "active", "completed");
    let nested = |path: &str, id: &str, settings: Option<&str>| {
        let root = outer.root().join(path);
        let folder = root.join(".specweave/increments").join(id);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("spec.md"), spec_text(id, "active")).unwrap();
        fs::write(folder.join("metadata.json"), metadata_text(id, "completed")).unwrap();
        settings.into_iter().for_each(|text| fs::write(settings_of(&root), text).unwrap());
        root
    };
    let own = nested("apps/web", "0002-web", Some(r#"{"severity": {"status-desync": "hint"}}"#));
    let api = nested("apps/api", "0003-api", None);
    let fixture = nested("fixtures/app", "0004-fixture", None);
    config(&outer, r#"{"severity": {"status-desync": "warning"}, "exclude": ["fixtures/**"]}"#);
    // Agents edit files in all of them.
    let about = |root: &Path, id: &str| told_of(&root.join(".specweave/increments").join(id).join("spec.md"));
    let is_told = [(outer.root(), "0001-outer"), (&own, "0002-web"), (&api, "0003-api"), (&fixture, "0004-fixture")];
    assert_eq!(is_told.map(|(root, id)| about(root, id).is_some()), [true, false, true, false]);
    let other = Project::new();
    other.increment("0005-other", "active", "completed");
    let found =
        set(&["0001-outer status-desync warning", "0002-web status-desync hint", "0003-api status-desync error"]);
    let check = |args: &[&str]| of_report(&outer.run(&[&["check", "--format", "json"], args].concat()).out);
    assert_eq!(check(&[]), found);
    assert_eq!(check(&["--staged"]), found);
    assert_eq!(of_text(&outer.run(&["hook", "run", "--fail-on", "hint"]).out), found);
    let inner = run_in(&own, &["check", "--format", "json"]);
    assert_eq!(of_report(&inner.out), set(&["0002-web status-desync hint"]));

    let mut several = start(&[outer.root(), &other.root], json!({}), false);
    let mut both = found.clone();
    both.insert("0005-other status-desync error".to_owned());
    several.until("two folders, and the projects in them", |client| pushed(client) == both);
    // The nested project's own file goes, and what is excluded comes back: live.
    fs::remove_file(settings_of(&own)).unwrap();
    fs::write(settings_of(outer.root()), "{}").unwrap();
    let expected = set(&[
        "0001-outer status-desync error",
        "0002-web status-desync error",
        "0003-api status-desync error",
        "0004-fixture status-desync error",
        "0005-other status-desync error",
    ]);
    several.until("all projects at their defaults", |client| pushed(client) == expected);
    fs::write(settings_of(outer.root()), r#"{"exclude": ["fixtures"]}"#).unwrap();
    let without: Found = expected.iter().filter(|it| !it.contains("fixture")).cloned().collect();
    several.until("the nested project is excluded again", |client| pushed(client) == without);
}

/// What the next commit will hold counts, be it staged now or committed before, and nothing else.
#[test]
fn the_index_has_settings_of_its_own() {
    let repository = scene();
    let staged = || of_report(&repository.run(&["check", "--staged", "--format", "json"]).out);
    config(&repository, r#"{"severity": {"unknown-status": "off"}}"#);
    repository.commit("with settings");
    repository.project.increment(DESYNC, "planning", "paused");
    repository.git(&["add", "--all"]);
    assert_eq!(staged(), set(&["0001-desync status-desync error"]), "committed before");
    fs::write(settings_of(repository.root()), r#"{"severity": {"status-desync": "hint"}}"#).unwrap();
    assert_eq!(staged(), set(&["0001-desync status-desync error"]), "the work tree's are not asked");
    repository.git(&["add", "--all"]);
    assert_eq!(staged(), set(&["0001-desync status-desync hint"]));
    // A mistake that is staged alone.
    repository.commit("more");
    fs::write(settings_of(repository.root()), r#"{"exlude": []}"#).unwrap();
    assert_eq!(staged(), set(&[]), "nothing is staged");
    repository.git(&["add", "--all"]);
    let hook = repository.run(&["hook", "run"]);
    assert_eq!(hook.code, 1, "{}", hook.err);
    assert!(hook.out.contains("error[invalid-config]: There is no setting `exlude`"), "{}", hook.out);
    assert!(hook.out.contains(".specweave/lsp.json:1:3"), "{}", hook.out);
    repository.git(&["rm", "--quiet", "--cached", "-f", ".specweave/lsp.json"]);
    assert_eq!(repository.run(&["hook", "run"]).code, 0, "a file that is not committed");
}

/// Each mistake at its place, in an editor and in `check`; the rest counts.
#[test]
fn mistakes_have_their_places() {
    let project = Project::incident();
    let text = "{\n  \"é\": 1, \"exlude\": [],\n  \"severity\": {\"status-desync\": \"warning\", \"id-mismach\": \"off\"},\n  \"exclude\": [\"[z-a]\"],\n  \"maxFileSizeKiB\": \"big\"\n}\n";
    fs::write(settings_of(&project.root), text).unwrap();
    let run = project.run(&["check", "--format", "json"]);
    assert_eq!(run.code, 1);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let mistakes: Vec<&Value> =
        report["findings"].as_array().unwrap().iter().filter(|it| it["code"] == "invalid-config").collect();
    let places: Vec<Vec<u64>> = mistakes
        .iter()
        .map(|it| ["line", "column", "endLine", "endColumn"].map(|part| it[part].as_u64().unwrap()).to_vec())
        .collect();
    assert_eq!(places, [[2, 4, 2, 5], [2, 12, 2, 18], [3, 45, 3, 55], [4, 16, 4, 21], [5, 22, 5, 25]]);
    for mistake in &mistakes {
        assert_eq!((&mistake["path"], &mistake["increment"]), (&json!(".specweave/lsp.json"), &Value::Null));
    }
    assert_eq!(report["findings"][0]["severity"], "warning", "the rest counts: {report:#}");
    let human = project.run(&["check"]);
    assert!(human.out.contains("There is no setting `exlude`; did you mean `exclude`?"), "{}", human.out);
    assert!(human.out.contains("5 other errors"), "{}", human.out);
    // Also when only a part is asked about; other commands say that there is something.
    assert!(project.run(&["check", "47"]).out.contains("exlude"));
    let status = project.run(&["status"]);
    assert!(
        status.err.contains("lsp.json has 5 mistakes") && status.err.contains("specweave-lsp check"),
        "{}",
        status.err
    );

    let mut client = Client::open(&project);
    let settings = uri(&settings_of(&project.root));
    let marked = ["é", "exlude", "id-mismach", "[z-a]", "big"].map(|marked| format!("invalid-config {marked:?}"));
    let marked: Vec<&str> = marked.iter().map(String::as_str).collect();
    client.wait_findings(&settings, &marked);
    // While it is typed: what is shown counts for the marks, and what is saved for everything else.
    client.open_file(&settings_of(&project.root));
    client.change(&settings, "{\"severity\": {\"status-desync\": \"off\"}, \"exlude\": []}");
    client.wait_findings(&settings, &["invalid-config \"exlude\""]);
    let spec = uri(&project.path("0047-us-task-linkage", "spec.md"));
    client.catch_up();
    assert_eq!(client.findings(&spec), ["status-desync \"active\""]);
    let right = "{\"severity\": {\"status-desync\": \"off\"}}";
    client.change(&settings, right);
    client.wait_findings(&settings, &[]);
    fs::write(settings_of(&project.root), right).unwrap();
    client.notify("textDocument/didSave", json!({"textDocument": {"uri": settings}}));
    client.wait_findings(&spec, &[]);
    fs::write(settings_of(&project.root), "{,}").unwrap();
    client.close(&settings);
    client.wait_findings(&settings, &["invalid-config \",\""]);
    client.wait_findings(&spec, &["status-desync \"active\""]);
}

/// What is accepted is said in numbers, and in SARIF as suppressed; what accepts nothing is a hint.
#[test]
fn what_is_ignored_is_counted() {
    let project = Project::incident();
    project.increment("0048-next", "active", "active");
    let entry = |increment: &str, code: &str| json!({"increment": increment, "code": code, "reason": "since 2025"});
    let entries = |list: &[Value]| {
        fs::write(settings_of(&project.root), format!("{:#}", json!({"ignore": list}))).unwrap();
    };
    entries(&[entry("0047-*", "status-desync"), entry("0048-*", "id-mismatch"), entry("0099-*", "ready-to-close")]);
    let run = project.run(&["check"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains("2 increments checked: 2 notes, 1 finding ignored."), "{}", run.out);
    assert!(!run.out.contains("specweave-lsp sync"), "{}", run.out);
    let report: Value = serde_json::from_str(&project.run(&["check", "--format", "json"]).out).unwrap();
    assert_eq!(report["projects"][0]["ignored"], 1);
    assert_eq!(report["ignored"][0]["reason"], "since 2025");
    assert_eq!(report["projects"][0]["desyncs"], 0);
    let hints: Vec<(&Value, &Value)> =
        report["findings"].as_array().unwrap().iter().map(|it| (&it["code"], &it["line"])).collect();
    assert_eq!(hints, [(&json!("unused-ignore"), &json!(8)), (&json!("unused-ignore"), &json!(13))]);
    let sarif: Value = serde_json::from_str(&project.run(&["check", "--format", "sarif"]).out).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let suppressed: Vec<&Value> = results.iter().filter(|it| it.get("suppressions").is_some()).collect();
    let [suppressed] = suppressed[..] else { panic!("{results:?}") };
    let expected = json!([{"kind": "external", "status": "accepted", "justification": "since 2025"}]);
    assert_eq!((&suppressed["ruleId"], &suppressed["suppressions"]), (&json!("status-desync"), &expected));
    let metrics = project.run(&["check", "--format", "openmetrics"]).out;
    assert!(metrics.contains("specweave_findings_ignored{project="), "{metrics}");

    // One that is asked about says nothing of the others' entries.
    let one: Value = serde_json::from_str(&project.run(&["check", "48", "--format", "json"]).out).unwrap();
    assert_eq!(one["findings"], json!([]));
    // The fix of what is accepted is made only when it is named.
    assert!(project.run(&["sync", "--all", "--yes"]).out.contains("the project accepts the desyncs that are left"));
    let mut client = Client::open(&project);
    let settings = uri(&settings_of(&project.root));
    let codes = |client: &Client| -> Vec<String> {
        client.findings(&settings).iter().map(|it| it.split(' ').next().unwrap().to_owned()).collect()
    };
    client.until("the hints", |client| codes(client) == ["unused-ignore", "unused-ignore"]);
    assert_eq!(pushed(&client), set(&["- unused-ignore hint"]), "and nothing else");
    assert_eq!(project.run(&["sync", "47", "--yes"]).code, 0);
    client.until("one more", |client| codes(client).len() == 3);
    entries(&[]);
    client.wait_findings(&settings, &[]);
    // What only whole files tell is not called unused unless they were read.
    entries(&[entry("0048-*", "completed-with-open-work")]);
    assert!(!project.run(&["check"]).out.contains("unused-ignore"));
    assert!(project.run(&["check", "--deep"]).out.contains("unused-ignore"));
}

#[test]
fn what_counts_is_shown_with_its_origin() {
    let project = Project::new();
    assert_eq!(project.run(&["config", "init"]).out, "Created .specweave/lsp.json\n");
    let text = fs::read_to_string(settings_of(&project.root)).unwrap();
    assert!(text.contains("\"preferredSource\": \"auto\"") && text.contains("\"maxIncrements\": 2"), "{text}");
    assert_eq!(project.run(&["check"]).code, 0);
    let again = project.run(&["config", "init"]);
    assert_eq!((again.code, fs::read_to_string(settings_of(&project.root)).unwrap()), (2, text), "{}", again.err);
    fs::write(
        settings_of(&project.root),
        "{\n  \"preferredSource\": \"spec\",\n  \"severity\": {\n    \"id-mismatch\": \"off\",\n    \"missing-file\": \"error\"\n  },\n  \"statusLine\": {\n    \"maxIncrements\": 4\n  }\n}",
    )
    .unwrap();
    let run = project.run(&["config", "--severity", "id-mismatch=error", "--max-file-size-kib", "7"]);
    let rows: Vec<Vec<&str>> = run.out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(
        rows,
        [
            &["SETTING", "FROM", "VALUE"][..],
            &["preferredSource", ".specweave/lsp.json:2", "\"spec\""],
            &["includeArchived", "default", "false"],
            &["exclude", "default", "[]"],
            &["severity.missing-file", ".specweave/lsp.json:5", "\"error\""],
            &["severity.id-mismatch", "--severity", "\"error\""],
            &["ignore", "default", "[]"],
            &["statusLine.maxIncrements", ".specweave/lsp.json:8", "4"],
            &["maxFileSizeKiB", "--max-file-size-kib", "7"],
        ]
    );
    let json: Value = serde_json::from_str(&project.run(&["config", "--format", "json"]).out).unwrap();
    let first = &json["projects"][0];
    assert_eq!(first["settings"][0], json!({"name": "preferredSource", "value": "spec", "origin": "file", "line": 2}));
    assert_eq!(first["file"], json!(slashed(&settings_of(&project.root))));
    let schema: Value = serde_json::from_str(&project.run(&["config", "schema"]).out).unwrap();
    assert_eq!(schema["properties"]["statusLine"]["properties"]["maxIncrements"]["default"], 2);
    let nowhere = run_in(Path::new("/"), &["config", "init"]);
    assert_eq!(nowhere.code, 2, "{}", nowhere.err);
}

/// Whatever program writes it, and however: in place, beside it and renamed over it, or through its folder.
#[cfg(unix)]
#[test]
fn every_way_of_writing_it_is_seen() {
    let project = Project::incident();
    let mut client = Client::open(&project);
    let spec = uri(&project.path("0047-us-task-linkage", "spec.md"));
    let there = ["status-desync \"active\""];
    client.wait_findings(&spec, &there);
    let off = r#"{"severity": {"status-desync": "off"}}"#;
    let at = settings_of(&project.root);
    fs::write(&at, off).unwrap();
    client.wait_findings(&spec, &[]);
    fs::write(at.with_extension("new"), "{}").unwrap();
    fs::rename(at.with_extension("new"), &at).unwrap();
    client.wait_findings(&spec, &there);
    let away = project.root.join("away");
    fs::rename(project.root.join(".specweave"), &away).unwrap();
    fs::write(away.join("lsp.json"), off).unwrap();
    fs::rename(&away, project.root.join(".specweave")).unwrap();
    client.wait_findings(&spec, &[]);
    fs::remove_file(&at).unwrap();
    client.wait_findings(&spec, &there);
    // A link within the project is followed, to what it leads to.
    let shared = project.root.join("shared/settings.json");
    fs::create_dir(shared.parent().unwrap()).unwrap();
    fs::write(&shared, off).unwrap();
    std::os::unix::fs::symlink("../shared/settings.json", &at).unwrap();
    client.wait_findings(&spec, &[]);
    fs::write(&shared, "{}").unwrap();
    client.wait_findings(&spec, &there);
    fs::remove_file(&at).unwrap();
    // A link that leads out of the project is refused, and what it leads to counts for nothing.
    let elsewhere = Project::new();
    fs::write(elsewhere.root.join("x.json"), off).unwrap();
    std::os::unix::fs::symlink(elsewhere.root.join("x.json"), &at).unwrap();
    client.until("the link is refused", |client| {
        client.published.get(&uri(&at)).is_some_and(|(params, _)| params.to_string().contains("out of the project"))
    });
    assert_eq!(client.findings(&spec), there);
    let init = project.run(&["config", "init"]);
    assert_eq!(init.code, 2, "{}", init.err);
    assert_eq!(fs::read_to_string(elsewhere.root.join("x.json")).unwrap(), off);
}

/// An agent's commit is refused for settings that cannot be used, too.
#[test]
fn an_agent_does_not_commit_a_mistake() {
    let repository = Repository::new();
    fs::write(settings_of(repository.root()), "{\"severity\": 5}").unwrap();
    repository.git(&["add", "--all"]);
    for command in ["git commit -m x", "git commit -a -m x"] {
        let message = json!({
            "hook_event_name": "PreToolUse", "session_id": "s", "tool_name": "Bash", "cwd": repository.root(),
            "tool_input": {"command": command},
        });
        let mut hook = repository::isolated(BINARY, repository.root());
        hook.arg("agent-hook").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = hook.spawn().unwrap();
        child.stdin.take().unwrap().write_all(message.to_string().as_bytes()).unwrap();
        let said = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        assert!(
            said.contains("`severity` must be an object") && said.contains("git add .specweave/lsp.json"),
            "{said}"
        );
    }
}

/// Each glob as a line of a .gitignore, judged by git itself.
#[test]
fn a_glob_covers_what_it_covers_for_git() {
    let repository = Repository::new();
    let names = ["0001-a", "0002-ab", "0010-a b", "0011-A", "0012-x.y", "0013-[x]", "0100-#c", "0101-!d"];
    fs::remove_dir_all(repository.project.folder("0001-first")).unwrap();
    names.iter().for_each(|name| repository.project.increment(name, "active", "completed"));
    let rules = repository.root().join(".git").join("info").join("exclude");
    let any_case = cfg!(any(windows, target_os = "macos"));
    repository.git(&["config", "core.ignoreCase", &any_case.to_string()]);
    let mut covered_at_all = BTreeSet::new();
    for glob in [
        "0001-*",
        "**/0001-a",
        "/0001-a",
        "/.specweave/increments/0001-a",
        ".specweave/increments/0001-*",
        "increments/",
        "increments/0001-a",
        "**/increments/**",
        ".specweave/**/0002*",
        "000?-*",
        "000[12]-*",
        "000[!1]-*",
        "000[^1]-*",
        r"0013-\[x\]",
        "0013-[x]",
        "0010-a b",
        "0010-a b ",
        "*-A",
        "*-a",
        "*.y",
        "0100-#c",
        "#0100",
        r"\#0100",
        "*!d",
        "0001-a/",
        "0001-a/**",
        "*/",
        "**",
        "/*",
        "a",
        "{0001-a,0002-ab}",
        "[[:digit:]]001-a",
        "0001/**/a",
    ] {
        fs::write(&rules, format!("{glob}\n")).unwrap();
        let is_ignored = |name: &&&str| {
            let folder = format!(".specweave/increments/{name}");
            repository.try_git(&["check-ignore", "--no-index", "--quiet", &folder]).code == 0
        };
        let expected: BTreeSet<&str> = names.iter().filter(is_ignored).copied().collect();
        let run = repository.run(&["check", "--format", "json", "--exclude", glob]);
        let report: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{glob}: {}", run.err));
        let found: BTreeSet<&str> =
            report["findings"].as_array().unwrap().iter().map(|it| it["increment"].as_str().unwrap()).collect();
        let covered: BTreeSet<&str> = names.iter().filter(|name| !found.contains(**name)).copied().collect();
        assert_eq!(covered, expected, "{glob}");
        covered_at_all.extend(covered);
    }
    assert_eq!(covered_at_all.len(), names.len());
}

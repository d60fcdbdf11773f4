//! Which project and which files a question is about, also while they come and go.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::client::{Client, capabilities, uri};
use crate::project::{Project, metadata_text, run_in, spec_text};
use crate::repository::Repository;

const ID: &str = "0047-us-task-linkage";
const DESYNC: &[&str] = &["status-desync \"active\""];

/// An increment out of step, in a project of its own at `root`.
fn project_at(root: &Path) {
    let folder = root.join(".specweave/increments").join(ID);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("spec.md"), spec_text(ID, "active")).unwrap();
    fs::write(folder.join("metadata.json"), metadata_text(ID, "completed")).unwrap();
}

fn start(folders: &[&Path]) -> Client {
    let folders: Vec<_> = folders.iter().map(|folder| json!({"uri": uri(folder), "name": "f"})).collect();
    Client::start(json!({"processId": null, "capabilities": capabilities(), "workspaceFolders": folders}))
}

fn roots(client: &mut Client) -> Vec<Value> {
    let report = client.execute("specweave-lsp.report", json!({})).unwrap();
    report["projects"].as_array().unwrap().iter().map(|project| project["root"].clone()).collect()
}

/// A3. Hooks leave such a folder wherever they run.
#[test]
fn a_folder_with_only_logs_is_passed_over() {
    for left in ["logs/last-hook-fire", "state/session.json"] {
        let project = Project::incident();
        fs::write(project.root.join(".specweave/config.json"), "{}").unwrap();
        let plugins = project.root.join("plugins");
        let left = plugins.join(".specweave").join(left);
        fs::create_dir_all(left.parent().unwrap()).unwrap();
        fs::write(&left, "1").unwrap();
        let check = run_in(&plugins, &["check", "--format", "json"]);
        assert_eq!(check.code, 1, "{}{}", check.out, check.err);
        let report: Value = serde_json::from_str(&check.out).unwrap();
        assert_eq!(report["projects"][0]["scanned"], 1, "{report:#}");
        let line = run_in(&plugins, &["status", "--line"]).out;
        assert!(line.contains(ID), "{line}");
        let whole: Value = serde_json::from_str(&project.run(&["check", "--format", "json"]).out).unwrap();
        assert_eq!(whole["projects"].as_array().unwrap().len(), 1, "{whole:#}");
        let mut client = start(&[&project.root]);
        client.wait_findings(&uri(&project.path(ID, "spec.md")), DESYNC);
        assert_eq!(roots(&mut client).len(), 1);
    }
}

/// A4. The client watches nothing.
#[test]
fn a_nested_project_that_is_made_meanwhile_is_seen() {
    let project = Project::new();
    project.increment("0001-first", "active", "active");
    fs::create_dir_all(project.root.join("repositories")).unwrap();
    let mut client = start(&[&project.root]);
    client.catch_up();
    // Folder by folder, as a clone does it.
    let cloned = project.root.join("repositories/acme/api");
    project_at(&cloned);
    client.wait_findings(&uri(&cloned.join(".specweave/increments").join(ID).join("spec.md")), DESYNC);
    // At once.
    let elsewhere = Project::new();
    project_at(&elsewhere.root.join("web"));
    let moved = project.root.join("repositories/web");
    fs::rename(elsewhere.root.join("web"), &moved).unwrap();
    client.wait_findings(&uri(&moved.join(".specweave/increments").join(ID).join("spec.md")), DESYNC);
}

/// A5.
#[test]
fn a_project_goes_with_its_folder_and_its_last_document() {
    let (one, two) = (Project::incident(), Project::incident());
    let mut client = start(&[&one.root, &two.root]);
    let (first, second) = (one.path(ID, "spec.md"), two.path(ID, "spec.md"));
    client.wait_findings(&uri(&first), DESYNC);
    let open = client.open_file(&second);
    client.wait_findings(&open, DESYNC);
    let removed = json!({"event": {"added": [], "removed": [{"uri": uri(&two.root), "name": "f"}]}});
    client.notify("workspace/didChangeWorkspaceFolders", removed);
    client.catch_up();
    client.close(&open);
    client.until("its findings go", |client| client.published[&open].0["diagnostics"] == json!([]));
    let metadata = uri(&two.path(ID, "metadata.json"));
    client.until("those of the other file too", |client| client.published[&metadata].0["diagnostics"] == json!([]));
    assert_eq!(roots(&mut client).len(), 1);
}

/// A5.
#[test]
fn a_project_outside_all_folders_goes_with_its_last_document() {
    let (inside, outside) = (Project::incident(), Project::incident());
    let mut client = start(&[&inside.root]);
    client.wait_findings(&uri(&inside.path(ID, "spec.md")), DESYNC);
    let spec = client.open_file(&outside.path(ID, "spec.md"));
    let metadata = client.open_file(&outside.path(ID, "metadata.json"));
    client.wait_findings(&spec, DESYNC);
    client.close(&spec);
    client.catch_up();
    assert_eq!(roots(&mut client).len(), 2, "one of its documents is open");
    client.close(&metadata);
    client.until("its findings go", |client| client.published[&spec].0["diagnostics"] == json!([]));
    assert_eq!(roots(&mut client).len(), 1);
    let status = client.request("specweave/status", json!({}));
    assert_eq!(status["projects"].as_array().unwrap().len(), 1, "{status:#}");
}

/// A9. The other increment's status is in metadata.json alone, and it is open.
#[test]
fn one_increment_is_checked_with_all_others_in_view() {
    let project = Project::new();
    project.write("0086-other", "spec.md", "---\nincrement: 0086-other\ntitle: \"x\"\n---\n");
    project.write("0086-other", "metadata.json", metadata_text("0086-other", "active"));
    project.increment("0087-this", "active", "active");
    let state = project.root.join(".specweave/state");
    fs::create_dir_all(&state).unwrap();
    let cache = json!({
        "current": {"id": "0087-this"}, "openCount": 1,
        "activeIncrements": [
            {"id": "0086-other", "completed": 0, "total": 0}, {"id": "0087-this", "completed": 0, "total": 0},
        ],
    });
    fs::write(state.join("status-line.json"), cache.to_string()).unwrap();
    fs::write(state.join("active-increment.json"), json!({"ids": ["0086-other", "0087-this"]}).to_string()).unwrap();
    for args in [&["check", "87", "--format", "json"][..], &["check", "--format", "json"]] {
        let out = project.run(args).out;
        assert!(!out.contains("stale-status-line"), "{args:?}: {out}");
    }
}

/// A11. As every other command does it.
#[test]
fn a_history_of_two_increments_is_of_neither() {
    let repository = Repository::new();
    repository.project.increment("0713-one", "active", "completed");
    repository.project.increment("0713-two", "active", "paused");
    repository.commit("two of a number");
    let asked = repository.run(&["history", "713"]);
    assert_eq!(asked.code, 2, "{}{}", asked.out, asked.err);
    assert!(asked.err.contains("0713-one") && asked.err.contains("0713-two"), "{}", asked.err);
    assert_eq!(asked.out, "");
    // One is gone, and two are in the archive.
    fs::remove_dir_all(repository.project.folder("0713-one")).unwrap();
    fs::create_dir_all(repository.project.folder("_archive")).unwrap();
    fs::rename(repository.project.folder("0713-two"), repository.project.folder("_archive/0713-two")).unwrap();
    repository.project.increment("_archive/0713-three", "active", "completed");
    repository.commit("archived");
    let asked = repository.run(&["history", "713"]);
    assert_eq!(asked.code, 2, "{}{}", asked.out, asked.err);
    assert!(asked.err.contains("0713-two") && asked.err.contains("0713-three"), "{}", asked.err);
}

/// A12.
#[test]
fn a_history_that_ends_in_the_work_tree_says_so() {
    let repository = Repository::new();
    repository.project.increment("0087-x", "active", "active");
    repository.commit("in step");
    repository.project.increment("0087-x", "active", "completed");
    repository.commit("half a close");
    let apart = repository.run(&["history", "87"]);
    assert!(apart.out.contains("disagree"), "{}", apart.out);
    repository.project.increment("0087-x", "completed", "completed");
    let mended = repository.run(&["history", "87"]);
    assert!(!mended.out.contains("still disagree"), "not committed, and not apart any more: {}", mended.out);
}

/// A2. Worktrees that share one `.specweave`.
#[cfg(unix)]
struct Linked {
    main: Project,
    worktree: Project,
}

#[cfg(unix)]
impl Linked {
    fn new() -> Linked {
        let (main, worktree) = (Project::incident(), Project::new());
        fs::remove_dir_all(worktree.root.join(".specweave")).unwrap();
        let linked = Linked { main, worktree };
        linked.link(&linked.main.root.join(".specweave"));
        linked
    }

    fn link(&self, to: &Path) {
        let link = self.worktree.root.join(".specweave");
        // A link that is there already is another one at once.
        let draft = self.worktree.root.join("draft");
        std::os::unix::fs::symlink(to, &draft).unwrap();
        fs::rename(&draft, &link).unwrap();
    }

    /// The files that something is told about, but for those that all is well with.
    fn told(client: &Client) -> Vec<&str> {
        let told = client.published.iter().filter(|(_, (params, _))| params["diagnostics"] != json!([]));
        told.map(|(uri, _)| uri.as_str()).collect()
    }
}

/// A2. However a file is reached, it is one file, and called as the editor calls it.
#[cfg(unix)]
#[test]
fn a_linked_project_has_one_path_for_each_file() {
    let linked = Linked::new();
    let mut client = start(&[&linked.worktree.root]);
    let [spec, metadata] = ["spec.md", "metadata.json"].map(|name| linked.worktree.path(ID, name));
    let open = client.open_file(&spec);
    client.wait_findings(&open, DESYNC);
    client.wait_findings(&uri(&metadata), &["status-desync \"completed\""]);
    let elsewhere = uri(&linked.main.root);
    assert!(client.published.keys().all(|uri| !uri.starts_with(elsewhere.as_str())), "{:?}", client.published.keys());
    // Written through either path, it is seen.
    fs::write(linked.main.path(ID, "metadata.json"), metadata_text(ID, "active")).unwrap();
    client.wait_findings(&open, &[]);
    client.wait_findings(&uri(&metadata), &[]);
    assert_eq!(Linked::told(&client), [""; 0]);
    fs::write(&metadata, metadata_text(ID, "paused")).unwrap();
    client.wait_findings(&open, DESYNC);
    // The other checkout as well: still one project.
    let added = json!({"event": {"added": [{"uri": uri(&linked.main.root), "name": "f"}], "removed": []}});
    client.notify("workspace/didChangeWorkspaceFolders", added);
    client.catch_up();
    assert_eq!(roots(&mut client).len(), 1);
    // The folder that brought it goes, and the other one is about it still.
    client.close(&open);
    let removed = json!({"event": {"added": [], "removed": [{"uri": uri(&linked.worktree.root), "name": "f"}]}});
    client.notify("workspace/didChangeWorkspaceFolders", removed);
    client.catch_up();
    assert_eq!(roots(&mut client).len(), 1);
}

/// A2. Opened before anything was read, and in no folder of the editor's.
#[cfg(unix)]
#[test]
fn a_linked_project_that_a_document_brings_is_called_as_the_document_is() {
    let linked = Linked::new();
    let elsewhere = Project::new();
    let mut client = start(&[&elsewhere.root]);
    let open = client.open_file(&linked.worktree.path(ID, "spec.md"));
    client.wait_findings(&open, DESYNC);
    client.wait_findings(&uri(&linked.worktree.path(ID, "metadata.json")), &["status-desync \"completed\""]);
}

/// A2. The link is made, changed and removed while the server runs.
#[cfg(unix)]
#[test]
fn a_link_that_leads_elsewhere_now_is_followed() {
    let linked = Linked::new();
    let other = Project::new();
    other.increment("0002-other", "active", "paused");
    let mut client = start(&[&linked.worktree.root]);
    let first = uri(&linked.worktree.path(ID, "spec.md"));
    client.wait_findings(&first, DESYNC);
    linked.link(&other.root.join(".specweave"));
    let second = uri(&linked.worktree.path("0002-other", "spec.md"));
    client.wait_findings(&second, DESYNC);
    client.until("what was there goes", |client| Linked::told(client).iter().all(|uri| uri.contains("0002-other")));
    assert_eq!(roots(&mut client).len(), 1);
    fs::remove_file(linked.worktree.root.join(".specweave")).unwrap();
    client.until("nothing is there", |client| Linked::told(client).is_empty());
    assert_eq!(roots(&mut client).len(), 0);
    linked.link(&linked.main.root.join(".specweave"));
    client.wait_findings(&first, DESYNC);
}

/// A2. What is changed is said, and kept where the files are; git is asked there too.
#[cfg(unix)]
#[test]
fn a_linked_project_is_changed_where_it_is() {
    let linked = Linked::new();
    let run = run_in(&linked.worktree.root, &["sync", "47", "--from", "spec", "--yes"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let link = linked.worktree.root.join(".specweave");
    let target = linked.main.root.join(".specweave");
    let note = format!("note: {} is a symbolic link to {}, where the files are\n", link.display(), target.display());
    assert_eq!(run.err, note);
    assert_eq!(linked.main.read(ID, "metadata.json"), metadata_text(ID, "active"));
    assert!(link.is_symlink() && target.join("state/specweave-lsp/journal.jsonl").is_file());
    assert!(run_in(&linked.main.root, &["log"]).out.contains(ID));
    let check = run_in(&linked.worktree.root, &["check", "--format", "json"]);
    let report: Value = serde_json::from_str(&check.out).unwrap();
    assert_eq!(report["projects"][0]["root"], json!(linked.main.root), "{report:#}");

    // With a name of its own.
    let data = linked.main.root.join("data");
    fs::rename(&target, &data).unwrap();
    linked.link(&data);
    fs::write(linked.worktree.path(ID, "metadata.json"), metadata_text(ID, "paused")).unwrap();
    for wanted in ["47".to_owned(), data.join("increments").join(ID).display().to_string()] {
        let run = run_in(&linked.worktree.root, &["sync", &wanted, "--from", "spec", "--dry-run"]);
        let is_of_project = wanted == "47";
        assert_eq!(run.code == 0, is_of_project, "{wanted}: {}{}", run.out, run.err);
    }
    let spelled = linked.worktree.path(ID, "spec.md").display().to_string();
    let run = run_in(&linked.worktree.root, &["sync", &spelled, "--from", "spec", "--yes"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(linked.worktree.read(ID, "metadata.json"), metadata_text(ID, "active"));
    // An editor's server takes the document for the same file.
    fs::write(linked.worktree.path(ID, "metadata.json"), metadata_text(ID, "paused")).unwrap();
    let mut client = start(&[&linked.worktree.root]);
    let open = client.open_file(&linked.worktree.path(ID, "spec.md"));
    client.wait_findings(&open, DESYNC);
    let metadata = uri(&linked.worktree.path(ID, "metadata.json"));
    client.wait_findings(&metadata, &["status-desync \"paused\""]);
    assert_eq!(Linked::told(&client).len(), 2);
    client.execute("specweave-lsp.sync", json!({"increment": ID, "from": "spec"})).unwrap();
    client.wait_findings(&open, &[]);
}

/// A2. The commits of the other checkout's repository.
#[cfg(unix)]
#[test]
fn the_history_of_a_linked_project_is_that_of_its_repository() {
    let repository = Repository::new();
    repository.project.increment("0001-first", "active", "completed");
    repository.commit("half a close");
    let worktree = repository.project.base().join("worktree");
    let branch = ["worktree", "add", "--quiet", "-b", "topic", worktree.to_str().unwrap()];
    repository.git(&branch);
    fs::remove_dir_all(worktree.join(".specweave")).unwrap();
    std::os::unix::fs::symlink(repository.root().join(".specweave"), worktree.join(".specweave")).unwrap();
    let run = crate::repository::run_in(&worktree, &["history", "1", "--format", "json"]);
    let told: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}{}", run.out, run.err));
    assert_eq!(told["desyncs"][0]["start"]["subject"], "half a close");
    // A commit there holds the link, and is none of the project's business.
    let hook = crate::repository::run_in(&worktree, &["hook", "run"]);
    assert_eq!(hook.code, 0, "{}{}", hook.out, hook.err);
}

/// A6. A repository that has been set up and has no increments yet: SpecWeave shows those of the umbrella around it.
#[test]
fn a_project_without_increments_leaves_the_word_to_the_one_around_it() {
    let umbrella = Project::incident();
    let nested = umbrella.root.join("repositories/acme/api");
    fs::create_dir_all(nested.join(".specweave/increments")).unwrap();
    fs::write(nested.join(".specweave/config.json"), "{}").unwrap();
    let check = run_in(&nested, &["check", "--format", "json"]);
    assert_eq!(check.code, 1, "{}{}", check.out, check.err);
    assert!(run_in(&nested, &["status", "--line"]).out.contains(ID));
    let mut client = start(&[&nested]);
    client.wait_findings(&uri(&umbrella.path(ID, "spec.md")), DESYNC);
    // With the first one of its own it speaks for itself.
    let own = nested.join(".specweave/increments/0001-own");
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("spec.md"), spec_text("0001-own", "active")).unwrap();
    fs::write(own.join("metadata.json"), metadata_text("0001-own", "active")).unwrap();
    assert_eq!(run_in(&nested, &["check"]).code, 0);
    // And where there is nothing around it, it is the project.
    let alone = Project::new();
    let run = alone.run(&["check"]);
    assert!(run.code == 0 && run.out.contains("0 increments"), "{}{}", run.out, run.err);
}

/// A7. What has the same id in two projects is told apart by its folder.
#[test]
fn equal_ids_are_told_apart() {
    let project = Project::new();
    project.increment("0001-login", "active", "active");
    let nested = project.root.join("web/.specweave/increments/0001-login");
    fs::create_dir_all(&nested).unwrap();
    fs::write(nested.join("spec.md"), spec_text("0001-login", "active")).unwrap();
    fs::write(nested.join("metadata.json"), metadata_text("0001-login", "paused")).unwrap();
    let table = project.run(&["status"]).out;
    assert!(table.contains("./0001-login") && table.contains("web/0001-login"), "{table}");
    let run = project.run(&["close", "0001-logni"]);
    assert_eq!(run.err.matches("0001-login").count(), 1, "{}", run.err);
    let run = project.run(&["close", "1"]);
    assert!(run.code == 2 && run.err.contains("2 folders are called 0001-login\nhint: give its path"), "{}", run.err);
    let mut client = start(&[&project.root]);
    client.wait_findings(&uri(&nested.join("spec.md")), DESYNC);
    let status = client.request("specweave/status", json!({}));
    let tooltip = status["tooltip"].as_str().unwrap();
    assert!(tooltip.contains("**web**") && tooltip.contains(&uri(&nested.join("spec.md"))), "{tooltip}");
}

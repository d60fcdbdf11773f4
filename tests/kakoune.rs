//! Real Kakoune with kak-lsp, set up by the block in `docs/editors/kakoune.md`. `tests/run.sh kakoune` installs both.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "e2e/project.rs"]
mod project;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use project::{BINARY, Project, metadata_text, spec_text};
use serde_json::Value;

const ID: &str = "0047-us-task-linkage";
const PATIENCE: Duration = Duration::from_secs(180);

struct Kakoune {
    home: PathBuf,
    child: Child,
}

impl Kakoune {
    fn open(project: &Project, file: &str) -> Kakoune {
        let home = project.base().join("home");
        fs::create_dir_all(home.join("kak")).unwrap();
        fs::write(home.join("kak/kakrc"), documented()).unwrap();
        let child = command(&home)
            .args(["-ui", "dummy", "-s", "test"])
            .arg(project.path(ID, file))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Kakoune is needed for this test; run `tests/run.sh kakoune`");
        let kakoune = Kakoune { home, child };
        kakoune.until("the window", "%val{client}", |client| client == "client0");
        kakoune
    }

    /// Runs commands in the only window.
    fn run(&self, commands: &str) {
        let mut pipe =
            command(&self.home).args(["-p", "test"]).stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        write!(pipe.stdin.take().unwrap(), "evaluate-commands -client client0 %§ {commands} §").unwrap();
        pipe.wait().unwrap();
    }

    /// Waits until what Kakoune makes of an expansion is as it should be.
    fn until(&self, what: &str, expansion: &str, holds: impl Fn(&str) -> bool) {
        let answer = self.home.join("answer");
        let end = Instant::now() + PATIENCE;
        let mut seen = String::new();
        while Instant::now() < end {
            let _ = fs::remove_file(&answer);
            self.run(&format!("echo -to-file {} {expansion}", answer.display()));
            seen = fs::read_to_string(&answer).unwrap_or_default();
            if holds(&seen) {
                return;
            }
        }
        self.run(&format!("buffer *debug*; write -force {}", answer.display()));
        let debug = fs::read_to_string(&answer).unwrap_or_default();
        panic!("waited in vain for {what}; saw {seen:?}; {debug}");
    }
}

/// Its end is waited for: kak-lsp, a process of its own, is told of it there.
impl Drop for Kakoune {
    fn drop(&mut self) {
        self.run("kill!");
        let end = Instant::now() + PATIENCE;
        while self.child.try_wait().unwrap().is_none() {
            if Instant::now() > end {
                let _ = self.child.kill();
            }
            std::thread::yield_now();
        }
    }
}

fn command(home: &Path) -> Command {
    let mut command = Command::new("kak");
    let binaries = Path::new(BINARY).parent().unwrap().display();
    let path = std::env::var("PATH").unwrap();
    let kak_lsp = std::env::var("SPECWEAVE_KAK_LSP").expect("SPECWEAVE_KAK_LSP must name kak-lsp's folder");
    command
        .env("PATH", format!("{binaries}:{kak_lsp}:{path}"))
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home)
        .env("KAKOUNE_CONFIG_DIR", home.join("kak"));
    command
}

/// The configuration as people copy it.
fn documented() -> String {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/editors/kakoune.md")).unwrap();
    page.split_once("```kak\n").unwrap().1.split_once("```").unwrap().0.to_owned()
}

#[track_caller]
fn until_disk(project: &Project, what: &str, holds: impl Fn(&str, &str) -> bool) {
    let end = Instant::now() + PATIENCE;
    loop {
        let (spec, metadata) = (project.read(ID, "spec.md"), project.read(ID, "metadata.json"));
        if holds(&spec, &metadata) {
            return;
        }
        assert!(Instant::now() < end, "waited in vain for {what}:\n{spec}\n{metadata}");
        std::thread::yield_now();
    }
}

#[test]
fn a_desync_is_shown_and_fixed() {
    let project = Project::incident();
    let kakoune = Kakoune::open(&project, "spec.md");
    kakoune.until("the finding", "%opt{lsp_diagnostic_error_count}", |count| count == "1");
    kakoune.run("lsp-diagnostics");
    let list = project.base().join("list");
    kakoune.until("the list of findings", "%val{bufname}", |name| name == "*diagnostics*");
    kakoune.run(&format!("write -force {}", list.display()));
    kakoune.until("the list on disk", "%val{bufname}", |_| list.exists());
    let list = fs::read_to_string(list).unwrap();
    assert!(list.contains("metadata.json:3:14: [info]") && list.contains("spec.md:4:9: [error]"), "{list}");
    kakoune.run(&format!("edit {}; specweave-sync", project.path(ID, "spec.md").display()));
    kakoune.until("no finding", "%opt{lsp_diagnostic_error_count}", |count| count == "0");
    until_disk(&project, "both files", |spec, metadata| {
        spec == spec_text(ID, "completed") && metadata == metadata_text(ID, "completed")
    });
}

#[test]
fn a_close_reaches_both_files() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    let kakoune = Kakoune::open(&project, "spec.md");
    kakoune.run("specweave-close");
    until_disk(&project, "both files", |spec, metadata| {
        let metadata: Value = serde_json::from_str(metadata).unwrap_or_default();
        spec == spec_text(ID, "completed") && metadata["status"] == "completed"
    });
    kakoune.until("a saved buffer", "%val{modified}", |modified| modified == "false");
}

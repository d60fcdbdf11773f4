//! A project in which a change is made, and what has to hold whatever happened to the change.

use std::cell::Cell;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use specweave_lsp::workspace::fs::paths::canonicalize;

use crate::project::{Run, run_in};

pub const ID: &str = "0001-checkout";
/// Unlike what a new file gets.
const MODES: [(&str, u32); 2] = [("spec.md", 0o640), ("metadata.json", 0o600)];
/// What a change to `completed` adds to metadata.json.
const ADDED: [&str; 3] = ["lastActivity", "readyForReviewAt", "approvedAt"];
/// All that may be there after a change, besides the increment.
const OWN: [&str; 3] = [".gitignore", "journal.jsonl", "lock"];
const CACHES: [&str; 2] = ["active-increment.json", "status-line.json"];

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum State {
    Old,
    New,
}

pub struct Scene {
    _folder: tempfile::TempDir,
    pub root: PathBuf,
    /// What metadata.json says before; spec.md says `active`.
    metadata: &'static str,
    next: Cell<usize>,
}

impl Scene {
    /// Both files say `active`.
    pub fn agreed() -> Scene {
        Scene::new("active")
    }

    /// Only spec.md is left to be changed.
    pub fn desynced() -> Scene {
        Scene::new("completed")
    }

    /// Both files say `active`; on a certain file system.
    pub fn below(folder: &Path) -> Scene {
        Scene::in_folder(tempfile::tempdir_in(folder).unwrap(), "active")
    }

    fn new(metadata: &'static str) -> Scene {
        Scene::in_folder(tempfile::tempdir().unwrap(), metadata)
    }

    fn in_folder(folder: tempfile::TempDir, metadata: &'static str) -> Scene {
        let root = canonicalize(folder.path()).unwrap().join("project");
        Scene { _folder: folder, root, metadata, next: Cell::new(0) }
    }

    /// The project anew, as if nothing had ever happened in it.
    pub fn fresh(&self) -> &Scene {
        if self.root.exists() {
            fs::remove_dir_all(&self.root).unwrap();
        }
        fs::create_dir_all(self.increment()).unwrap();
        fs::create_dir_all(self.root.join(".specweave/state")).unwrap();
        fs::write(self.path("spec.md"), self.old_spec()).unwrap();
        fs::write(self.path("metadata.json"), self.old_metadata()).unwrap();
        fs::write(self.path("tasks.md"), "### T-001: pay\n**Status**: [x] completed\n").unwrap();
        for (name, mode) in MODES {
            fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
        }
        let state = self.root.join(".specweave/state");
        fs::write(state.join("active-increment.json"), format!("{{\"ids\": [\"{ID}\"]}}")).unwrap();
        fs::write(state.join("status-line.json"), format!("{{\"current\": {{\"id\": \"{ID}\"}}}}")).unwrap();
        self
    }

    pub fn increment(&self) -> PathBuf {
        self.root.join(".specweave/increments").join(ID)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.increment().join(name)
    }

    pub fn own(&self) -> PathBuf {
        self.root.join(".specweave/state/specweave-lsp")
    }

    pub fn old_spec(&self) -> String {
        format!("---\r\nincrement: {ID}\r\nstatus: active   # until paid\r\n---\r\n\r\n# Zahlung für alle\r\n")
    }

    pub fn new_spec(&self) -> String {
        self.old_spec().replace("status: active", "status: completed")
    }

    pub fn old_metadata(&self) -> String {
        format!("{{\n  \"id\": \"{ID}\",\n  \"status\": \"{}\",\n  \"priority\": 1.50\n}}\n", self.metadata)
    }

    /// The next command, another one each time.
    fn next_command(&self) -> (Run, &'static [&'static str]) {
        const COMMANDS: [&[&str]; 6] =
            [&["check"], &["status"], &["sync", "--all"], &["log"], &["close", "1"], &["close", "1", "--dry-run"]];
        let at = self.next.get();
        self.next.set(at + 1);
        let command = COMMANDS[at % COMMANDS.len()];
        (run_in(&self.root, command), command)
    }

    /// Runs the next command, which puts right what is left and says so, and gives the state after it.
    pub fn recovered(&self, context: &str) -> State {
        let announced = self.records();
        let (run, command) = self.next_command();
        let context = format!("{context}, then {command:?}: {}{}", run.out, run.err);
        let said = run.err.lines().filter(|line| line.contains("an interrupted change of")).count();
        assert_eq!(said, announced, "{context}");
        if self.metadata == "active" {
            // `close` refuses a pair that disagrees and `check` fails over it; `sync` would hide that there was one.
            assert_eq!((run.code, run.err.lines().count()), (0, said), "{context}");
            assert!(command[0] != "sync" || run.out.contains("Nothing to do"), "{context}");
        } else {
            // Before its `sync` this pair disagrees, so both may say so.
            assert!(run.code == 0 || run.code == 1 && ["check", "close"].contains(&command[0]), "{context}");
        }
        self.settled(&context)
    }

    /// All is well at once, or after one more command.
    pub fn recovered_or_settled(&self, context: &str) -> State {
        let left = self.records() > 0 || names(&self.own()).iter().any(|name| name.starts_with("change-"));
        if left { self.recovered(context) } else { self.settled(context) }
    }

    /// How many changes are announced and not at their end.
    fn records(&self) -> usize {
        let names = names(&self.own());
        names.iter().filter(|name| name.starts_with("change-") && name.ends_with(".json")).count()
    }

    /// Both files old, or both new, and nothing else anywhere.
    pub fn settled(&self, context: &str) -> State {
        let state = self.state().unwrap_or_else(|seen| panic!("{context}\n{seen}"));
        for (folder, allowed, needed) in [
            (self.increment(), &["metadata.json", "spec.md", "tasks.md"][..], 3),
            (self.root.join(".specweave/increments"), &[ID], 1),
            (self.root.join(".specweave/state"), &[CACHES[0], "specweave-lsp", CACHES[1]], 2),
            (self.own(), &OWN, 0),
            (self.root.clone(), &[".specweave"], 1),
        ] {
            let names = names(&folder);
            assert!(
                names.iter().all(|name| allowed.contains(&name.as_str())) && names.len() >= needed,
                "{context}\n{names:?} in {}",
                folder.display()
            );
        }
        for (name, mode) in MODES {
            let is = fs::metadata(self.path(name)).unwrap().permissions().mode() & 0o7777;
            assert_eq!(is, mode, "{context}\nmode of {name}");
        }
        for cache in CACHES {
            let text = fs::read(self.root.join(".specweave/state").join(cache)).unwrap();
            serde_json::from_slice::<Value>(&text).unwrap_or_else(|error| panic!("{context}\n{cache}: {error}"));
        }
        if let Ok(text) = fs::read_to_string(self.own().join(".gitignore")) {
            assert_eq!(text, "*\n", "{context}");
        }
        state
    }

    /// What the two files say; what is neither old nor new as an error.
    pub fn state(&self) -> Result<State, String> {
        let spec = fs::read_to_string(self.path("spec.md")).map_err(|error| format!("spec.md: {error}"))?;
        let metadata =
            fs::read_to_string(self.path("metadata.json")).map_err(|error| format!("metadata.json: {error}"))?;
        let desynced = self.metadata == "completed";
        if spec == self.old_spec() && metadata == self.old_metadata() {
            Ok(State::Old)
        } else if spec == self.new_spec() && (desynced && metadata == self.old_metadata() || is_completed(&metadata)) {
            Ok(State::New)
        } else {
            Err(format!("a split pair, or bytes lost:\n{spec}\n{metadata}"))
        }
    }
}

/// The old text with another status and three more members, and nothing else.
fn is_completed(metadata: &str) -> bool {
    let added = |line: &&str| ADDED.iter().any(|name| line.starts_with(&format!("  \"{name}\": \"20")));
    let kept: Vec<&str> = metadata.lines().filter(|line| !added(line)).collect();
    let expected = [
        "{".to_owned(),
        format!("  \"id\": \"{ID}\","),
        "  \"status\": \"completed\",".to_owned(),
        "  \"priority\": 1.50,".to_owned(),
        "}".to_owned(),
    ];
    kept == expected
        && metadata.ends_with("}\n")
        && metadata.lines().filter(added).count() == ADDED.len()
        && serde_json::from_str::<Value>(metadata).is_ok()
}

/// The names in a folder, sorted; none if there is no such folder.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

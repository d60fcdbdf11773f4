//! Temporary projects.

#![allow(dead_code, reason = "each suite uses its part")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use specweave_lsp::workspace::fs::paths::canonicalize;

pub struct Project {
    folder: tempfile::TempDir,
    /// The project's root, without symbolic links.
    pub root: PathBuf,
}

pub const BINARY: &str = env!("CARGO_BIN_EXE_specweave-lsp");

impl Project {
    pub fn new() -> Project {
        let folder = tempfile::tempdir().unwrap();
        let root = canonicalize(folder.path()).unwrap();
        fs::create_dir_all(root.join(".specweave/increments")).unwrap();
        Project { folder, root }
    }

    /// The incident: metadata says completed, spec says active.
    pub fn incident() -> Project {
        let project = Project::new();
        project.increment("0047-us-task-linkage", "active", "completed");
        project
    }

    pub fn increment(&self, id: &str, spec: &str, metadata: &str) {
        let name = id.rsplit('/').next().unwrap();
        self.write(id, "spec.md", spec_text(name, spec));
        self.write(id, "metadata.json", metadata_text(name, metadata));
    }

    pub fn folder(&self, id: &str) -> PathBuf {
        self.root.join(".specweave/increments").join(id)
    }

    pub fn path(&self, id: &str, file: &str) -> PathBuf {
        self.folder(id).join(file)
    }

    pub fn write(&self, id: &str, file: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.folder(id)).unwrap();
        fs::write(self.path(id, file), text).unwrap();
    }

    pub fn read(&self, id: &str, file: &str) -> String {
        fs::read_to_string(self.path(id, file)).unwrap()
    }

    /// Runs the command line in the project.
    pub fn run(&self, args: &[&str]) -> Run {
        run_in(&self.root, args)
    }

    /// Every file below the increments folder, to show that nothing was left behind.
    pub fn files(&self, id: &str) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(self.folder(id)).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Wine tells of a folder that was there before it was watched only once somebody has opened it; Windows of each.
    pub fn open_folders(&self) {
        let mut folders = vec![self.root.join(".specweave")];
        while let Some(folder) = folders.pop().filter(|_| cfg!(windows)) {
            let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
            folders.extend(entries.filter(|entry| entry.file_type().unwrap().is_dir()).map(|entry| entry.path()));
        }
    }

    pub fn base(&self) -> &Path {
        self.folder.path()
    }
}

pub fn spec_text(id: &str, status: &str) -> String {
    format!("---\nincrement: {id}\ntitle: \"A title\"\nstatus: {status}\ncreated: 2025-11-20\n---\n\n# {id}\n")
}

pub fn metadata_text(id: &str, status: &str) -> String {
    format!("{{\n  \"id\": \"{id}\",\n  \"status\": \"{status}\",\n  \"type\": \"feature\"\n}}\n")
}

pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// `error: …`, and perhaps a hint, and nothing else.
pub fn is_one_error(err: &str) -> bool {
    let mut lines = err.lines();
    lines.next().is_some_and(|line| line.starts_with("error: ")) && lines.all(|line| line.starts_with("hint: "))
}

/// Starts a program, or runs it to its end. On a loaded machine Wine at times starts none, and calls that an internal error.
#[track_caller]
pub fn start<T>(command: &mut Command, how: fn(&mut Command) -> io::Result<T>) -> T {
    const INTERNAL_ERROR: i32 = 1359;
    loop {
        match how(command) {
            Err(error) if cfg!(windows) && error.raw_os_error() == Some(INTERNAL_ERROR) => {}
            started => return started.unwrap_or_else(|error| panic!("{}: {error}", command.get_program().display())),
        }
    }
}

pub fn run_in(folder: &Path, args: &[&str]) -> Run {
    let mut command = Command::new(BINARY);
    command.args(args).current_dir(folder).env_remove("NO_COLOR");
    let Output { status, stdout, stderr } = start(&mut command, Command::output);
    Run {
        code: status.code().unwrap_or(-1),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

//! Projects in real git repositories, apart from the settings of whoever runs the tests.

#![allow(dead_code, reason = "each suite uses its part")]

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::project::{BINARY, Project, Run, start};

pub struct Repository {
    pub project: Project,
}

impl Repository {
    /// A project with one increment that agrees, committed.
    pub fn new() -> Repository {
        let repository = Repository { project: Project::new() };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.project.increment("0001-first", "active", "active");
        repository.commit("first");
        repository
    }

    pub fn root(&self) -> &Path {
        &self.project.root
    }

    /// Runs git, which must succeed.
    pub fn git(&self, args: &[&str]) -> String {
        let run = self.try_git(args);
        assert_eq!(run.code, 0, "git {args:?}: {}{}", run.out, run.err);
        run.out
    }

    pub fn try_git(&self, args: &[&str]) -> Run {
        git_in(self.root(), args)
    }

    /// Commits everything; hooks are not asked.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--no-verify", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    pub fn hook(&self) -> std::path::PathBuf {
        [".git", "hooks", "pre-commit"].iter().fold(self.root().to_path_buf(), |path, part| path.join(part))
    }

    pub fn run(&self, args: &[&str]) -> Run {
        run_in(self.root(), args)
    }
}

pub fn git_in(folder: &Path, args: &[&str]) -> Run {
    finish(isolated("git", folder).args(args))
}

pub fn run_in(folder: &Path, args: &[&str]) -> Run {
    finish(isolated(BINARY, folder).args(args))
}

/// A program that finds the built specweave-lsp on its PATH and none of the user's settings of git.
pub fn isolated(program: impl AsRef<OsStr>, folder: &Path) -> Command {
    let built = Path::new(BINARY).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::env::join_paths([built.to_path_buf()].into_iter().chain(std::env::split_paths(&path))).unwrap();
    let mut command = Command::new(program);
    command.current_dir(folder).env("PATH", paths);
    for (name, value) in [("AUTHOR", "Anna"), ("COMMITTER", "Carl")] {
        command.env(format!("GIT_{name}_NAME"), value).env(format!("GIT_{name}_EMAIL"), format!("{value}@example.org"));
    }
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env_remove("NO_COLOR");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    command
}

pub fn finish(command: &mut Command) -> Run {
    let output = start(command, Command::output);
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

pub fn executable(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

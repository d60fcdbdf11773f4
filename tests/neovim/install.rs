//! The plugin as people install it, and what `:checkhealth` says when that went wrong.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::plugin::{PLUGIN, TESTS, neovim, run, session};
use super::project::{BINARY, Project};
use super::{active, git};

fn report(project: &Project, scenario: &str) -> String {
    neovim(project, scenario)["report"].as_str().unwrap().to_owned()
}

fn report_with(project: &Project, scenario: &str, variable: &str, value: &Path) -> String {
    let mut command = session(project, scenario, &["-u", &format!("{TESTS}/init.lua")]);
    command.env(variable, value);
    run(command, scenario)["report"].as_str().unwrap().to_owned()
}

#[track_caller]
fn has(report: &str, parts: &[&str]) {
    for part in parts {
        assert!(report.contains(part), "{part:?} is not in:\n{report}");
    }
}

/// Copies the plugin as `cp -r` does.
fn copy_to(target: &Path) {
    fs::create_dir_all(target.parent().unwrap()).unwrap();
    let status = Command::new("cp").arg("-r").arg(PLUGIN).arg(target).status().unwrap();
    assert!(status.success());
}

fn script(project: &Project, name: &str, text: &str) -> PathBuf {
    let path = project.base().join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn health_of_what_works() {
    let healthy = report(&Project::incident(), "health");
    let version = format!("specweave-lsp {}", env!("CARGO_PKG_VERSION"));
    has(&healthy, &["OK Neovim 0.1", &version, "is enabled", "Project here: /", "attached to 1 buffer.", "1 desync,"]);
    assert!(!healthy.contains("ERROR") && !healthy.contains("WARNING"), "{healthy}");
}

#[test]
fn health_of_the_program() {
    let project = Project::incident();
    let of = |program: &Path| report_with(&project, "health_of_program", "SPECWEAVE_PROGRAM", program);
    let missing = of(Path::new("specweave-lsp-that-is-not-there"));
    has(
        &missing,
        &["ERROR `specweave-lsp-that-is-not-there` is not installed", "cargo install --path .", "No server runs now"],
    );
    has(&of(&project.base().join("nowhere")), &["ERROR There is no file `/", "correct `cmd`"]);
    has(&of(project.base()), &["is a folder", "Name the program in it"]);

    let broken = script(&project, "broken", "#!/bin/sh\necho no libc >&2\nexit 1\n");
    has(&of(&broken), &["does not run: no libc", "Build it again"]);
    let old = script(&project, "old", "#!/bin/sh\necho specweave-lsp 0.0.9\n");
    has(&of(&old), &["is too old: 0.0.9; the plugin needs 0.1.0", "Update the program"]);
    let other = script(&project, "other", "#!/bin/sh\necho specweave 1.0.593\n");
    has(&of(&other), &["is another program; it says `specweave 1.0.593`", "where it is"]);
    fs::set_permissions(&other, fs::Permissions::from_mode(0o644)).unwrap();
    has(&of(&other), &["is not executable", "Run `chmod +x /"]);

    let new = script(&project, "new", "#!/bin/sh\necho specweave-lsp 99.0.0\n");
    let updated = report_with(&project, "health_after_an_update", "SPECWEAVE_PROGRAM", &new);
    has(&updated, &["The program is 99.0.0 by now, but ", "Restart Neovim."]);

    // Cargo's folder is often not on the PATH of an editor that a desktop has started.
    let bin = project.base().join("home/.cargo/bin");
    fs::create_dir_all(&bin).unwrap();
    fs::copy(&old, bin.join("only-cargo-has-it")).unwrap();
    let beside = of(Path::new("only-cargo-has-it"));
    has(&beside, &["is not on the PATH, but is installed: /", "Add /", "/.cargo/bin to the PATH"]);
}

#[test]
fn health_of_the_configuration() {
    let other = report(&Project::incident(), "health_of_other_configuration");
    has(
        &other,
        &["WARNING Another configuration replaces handlers['specweave/applied'], root_dir.", "Configured in /"],
    );
    has(&other, &["The server does not see `settings.preferredSource`", "is not enabled", "'autoread' is off"]);

    let without_files = report(&Project::incident(), "health_of_no_file_type");
    has(&without_files, &["File types are off", "filetype on", "No server is attached to /", "it has no file type"]);
    has(&report(&Project::incident(), "health_of_a_complaint"), &["WARNING The server said: ", "nonsense"]);

    let project = Project::incident();
    let copy = project.base().join("copy");
    copy_to(&copy);
    let two = report_with(&project, "health_of_two_copies", "SPECWEAVE_COPY", &copy);
    has(&two, &["on the runtime path 2 times: /", "Remove all but one"]);
}

#[test]
fn health_of_the_project() {
    let project = Project::new();
    fs::remove_dir_all(project.root.join(".specweave")).unwrap();
    has(
        &report(&project, "health_of_nothing"),
        &["There is no folder `.specweave` in or above", "Open a file of the project"],
    );
}

#[test]
fn health_of_a_second_server() {
    let two = report(&Project::incident(), "health_of_two_servers");
    has(&two, &["ERROR /", "spec.md has the server twice, as mine and specweave_lsp", "Remove your own configuration"]);
    let same = report(&Project::incident(), "health_of_two_of_one_name");
    has(&same, &["replaces reuse_client", "More than one server runs"]);
    let mine = report(&Project::incident(), "health_of_another_name");
    has(&mine, &["has the server as `mine`, not from this plugin", "vim.lsp.enable('specweave_lsp')"]);
}

#[test]
fn help_has_its_tags() {
    neovim(&active(), "help");
    let project = active();
    let copy = project.base().join("copy");
    copy_to(&copy);
    let mut command = session(&project, "help_tags", &["-u", "NONE"]);
    command.env("SPECWEAVE_COPY", &copy);
    run(command, "help_tags");
}

/// As the README says, and nothing else.
#[test]
fn installed_as_a_package() {
    let project = Project::incident();
    copy_to(&project.base().join("home/data/nvim/site/pack/specweave/start/specweave-lsp"));
    let config = project.base().join("home/config/nvim");
    fs::create_dir_all(&config).unwrap();
    fs::write(config.join("init.lua"), "vim.lsp.enable('specweave_lsp')\n").unwrap();
    let init = config.join("init.lua");
    let mut command = session(&project, "installed", &["-u", init.to_str().unwrap()]);
    command.env("PATH", path_with_binary());
    run(command, "installed");
}

/// With the snippet of the README: `vim.pack` clones a repository that has the plugin in `editors/nvim`.
#[test]
fn installed_by_vim_pack() {
    let project = Project::incident();
    let mut command = session(&project, "vim_pack", &["-u", "NORC"]);
    command.env("PATH", path_with_binary()).env("SPECWEAVE_REPOSITORY", repository(&project));
    let seen = run(command, "vim_pack");
    if seen["has_pack"] == true {
        assert!(seen["path"].as_str().unwrap().contains("/pack/core/opt/specweave-lsp/editors/nvim/lsp/"), "{seen}");
    }
}

/// With both snippets of the README: the folder of a clone, and a clone that lazy.nvim makes.
#[test]
fn installed_by_lazy() {
    for snippet in ["folder", "clone"] {
        let project = Project::incident();
        let mut command = session(&project, "lazy", &["-u", &format!("{TESTS}/lazy.lua")]);
        command
            .env("PATH", path_with_binary())
            .env("SPECWEAVE_LAZY", snippet)
            .env("SPECWEAVE_REPOSITORY", repository(&project))
            .env("SPECWEAVE_NVIM_PLUGINS", plugins());
        run(command, "lazy");
    }
}

/// A repository that has the plugin where ours has it.
fn repository(project: &Project) -> String {
    let repository = project.base().join("repository");
    copy_to(&repository.join("editors/nvim"));
    git(&repository, &["init", "--quiet", "--initial-branch", "main"]);
    git(&repository, &["add", "."]);
    git(&repository, &["commit", "--quiet", "-m", "The plugin"]);
    format!("file://{}", repository.display())
}

/// The folder with lazy.nvim and lualine.
pub fn plugins() -> String {
    std::env::var("SPECWEAVE_NVIM_PLUGINS").expect("SPECWEAVE_NVIM_PLUGINS names plugins; run `tests/run.sh neovim`")
}

fn path_with_binary() -> std::ffi::OsString {
    let own = Path::new(BINARY).parent().unwrap().to_path_buf();
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&path))).unwrap()
}

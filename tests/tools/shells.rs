//! The completions in the shells they are for; bash is in the end-to-end tests.

use std::fs;

use crate::project::Project;
use crate::repository::{finish, isolated};

fn complete(shell: &str, program: &str) -> String {
    let project = Project::incident();
    fs::write(project.root.join("completions"), project.run(&["completions", shell]).out).unwrap();
    let run = finish(isolated(shell, &project.root).args(["-c", program]).env("HOME", project.base()));
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    run.out
}

#[test]
fn fish() {
    let program = "source completions; complete -C 'specweave-lsp hist'; complete -C 'specweave-lsp hook inst'; \
                   complete -C 'specweave-lsp check --format sar'";
    let out = complete("fish", program);
    let words: Vec<&str> = out.lines().filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(words, ["history", "install", "sarif"], "{out}");
}

#[test]
fn zsh() {
    let program = "autoload -U compinit; compinit -u -D; source ./completions; echo $_comps[specweave-lsp]; \
                   (( $+functions[_specweave-lsp__subcmd__hook_commands] )) && echo commands of hook";
    assert_eq!(complete("zsh", program), "_specweave-lsp\ncommands of hook\n");
}

//! The completions in the shells they are for; bash is in the end-to-end tests.

use std::collections::BTreeMap;
use std::fs;

use crate::project::Project;
use crate::repository::{finish, isolated};
use crate::tools;

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

/// PowerShell itself is not run, but a parser of it.
#[test]
fn powershell() {
    let project = Project::incident();
    let script = project.root.join("completions.ps1");
    fs::write(&script, project.run(&["completions", "powershell"]).out).unwrap();
    let reader = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tools/powershell.mjs");
    let run = finish(isolated("node", &project.root).arg(reader).arg(tools().join("powershell")).arg(&script));
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    let completions: BTreeMap<String, Vec<String>> = serde_json::from_str(&run.out).unwrap();
    let has = |after: &str, word: &str| completions[after].iter().any(|it| it == word);
    assert!(has("specweave-lsp;hook", "install") && has("specweave-lsp;check", "--format"), "{completions:?}");
    for command in completions["specweave-lsp"].iter().filter(|word| !word.starts_with('-')) {
        assert!(completions.contains_key(&format!("specweave-lsp;{command}")), "nothing after {command}");
    }
}

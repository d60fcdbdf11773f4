//! What people read uses the field's words: the table "Words" in CONTRIBUTING.md has what is not said any more, and no
//! text of the program, the editors or the docs says it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The last column of the table: phrases in backquotes.
fn banned() -> Vec<String> {
    let text = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let table = text.split("\n## Words\n").nth(1).expect("CONTRIBUTING.md has a section `Words`");
    let table = table.split("\n## ").next().unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| ")).skip(1);
    let phrases = rows.flat_map(|row| {
        let last = row.trim_end_matches('|').rsplit('|').next().unwrap();
        last.split('`').skip(1).step_by(2).map(str::to_lowercase).collect::<Vec<_>>()
    });
    phrases.collect()
}

fn files(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["node_modules", "dist", "target", "images", "test"].contains(&name.as_str()) {
                files(&path, endings, found);
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) && name != "package-lock.json" {
            found.push(path);
        }
    }
}

/// The string literals of a source text outside its tests, where comments may say what they like.
fn literals(source: &str, is_cli: bool) -> String {
    let source = source.split("#[cfg(test)]\nmod tests").next().unwrap();
    let mut literals = String::new();
    for line in source.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for part in line.split('"').skip(1).step_by(2) {
            literals.push_str(part);
            literals.push('\n');
        }
    }
    // What clap shows is written as doc comments.
    for line in source.lines().filter_map(|line| line.trim_start().strip_prefix("/// ")).filter(|_| is_cli) {
        literals.push_str(line);
        literals.push('\n');
    }
    literals
}

/// Where `phrase` stands in `text` as whole words.
fn find(text: &str, phrase: &str) -> Option<usize> {
    let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(phrase)
        .map(|(at, _)| at)
        .find(|at| !is_part(text[..*at].chars().next_back()) && !is_part(text[at + phrase.len()..].chars().next()))
}

#[test]
fn no_text_says_what_the_table_of_words_replaces() {
    let banned = banned();
    assert!(banned.len() >= 10, "{banned:?}");
    let mut paths = vec![root().join("README.md"), root().join("CHANGELOG.md")];
    files(&root().join("docs"), &[".md"], &mut paths);
    files(&root().join("editors"), &[".md", ".json", ".lua", ".el", ".txt", ".ts"], &mut paths);
    files(&root().join("src"), &[".rs"], &mut paths);
    assert!(paths.len() > 100, "{}", paths.len());
    let mut said = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let text = if path.extension().is_some_and(|it| it == "rs") {
            literals(&text, path.starts_with(root().join("src/cli")))
        } else {
            text
        };
        let text = text.to_lowercase();
        for phrase in &banned {
            if let Some(at) = find(&text, phrase) {
                let line = text[..at].rsplit('\n').next().unwrap().to_owned();
                let rest = text[at..].lines().next().unwrap();
                said.push(format!("{}: `{phrase}` in `{line}{rest}`", path.display()));
            }
        }
    }
    assert!(said.is_empty(), "CONTRIBUTING.md, \"Words\", has what to say instead:\n{}", said.join("\n"));
}

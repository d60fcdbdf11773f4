//! The documentation says what the program does: these parts are compared with the source.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs;

use specweave_lsp::model::rules::Code;
use specweave_lsp::workspace::config::file::ConfigFile;
use specweave_lsp::workspace::config::json_schema;

fn read(path: &str) -> String {
    fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR")))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn every_finding_is_documented_as_it_is() {
    let text = read("docs/findings.md");
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<String> = Code::ALL
        .iter()
        .map(|code| format!("| `{code}` | {} | {} |", code.severity().as_str(), code.meaning()))
        .collect();
    assert_eq!(rows, expected);
    for code in Code::ALL {
        assert!(text.contains(&format!("\n## {code}\n")), "docs/findings.md has a section for {code}");
    }
}

#[test]
fn every_dependency_has_its_line_in_the_readme() {
    let manifest = read("Cargo.toml");
    let readme = read("README.md");
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.contains("dependencies]");
        } else if let Some((name, _)) = line.split_once(" = ").filter(|_| inside) {
            assert!(readme.contains(&format!("| `{name}`")), "README.md says why `{name}` is there");
        }
    }
}

#[test]
fn every_message_is_documented_with_its_tests() {
    let text = read("docs/lsp.md");
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    // `textDocument/hover`, or its last part where the first is clear.
    let first_column = |row: &str| row.split('|').nth(1).unwrap_or_default().to_owned();
    let rows: String = text.lines().filter(|line| line.starts_with("| `")).map(first_column).collect();
    let methods: Vec<&str> = rows.split('`').skip(1).step_by(2).collect();
    let documented = |handler: &str| {
        methods.iter().any(|method| plain(method) == handler || plain(method.rsplit('/').next().unwrap()) == handler)
    };
    let source = read("src/server/backend.rs");
    let trait_part = &source[source.find("impl LanguageServer for Backend").unwrap()..];
    let handlers: Vec<&str> = trait_part
        .lines()
        .filter_map(|line| line.trim().strip_prefix("async fn ")?.split_once('(').map(|it| it.0))
        .collect();
    assert!(handlers.len() > 20, "{handlers:?}");
    for handler in handlers.iter().filter(|handler| **handler != "initialized") {
        assert!(documented(&plain(handler.trim_start_matches("goto_"))), "docs/lsp.md has {handler}");
    }
    for name in text.split('`').filter(|word| word.ends_with(".rs")) {
        let path = if name.contains('/') { name.to_owned() } else { format!("tests/e2e/{name}") };
        assert!(!read(&path).is_empty());
    }
}

/// The table is made from the source; this says what it should be.
#[test]
fn every_setting_is_documented_as_it_is() {
    let text = read("docs/settings.md");
    let expected = specweave_lsp::workspace::config::all_settings::markdown();
    assert!(text.contains(&expected), "docs/settings.md has the table:\n{expected}");
    let file: serde_json::Value =
        serde_json::from_str(text.split("```json\n").nth(1).unwrap().split("```").next().unwrap()).unwrap();
    let read = ConfigFile::parse(file.to_string().as_bytes());
    assert_eq!((read.mistakes, read.layer.ignore.len()), (vec![], 1), "the example");
}

/// `specweave-lsp config schema > docs/lsp.schema.json`, and the same for the extension.
#[test]
fn the_published_schema_is_the_one_of_the_source() {
    let expected = format!("{:#}\n", json_schema::schema());
    for path in [json_schema::PUBLISHED, "editors/vscode/schemas/lsp.schema.json"] {
        assert!(read(path) == expected, "{path} is not what `specweave-lsp config schema` prints");
    }
}

#[test]
fn every_editor_has_a_page_and_its_settings_can_be_read() {
    let readme = read("README.md");
    let folder = format!("{}/docs/editors", env!("CARGO_MANIFEST_DIR"));
    let mut blocks = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(readme.contains(&format!("(docs/editors/{name})")), "README.md names docs/editors/{name}");
        let text = read(&format!("docs/editors/{name}"));
        for block in text.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
            let parsed: Result<serde_json::Value, _> = serde_json::from_str(block);
            assert!(parsed.is_ok(), "{name}: {parsed:?}\n{block}");
            blocks += 1;
        }
    }
    assert!(blocks >= 6, "{blocks} blocks");
}

#[test]
fn what_security_rests_on_is_tested() {
    let mut source = String::new();
    for folder in ["src", "tests"] {
        add_source(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut source);
    }
    let text = read("docs/security.md");
    let claims: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(claims.len() >= 10, "{claims:?}");
    let mut tests = 0;
    for claim in claims {
        let shown_by = claim.trim_end_matches('|').rsplit('|').next().unwrap();
        assert!(!shown_by.trim().is_empty(), "{claim}");
        let is_name = |word: &&str| word.contains('_') && word.bytes().all(|it| it.is_ascii_lowercase() || it == b'_');
        for name in shown_by.split('`').filter(is_name) {
            assert!(source.contains(&format!("fn {name}()")), "docs/security.md rests on {name}");
            tests += 1;
        }
    }
    assert!(tests >= 10, "{tests}");
}

/// The map in CONTRIBUTING.md names what there is and nothing else; who looks for a folder finds it there.
#[test]
fn the_map_is_the_tree() {
    let text = read("CONTRIBUTING.md");
    let map = text.split("\n## The map\n").nth(1).unwrap().split("```").nth(1).unwrap();
    let words: Vec<&str> = map.split(|c: char| !c.is_ascii_alphanumeric() && !"_./-".contains(c)).collect();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    add_paths(&root.join("src"), &mut paths);
    let name = |path: &std::path::Path| path.file_name().unwrap().to_string_lossy().into_owned();
    for path in &paths {
        let shown = path.strip_prefix(root).unwrap().display();
        let folder = path.parent().unwrap().strip_prefix(root).unwrap().display().to_string();
        // Of these, each file stands for itself; in the others the name of the folder says it.
        let single =
            ["src", "src/model", "src/workspace", "src/workspace/change", "src/git", "src/server", "src/server/lsp"];
        let named = |name: &str| words.iter().any(|word| word.trim_end_matches('/').ends_with(name));
        if path.is_dir() {
            assert!(named(&name(path)), "the map has {shown}/");
        } else if single.contains(&folder.as_str()) && name(path) != "mod.rs" {
            assert!(named(&name(path)), "the map has {shown}");
        }
    }
    for word in words.iter().filter(|word| word.ends_with(".rs")) {
        let there = paths.iter().any(|path| path.ends_with(word)) || root.join(word).exists();
        assert!(
            there || word.ends_with("/.rs") || *word == ".rs" || word.starts_with("tests/"),
            "the map names {word}, which there is not"
        );
    }
}

fn add_paths(folder: &std::path::Path, paths: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            add_paths(&path, paths);
        }
        paths.push(path);
    }
}

fn add_source(folder: std::path::PathBuf, source: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            add_source(path, source);
        } else if path.extension().is_some_and(|it| it == "rs") {
            source.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

/// So that nobody has to find out which settings are only copied from a manual.
#[test]
fn every_editor_page_says_first_whether_it_was_tried() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/editors");
    let mut pages = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let mut lines = text.lines().filter(|line| !line.is_empty());
        assert!(lines.next().is_some_and(|line| line.starts_with("# ")), "{}", path.display());
        let first = lines.next().unwrap_or_default();
        assert!(first.starts_with("Tried: ") || first.starts_with("Not tried: "), "{}: {first}", path.display());
        pages += 1;
    }
    assert!(pages >= 9, "only {pages} pages");
}

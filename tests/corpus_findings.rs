//! What `check --deep` finds in real projects: the newest state of each increment of the corpus, by code and generation. The
//! corpus stays outside the repository: `SPECWEAVE_CORPUS` names its folder. `SPECWEAVE_FINDINGS` names a file that gets each
//! finding as a line of JSON, to be looked at.

#![allow(clippy::print_stderr, reason = "the table")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "e2e/project.rs"]
mod project;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::env;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use project::Project;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use specweave_lsp::model::rules::Code;

#[derive(Deserialize)]
struct First {
    id: String,
    repo: String,
    path: String,
    spec: Option<String>,
    #[serde(rename = "spec_b64")]
    spec_base64: Option<String>,
    metadata: Option<String>,
    tasks: Option<String>,
}

#[derive(Deserialize)]
struct Later {
    id: String,
    repo: String,
    files: BTreeMap<String, String>,
}

fn lines<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let folder = env::var_os("SPECWEAVE_CORPUS")
        .expect("set SPECWEAVE_CORPUS to the folder that holds dev.jsonl.xz; without it there is nothing to test");
    let path = PathBuf::from(folder).join(name);
    let mut bytes = Vec::new();
    lzma_rs::xz_decompress(&mut BufReader::new(File::open(&path).unwrap()), &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

type Files = Vec<(String, Vec<u8>)>;

/// By id: where each increment is, its generation and its files.
#[derive(Default)]
struct Repository {
    increments: BTreeMap<String, (String, usize, Files)>,
}

/// An increment that stands in the corpus several times was collected from several commits, oldest first.
fn repositories() -> BTreeMap<String, Repository> {
    let mut all: BTreeMap<String, Repository> = BTreeMap::new();
    for case in lines::<First>("dev.jsonl.xz") {
        let mut files: Files = Vec::new();
        match (case.spec_base64, case.spec) {
            (Some(exact), _) => files.push(("spec.md".to_owned(), STANDARD.decode(exact).unwrap())),
            (None, Some(text)) => files.push(("spec.md".to_owned(), text.into_bytes())),
            (None, None) => {}
        }
        let texts = [("metadata.json", case.metadata), ("tasks.md", case.tasks)];
        files.extend(texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.into_bytes()))));
        all.entry(case.repo).or_default().increments.insert(case.id, (case.path, 1, files));
    }
    for case in lines::<Later>("gen23.jsonl.xz") {
        let path = format!(".specweave/increments/{}", case.id);
        let generation = if case.files.contains_key("tasks.md") { 2 } else { 3 };
        let files = case.files.into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
        all.entry(case.repo).or_default().increments.insert(case.id, (path, generation, files));
    }
    all
}

#[test]
fn all_findings_by_code_and_generation() {
    let mut table: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    let (mut increments, mut with_findings) = ([0; 3], BTreeSet::new());
    let mut list = Vec::new();
    for (repository, Repository { increments: of }) in repositories() {
        let project = Project::new();
        let mut generations: HashMap<&str, usize> = HashMap::new();
        for (path, generation, files) in of.values() {
            for (name, bytes) in files {
                let file = project.root.join(path).join(name);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, bytes).unwrap();
            }
            generations.insert(path, *generation);
            increments[generation - 1] += 1;
        }
        let run = project.run(&["check", "--deep", "--include-archived", "--format", "json", "--exit-zero"]);
        let report: Value = serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {}", run.err));
        for finding in report["findings"].as_array().unwrap() {
            let path = finding["path"].as_str().unwrap();
            let folder = generations.keys().find(|folder| path.starts_with(&format!("{folder}/"))).unwrap();
            let generation = generations[folder];
            let code = finding["code"].as_str().unwrap();
            table.entry(code.to_owned()).or_default()[generation - 1] += 1;
            with_findings.insert(format!("{repository} {folder}"));
            list.push(serde_json::json!({"repository": repository, "generation": generation, "finding": finding}));
        }
    }
    eprintln!("{increments:?} increments of the three generations; {} have findings", with_findings.len());
    let row =
        |name: &str, counts: &[usize; 3]| eprintln!("| `{name}` | {} | {} | {} |", counts[0], counts[1], counts[2]);
    table.iter().for_each(|(code, counts)| row(code, counts));
    if let Some(path) = env::var_os("SPECWEAVE_FINDINGS") {
        let text: String = list.iter().map(|finding| format!("{finding}\n")).collect();
        fs::write(path, text).unwrap();
    }
    assert!(table.keys().all(|code| Code::parse(code).is_some()) && table.len() > 8, "{table:?}");
}

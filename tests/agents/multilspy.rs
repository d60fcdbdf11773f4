//! multilspy, a client for agents in Python: it asks for what it is not sure to get, and takes the answers apart strictly.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::project::{BINARY, Project};

const ID: &str = "0047-us-task-linkage";

#[test]
fn multilspy_gets_what_it_asks_for() {
    let project = Project::incident();
    let folder = std::env::var_os("SPECWEAVE_AGENTS").expect("SPECWEAVE_AGENTS must be set; run `tests/run.sh agents`");
    let output = Command::new(PathBuf::from(folder).join("python/bin/python"))
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/agents/with_multilspy.py"))
        .arg(BINARY)
        .arg(&project.root)
        .args([&format!(".specweave/increments/{ID}/spec.md"), "3", "10"])
        .output()
        .unwrap();
    let told: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    assert!(
        told["hover"]["contents"]["value"].as_str().unwrap().contains("active ≠ metadata.json: completed"),
        "{told}"
    );
    let metadata = format!(".specweave/increments/{ID}/metadata.json");
    assert_eq!(told["definition"][0]["relativePath"], json!(metadata), "{told}");
    assert_eq!(told["symbols"][0], "Frontmatter", "{told}");
    assert!(told["completions"].as_array().unwrap().contains(&json!("completed")), "{told}");
    for file in ["spec.md", "metadata.json"] {
        assert_eq!(told["published"][file][0]["code"], "status-desync", "{told}");
    }
}

//! The stand-in for an agent's model, `model.py`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

pub struct Model {
    process: Child,
    log: PathBuf,
    /// For the agent to call it by.
    pub url: String,
    /// A home for the agent, gone with the model.
    pub home: tempfile::TempDir,
}

impl Model {
    /// A model that makes these tool calls, one after the other.
    pub fn playing(script: &[Value]) -> Model {
        let home = tempfile::tempdir().unwrap();
        let (calls, log) = (home.path().join("calls.json"), home.path().join("log"));
        fs::write(&calls, json!(script).to_string()).unwrap();
        let mut model = Command::new("python3");
        model.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/agents/model.py")).arg(&calls).arg(&log);
        let mut process = model.stdout(Stdio::piped()).spawn().unwrap();
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Model { process, log, url: format!("http://127.0.0.1:{}/v1", port.trim()), home }
    }

    /// Lets the agent run to its end; gives what its last request held, which is all that the model was told.
    pub fn told(&self, agent: &mut Command) -> Vec<Value> {
        let output = agent.stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let log = fs::read_to_string(&self.log).unwrap_or_else(|error| panic!("{error}: {said}"));
        serde_json::from_str(log.lines().last().unwrap()).unwrap()
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

//! The alert rules, judged by Prometheus' own tool; and the whole way: our reports, the node exporter's textfile collector, a
//! scrape, an alert that fires.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::repository::{Repository, isolated};

fn program(name: &str) -> PathBuf {
    let folder =
        std::env::var_os("SPECWEAVE_PROMETHEUS").expect("SPECWEAVE_PROMETHEUS must be set; run `tests/run.sh tools`");
    PathBuf::from(folder).join("usr/bin").join(name)
}

fn packaged(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/prometheus").join(name)
}

fn promtool(args: &[&str], input: &str) -> (bool, String) {
    let mut command = Command::new(program("promtool"));
    let pipes = command
        .args(args)
        .current_dir(packaged(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[test]
fn the_rules_are_rules_and_fire_when_they_should() {
    let (ok, said) = promtool(&["check", "rules", "specweave.rules.yml"], "");
    assert!(ok && said.contains("SUCCESS: 4 rules found"), "{said}");
    let (ok, said) = promtool(&["test", "rules", "specweave.rules.test.yml"], "");
    assert!(ok, "{said}");
    let rules = fs::read_to_string(packaged("specweave.rules.yml")).unwrap();
    let tests = fs::read_to_string(packaged("specweave.rules.test.yml")).unwrap();
    for alert in rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        assert!(
            tests.contains(&format!("alertname: {alert}\n        exp_alerts:\n          - ")),
            "{alert} never fires"
        );
    }
}

/// With a desync that has been committed.
fn desynced() -> Repository {
    let repository = Repository::new();
    repository.project.increment("0002-half", "active", "completed");
    repository.commit("fix: half of it");
    repository
}

#[test]
fn both_reports_are_metrics_to_prometheus() {
    let repository = desynced();
    for args in [&["check", "--exit-zero"][..], &["history"]] {
        let run = repository.run(&[args, &["--format", "openmetrics"]].concat());
        let (ok, said) = promtool(&["check", "metrics"], &run.out);
        assert!(ok && said.is_empty(), "{args:?}: {said}\n{}", run.out);
    }
}

struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Running {
        Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
}

/// Asks until the answer is there.
fn wait_for<T>(what: &str, mut answer: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + Duration::from_secs(120);
    loop {
        if let Some(answer) = answer() {
            return answer;
        }
        assert!(Instant::now() < until, "no {what}");
        std::thread::yield_now();
    }
}

#[test]
fn a_desync_is_scraped_and_an_alert_fires() {
    let repository = desynced();
    let folder = tempfile::tempdir().unwrap();
    let textfiles = folder.path().join("textfiles");
    fs::create_dir(&textfiles).unwrap();
    let script = isolated(packaged("specweave-textfile"), folder.path())
        .arg(repository.root())
        .arg(&textfiles)
        .output()
        .unwrap();
    assert!(script.status.success(), "{}", String::from_utf8_lossy(&script.stderr));
    let mut names: Vec<_> = fs::read_dir(&textfiles).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["specweave.prom", "specweave_history.prom"]);

    let (exporter, prometheus) = (free_port(), free_port());
    let _exporter = Running::start(
        Command::new(program("prometheus-node-exporter"))
            .arg("--collector.disable-defaults")
            .args(["--collector.textfile", "--web.listen-address", &format!("127.0.0.1:{exporter}")])
            .arg(format!("--collector.textfile.directory={}", textfiles.display())),
    );
    let exported = wait_for("metrics", || get(exporter, "/metrics"));
    assert!(exported.contains("node_textfile_scrape_error 0"), "{exported}");
    // As packaged, save that nobody waits for an hour.
    let rules = fs::read_to_string(packaged("specweave.rules.yml")).unwrap().replace("for: 1h", "for: 0s");
    fs::write(folder.path().join("rules.yml"), rules).unwrap();
    let config = format!(
        "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [rules.yml]\nscrape_configs:\n\
         - job_name: node\n  static_configs: [{{targets: ['127.0.0.1:{exporter}']}}]\n"
    );
    fs::write(folder.path().join("prometheus.yml"), config).unwrap();
    let _prometheus = Running::start(
        Command::new(program("prometheus"))
            .arg(format!("--config.file={}", folder.path().join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{prometheus}")),
    );
    let root = repository.root().to_str().unwrap();
    let sample = |query: &str| {
        let answer: Value = serde_json::from_str(&get(prometheus, &format!("/api/v1/query?query={query}"))?).ok()?;
        let found = answer["data"]["result"].as_array()?.iter().find(|it| it["metric"]["project"] == root)?;
        Some(found["value"][1].as_str()?.to_owned())
    };
    assert_eq!(wait_for("sample", || sample("specweave_desyncs")), "1");
    assert_eq!(wait_for("sample", || sample("specweave_history_desyncs_open")), "1");
    let firing = || sample("ALERTS%7Balertname%3D%22SpecWeaveStatusesDisagree%22%2Calertstate%3D%22firing%22%7D");
    assert_eq!(wait_for("alert", firing), "1");
}

//! What was once counted wrong in real projects (rows B1 to B14), through the program: `docs/work-items.md` has every form.

use serde_json::{Value, json};

use crate::project::Project;

const SPEC: &str = "---\nstatus: active\n---\n# A\n";

/// A row, the body of spec.md, tasks.md; then done and all: tasks, criteria.
type Row = (&'static str, &'static str, &'static str, [usize; 2], [usize; 2]);

const ROWS: [Row; 20] = [
    ("B1", "- [ ] AC-US1-01: x\n- [x] AC-US1-02: y\n", "", [0, 0], [1, 2]),
    ("B2", "", "#### T-001: x\n**Status**: [x] completed\n", [1, 1], [0, 0]),
    ("B3", "- **AC-US1-01**: [ ] x\n- **AC-US1-02**: [x] y\n", "", [0, 0], [1, 2]),
    ("B4", "", "- [x] T-001: x\n- [ ] [T002] y\n", [1, 2], [0, 0]),
    ("B5", "- [~] **AC-US1-01**: x\n- [-] **AC-US1-02**: y\n", "", [0, 0], [0, 2]),
    ("B6 words", "", "### T-001: x\n**Status**: Completed\n### T-002: y\n**Status**: ✅ Complete\n", [2, 2], [0, 0]),
    ("B6 case", "", "### T-001: x\n**status**: [x]\n### T-002: y\n**completed**: 2026-01-01\n", [2, 2], [0, 0]),
    ("B6 colon", "", "### T-001: x\n**Status:** [x]\n", [1, 1], [0, 0]),
    ("B6 heading", "", "### T-001: x **Status**: [x] completed\n", [1, 1], [0, 0]),
    ("B7", "", "### T-001: x\n- [x] one\n- [x] two\n### T-002: y\n- [x] one\n- [ ] two\n", [1, 2], [0, 0]),
    ("B8 task", "", "### T-001: x\n```md\n### T-009: z\n## End\n```\n**Status**: [x]\n", [1, 1], [0, 0]),
    ("B8 criterion", "~~~\n- [ ] **AC-US1-09**: z\n~~~\n- [x] **AC-US1-01**: x\n", "", [0, 0], [1, 1]),
    ("B8 no fence", "", "```\n### T-001: x\n**Status**: [x]\n", [1, 1], [0, 0]),
    ("B9 before", "", "## ✅ T-001: x\n", [1, 1], [0, 0]),
    ("B9 behind", "", "### T-001: x ✅ COMPLETE\n", [1, 1], [0, 0]),
    ("B10", "", "### T-A-01: x\n### T-P-001: y\n**Status**: [x]\n", [1, 2], [0, 0]),
    ("B11 task", "", "### T-001: x\n**Status**: [X]\n- [X] T-002\n", [1, 1], [0, 0]),
    ("B11 list", "", "- [X] T-001: x\n", [1, 1], [0, 0]),
    ("B11 criterion", "- [X] **AC-US1-01**: x\n", "", [0, 0], [1, 1]),
    ("a summary", "", "### T-001: x\n**Status**: [ ]\n\n## Summary\n**Completed**: 20/21 tasks\n", [0, 1], [0, 0]),
];

fn write(project: &Project, status: &str, rows: &[Row]) {
    for (at, (_, spec, tasks, ..)) in rows.iter().enumerate() {
        let id = format!("{:04}-x", at + 1);
        project.write(&id, "spec.md", format!("{}{spec}", SPEC.replace("active", status)));
        project.write(&id, "metadata.json", json!({"id": id, "status": status}).to_string());
        project.write(&id, "tasks.md", tasks);
    }
}

#[test]
fn each_row_is_counted() {
    let project = Project::new();
    write(&project, "active", &ROWS);
    let status: Value = serde_json::from_str(&project.run(&["status", "--format", "json"]).out).unwrap();
    let counts = |of: &Value| [&of["done"], &of["total"]].map(|number| number.as_u64().unwrap() as usize);
    for (at, (row, _, _, tasks, criteria)) in ROWS.iter().enumerate() {
        let id = format!("{:04}-x", at + 1);
        let shown = status["increments"].as_array().unwrap().iter().find(|it| it["id"] == id).unwrap();
        assert_eq!((counts(&shown["tasks"]), counts(&shown["criteria"])), (*tasks, *criteria), "{row}");
    }
}

/// B14: what is done in one of these forms is no open work of a completed increment; what is open in one of them is.
#[test]
fn completed_increments_are_told_of_what_is_open_and_of_nothing_else() {
    let project = Project::new();
    write(&project, "completed", &ROWS);
    let run = project.run(&["check", "--deep", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let told: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["code"] == "completed-with-open-work")
        .map(|it| it["increment"].as_str().unwrap())
        .collect();
    let skipped_is_not_open = |row: &str, criteria: &[usize; 2]| if row == "B5" { [1, 2] } else { *criteria };
    for (at, (row, _, _, tasks, criteria)) in ROWS.iter().enumerate() {
        let criteria = skipped_is_not_open(row, criteria);
        let is_open = tasks[0] < tasks[1] || criteria[0] < criteria[1];
        assert_eq!(told.contains(&format!("{:04}-x", at + 1).as_str()), is_open, "{row}");
    }
}

/// Who wrote that something was put off does not need a warning.
#[test]
fn what_was_put_off_is_information() {
    let project = Project::new();
    let rows: [Row; 3] = [
        (
            "all",
            "- [x] AC-01: a\n- [ ] AC-02: b (DEFERRED)\n",
            "### T-001: c\n**Status**: deferred (V2)\n",
            [0, 1],
            [1, 2],
        ),
        ("some", "- [ ] AC-01: a\n- [ ] AC-02: b (DEFERRED)\n", "", [0, 0], [0, 2]),
        ("a word in a sentence", "- [ ] AC-01: a deferred script loads\n", "", [0, 0], [0, 1]),
    ];
    write(&project, "completed", &rows);
    let run = project.run(&["check", "--deep", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let told: Vec<(&str, &str)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["increment"].as_str().unwrap(), it["severity"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("0001-x", "information"), ("0002-x", "warning"), ("0003-x", "warning")]);
    assert!(report["findings"][0]["message"].as_str().unwrap().ends_with("; each of them says that it was put off."));
}

/// C3: the order is that of the dates in spec.md; metadata.json has dates of its own, which do not count.
#[test]
fn the_status_line_is_in_the_order_of_the_specs() {
    let project = Project::new();
    for (id, spec, metadata) in
        [("0001-a", "2026-03-01", "2026-01-01"), ("0002-b", "2026-01-01", "2026-03-01"), ("0003-c", "", "2026-02-01")]
    {
        let created = if spec.is_empty() { String::new() } else { format!("created: {spec}\n") };
        project.write(id, "spec.md", format!("---\nstatus: active\n{created}---\n"));
        project.write(id, "metadata.json", json!({"id": id, "status": "active", "created": metadata}).to_string());
    }
    project.increment("0009-z", "active", "completed");
    let state = project.root.join(".specweave/state");
    std::fs::create_dir_all(&state).unwrap();
    std::fs::write(state.join("status-line.json"), "{}").unwrap();
    assert_eq!(project.run(&["sync", "9", "--from", "metadata"]).code, 0);
    let cache: Value = serde_json::from_slice(&std::fs::read(state.join("status-line.json")).unwrap()).unwrap();
    let shown: Vec<&str> =
        cache["activeIncrements"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(shown, ["0003-c", "0002-b"], "one without a date is the oldest, and two are shown");
    assert_eq!((&cache["openCount"], &cache["current"]["id"]), (&json!(3), &json!("0003-c")));
}

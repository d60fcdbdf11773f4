//! What coding agents are told of increments of SpecWeave 2 and 3: status in metadata.json alone, tasks by the ledger.

use crate::agents::{AGENTS, Agent};
use crate::project::Project;

const TWO: &str = "0002-second";
const THREE: &str = "0003-third";

fn metadata(id: &str, status: &str) -> String {
    format!("{{\n  \"id\": \"{id}\",\n  \"status\": \"{status}\"\n}}\n")
}

/// An increment of each, healthy, with one open task.
fn both() -> Project {
    let project = Project::new();
    let task = "### T-01 Look\n- AC: AC-01 | Files: a | Test: npm test\n- [ ] open\n";
    let criteria = "## Acceptance Criteria\n- [ ] AC-01: It finds\n";
    project.write(THREE, "spec.md", format!("# Find things\n\n{criteria}\n## Tasks\n\n{task}"));
    project.write(THREE, "metadata.json", metadata(THREE, "active"));
    project.write(TWO, "spec.md", format!("---\nincrement: {TWO}\nstatus: active\n---\n# Two\n\n{criteria}"));
    project.write(TWO, "metadata.json", metadata(TWO, "active"));
    project.write(TWO, "tasks.md", task);
    project.write(TWO, "ledger.jsonl", event("claim", "10", ""));
    project
}

fn event(what: &str, hour: &str, more: &str) -> String {
    format!("{{\"t\":\"T-01\",\"e\":\"{what}\",\"by\":\"a@b\",\"at\":\"2026-10-08T{hour}:00:00.000Z\"{more}}}\n")
}

#[test]
fn a_status_in_metadata_alone_is_right() {
    for name in AGENTS {
        let project = both();
        let agent = Agent::new(name, &project);
        assert_eq!(
            agent.edits_in(THREE, "metadata.json", "active", "paused"),
            None,
            "{name}: nothing to disagree with"
        );
        let told = agent.edits_in(THREE, "metadata.json", "paused", "completed").unwrap_or_else(|| panic!("{name}"));
        assert!(told.contains("completed, but 1 of 1 tasks") && told.contains("specweave-lsp set"), "{name}: {told}");
        assert_eq!(agent.plays("turn-end"), None, "{name}: that is a warning");
        assert_eq!(agent.edits_in(THREE, "metadata.json", "completed", "active"), None, "{name}");
        // The mirror that an older spec has.
        let told = agent.edits_in(THREE, "spec.md", "# Find", "---\nstatus: paused\n---\n# Find").unwrap_or_default();
        assert!(told.contains("spec.md says `paused`, metadata.json says `active`"), "{name}: {told}");
        let fix = format!("specweave-lsp sync .specweave/increments/{THREE} --from spec --yes");
        assert!(told.contains(&fix), "{name}: {told}");
        assert_eq!(project.run(&fix.split(' ').skip(1).collect::<Vec<_>>()).code, 0);
        assert_eq!(agent.plays("turn-end"), None, "{name}: it was fixed");
    }
}

#[test]
fn a_close_by_the_command_brings_nothing() {
    for name in AGENTS {
        let project = both();
        let agent = Agent::new(name, &project);
        assert_eq!(agent.edits_in(THREE, "spec.md", "- [ ] open", "- [x] done by a — npm test"), None, "{name}");
        let run = project.run(&["close", THREE, "--force"]);
        assert_eq!(run.code, 0, "{name}: {}", run.err);
        assert_eq!(agent.edits_in(THREE, "spec.md", "Find things", "Find all"), None, "{name}");
        assert_eq!(agent.plays("turn-end"), None, "{name}");
    }
}

/// Each line of a ledger, and of what it is about, is heard of for itself.
#[test]
fn the_ledger_and_the_tasks() {
    for name in AGENTS {
        let project = both();
        let agent = Agent::new(name, &project);
        let edits = |file: &str, old: &str, new: &str| agent.edits_in(TWO, file, old, new).unwrap_or_default();
        assert_eq!(edits("ledger.jsonl", "a@b", "c@d"), "", "{name}: the claim was there");
        let told = edits("tasks.md", "- [ ] open", "- [x] done by a — b");
        assert!(told.contains("tasks.md:3: T-01 is done here, but claimed in the ledger"), "{name}: {told}");
        let claim = project.read(TWO, "ledger.jsonl");
        let told = edits("ledger.jsonl", &claim, &format!("{claim}{}", event("done", "11", "")));
        assert!(told.contains("needs `evidence`") && told.contains("specweave-lsp check"), "{name}: {told}");
        let told = edits("ledger.jsonl", "\"done\"", "\"skip\"");
        assert!(told.contains("needs a `note`") || told.contains("`note`"), "{name}: another thing is wrong: {told}");
        let other =
            event("claim", "12", "").replace("T-01", "T-09") + &event("claim", "12", "").replace("T-01", "T-08");
        let told = edits("ledger.jsonl", &claim, &format!("{claim}{other}"));
        assert!(told.contains("T-09") && told.contains("T-08"), "{name}: {told}");
        assert_eq!(edits("ledger.jsonl", &event("skip", "11", ""), ""), "", "{name}: one less");
        assert_eq!(agent.plays("turn-end"), None, "{name}: no error is left");
    }
}

//! How each command looks on a narrow and on a wide terminal, and in which colours on a dark and on a light one. After a wanted
//! change: `INSTA_UPDATE=always cargo test --test e2e looks`, and look at what changed.

use crate::project::Project;
use crate::repository::{Repository, isolated};
use crate::terminal::Terminal;

const LONG: &str = "0086-payment-provider-integration-with-webhooks";

/// A desync, open and closed increments, a finding of each severity, long names and titles; committed at a known time.
fn project() -> Repository {
    let repository = Repository { project: Project::new() };
    let project = &repository.project;
    let spec = |id: &str, status: &str, title: &str| {
        let text = format!(
            "---\nincrement: {id}\ntitle: \"{title}\"\nstatus: {status}\ncreated: 2025-11-20\n---\n\n# {title}\n"
        );
        project.write(id, "spec.md", text);
    };
    let increment = |id: &str, statuses: [&str; 2], title: &str| {
        project.increment(id, statuses[0], statuses[1]);
        spec(id, statuses[0], title);
    };
    increment("0047-us-task-linkage", ["active", "active"], "US-Task linkage for traceable requirements");
    increment(LONG, ["active", "active"], "Payment provider integration, with webhooks and retries");
    increment("0087-auth-security-hardening", ["planning", "planning"], "Auth security hardening");
    increment("0088-old-importer", ["completed", "completed"], "The old importer");
    increment("0089-spelling", ["complted", "complted"], "Spelling");
    spec("0090-half", "active", "Half an increment");
    let tasks = "### T-001: Write it\n**Status**: [x] completed\n### T-002: Test it\n**Status**: [ ] pending\n";
    project.write("0047-us-task-linkage", "tasks.md", tasks);
    project.write(LONG, "tasks.md", "### T-001: Write it\n**Status**: [x] completed\n");
    repository.git(&["init", "--quiet", "--initial-branch=main"]);
    commit(&repository, "2025-11-20T09:41:00+01:00", "Start work");
    project.increment("0047-us-task-linkage", "active", "completed");
    spec("0047-us-task-linkage", "active", "US-Task linkage for traceable requirements");
    commit(
        &repository,
        "2025-11-21T17:03:00+01:00",
        "Close the increment at the end of a long day, with a subject that no terminal holds",
    );
    repository
}

fn commit(repository: &Repository, date: &str, message: &str) {
    repository.git(&["add", "--all"]);
    let mut git = isolated("git", repository.root());
    git.env("GIT_AUTHOR_DATE", date).env("GIT_COMMITTER_DATE", date);
    assert!(git.args(["commit", "--quiet", "-m", message]).status().unwrap().success());
}

/// Every command with what it shows of such a project; none of them changes it.
const COMMANDS: [&str; 25] = [
    "check",
    "check --deep --verbose",
    "check 88",
    "check --staged",
    "status",
    "status --all",
    "status --line",
    "history 47",
    "history 88",
    "log",
    "sync --all --dry-run",
    "sync 87",
    "close 86 --dry-run",
    "close 47",
    "set 87 activ",
    "set 99 active",
    "check src/missing",
    "hook run",
    "agent-instructions",
    "--help",
    "check --help",
    "sync --help",
    "status --help",
    "close --help",
    "history --help",
];

fn shown(columns: u16, repository: &Repository, args: &str, variables: &[(&str, &str)]) -> String {
    let (code, shown) = Terminal::sized((500, columns), &repository.project, args, variables).end();
    let root = repository.root().display().to_string();
    let text = shown.replace("\r\n", "\n").replace(&root, "[ROOT]").replace(env!("CARGO_PKG_VERSION"), "[VERSION]");
    format!("$ specweave-lsp {args}\n{text}[exit code {code}]\n")
}

fn matches(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    // What is not the same each day.
    settings.add_filter(r"disagree after \d+ [a-z]+( \d+ h)?", "disagree after [LONG]");
    settings.add_filter(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "[WHEN]");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn each_command_on_a_narrow_and_on_a_wide_terminal() {
    let repository = project();
    for columns in [80, 160] {
        let all = COMMANDS.map(|args| shown(columns, &repository, args, &[("NO_COLOR", "1")]));
        for text in &all {
            // Sentences go on in the next line, as in every terminal; what is a table does not.
            let is_table =
                text.lines().nth(1).is_some_and(|line| line.contains("INCREMENT") || line.contains("COMMIT"));
            let widest =
                text.lines().skip(1).take_while(|line| !line.is_empty()).map(|line| line.chars().count()).max();
            assert!(!is_table || widest <= Some(usize::from(columns)), "{text}");
        }
        matches(&format!("commands_{columns}"), &all.join("\n"));
    }
}

#[test]
fn the_changes_that_were_made() {
    let repository = project();
    for args in ["sync --all --yes", "set 87 active", "close 86"] {
        assert_eq!(repository.run(&args.split(' ').collect::<Vec<_>>()).code, 0, "{args}");
    }
    for columns in [80, 160] {
        let text = shown(columns, &repository, "log", &[("NO_COLOR", "1")]);
        assert!(text.lines().skip(1).all(|line| line.chars().count() <= usize::from(columns)), "{text}");
        let mut settings = insta::Settings::clone_current();
        settings.add_filter(r"\d{4}-\d\d-\d\d \d\d:\d\d", "[WHEN]          ");
        settings.add_filter(r"(just now|\d+ min ago) +", "[AGO]       ");
        settings.bind(|| matches(&format!("log_{columns}"), &text));
    }
    commit(&repository, "2025-11-24T08:30:00+01:00", "Fix what diverged");
    for columns in [80, 160] {
        let mut settings = insta::Settings::clone_current();
        // The commit holds the time of the change.
        settings.add_filter(r"completed      [0-9a-f]{10}", "completed      [COMMIT]  ");
        let text = shown(columns, &repository, "history", &[("NO_COLOR", "1")]);
        settings.bind(|| matches(&format!("history_{columns}"), &text));
    }
}

#[test]
fn colours_on_a_dark_and_on_a_light_terminal() {
    let repository = project();
    let links = ("FORCE_HYPERLINK", "0");
    for (background, variables) in [
        ("unknown", &[links][..]),
        ("dark", &[links, ("COLORFGBG", "15;0")]),
        ("light", &[links, ("COLORFGBG", "0;15")]),
    ] {
        let commands = ["check", "status", "history 47", "sync --all --dry-run", "close 47", "set 87 activ"];
        let all = commands.map(|args| shown(80, &repository, args, variables).replace('\u{1b}', "␛"));
        matches(&format!("colours_{background}"), &all.join("\n"));
    }
}

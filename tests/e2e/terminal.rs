//! What people see and type on a terminal: `script` gives the program a real one.

use std::fs;
use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::project::{BINARY, Project, metadata_text, spec_text};
use crate::repository::{Repository, finish, isolated};

const ID: &str = "0047-us-task-linkage";

pub struct Terminal {
    child: Child,
    input: ChildStdin,
    shown: Arc<(Mutex<String>, Condvar)>,
}

impl Terminal {
    fn start(project: &Project, args: &str, variables: &[(&str, &str)]) -> Terminal {
        Terminal::sized((20, 120), project, args, variables)
    }

    /// With so many rows and columns.
    pub fn sized((rows, columns): (u16, u16), project: &Project, args: &str, variables: &[(&str, &str)]) -> Terminal {
        let mut child = isolated("script", &project.root)
            // `exec`: a shell in between would get Ctrl-C too, and may end by it.
            .args(["-qec", &format!("stty rows {rows} cols {columns}; exec {BINARY} {args}"), "/dev/null"])
            .env("TERM", "xterm-256color")
            // What a screen does not hold is looked at without one.
            .env("SPECWEAVE_PAGER", "cat")
            // These would mean colours or links whatever the terminal says.
            .env_remove("CI")
            .env_remove("COLORFGBG")
            .env_remove("VTE_VERSION")
            .env_remove("TERM_PROGRAM")
            .env_remove("COLORTERM")
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("`script` (Debian: bsdutils) is needed for this test");
        let input = child.stdin.take().unwrap();
        let mut output = child.stdout.take().unwrap();
        let shown = Arc::new((Mutex::new(String::new()), Condvar::new()));
        let sink = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                sink.0.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
                sink.1.notify_all();
            }
        });
        Terminal { child, input, shown }
    }

    fn type_in(&mut self, text: &str) {
        self.input.write_all(text.as_bytes()).unwrap();
    }

    /// Waits until what is shown fits, and gives all that was shown so far.
    #[track_caller]
    fn wait_for(&self, what: &str, fits: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut shown = self.shown.0.lock().unwrap();
        while !fits(&shown) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{what} was not shown:\n{shown}");
            shown = self.shown.1.wait_timeout(shown, left).unwrap().0;
        }
        shown.clone()
    }

    /// The exit code, and all that was shown.
    pub fn end(mut self) -> (i32, String) {
        let code = self.child.wait().unwrap().code().unwrap();
        drop(self.input);
        // The reader may be behind.
        let mut last = self.shown.0.lock().unwrap();
        while Arc::strong_count(&self.shown) > 1 {
            last = self.shown.1.wait_timeout(last, Duration::from_millis(20)).unwrap().0;
        }
        (code, last.clone())
    }
}

/// Types the answers, one at each question.
#[track_caller]
fn sync(project: &Project, args: &str, answers: &[&str]) -> (i32, String) {
    let mut terminal = Terminal::start(project, args, &[]);
    for (at, answer) in answers.iter().enumerate() {
        terminal.wait_for("the question", |shown| shown.matches("? ").count() > at);
        terminal.type_in(&format!("{answer}\n"));
    }
    terminal.end()
}

#[test]
fn each_desync_is_asked_with_what_speaks_for_either_side() {
    let repository = Repository { project: Project::new() };
    let project = &repository.project;
    repository.git(&["init", "--quiet"]);
    project.increment(ID, "active", "active");
    project.write(ID, "tasks.md", "### T-001: a\n**Status**: [x] completed\n### T-002: b\n");
    repository.commit("Start work");
    project.write(ID, "metadata.json", metadata_text(ID, "completed"));
    repository.commit("Close the increment");
    project.increment("0048-second", "paused", "active");

    let (code, shown) = sync(project, "sync", &["m", "what", "s"]);
    assert_eq!(code, 0, "{shown}");
    let plain = strip(&shown);
    for expected in [
        "0047-us-task-linkage (1 of 2)",
        "[s] spec.md        active     since 20",
        "by Anna: Start work",
        "[m] metadata.json  completed  since 20",
        "by Anna: Close the increment  ← suggested",
        "1 of 2 tasks are open\r\n",
        "0048-second (2 of 2)",
        "[s] spec.md        paused  not committed yet, file written 20",
        "no open tasks or acceptance criteria\r\n",
        "Type m, s, n, a, d or q",
        "0047-us-task-linkage: spec.md active → completed\r\n",
        "0048-second: metadata.json active → paused\r\n",
    ] {
        assert!(plain.contains(expected), "{expected}\n{plain}");
    }
    assert_eq!(project.read(ID, "spec.md"), spec_text(ID, "completed"));
    assert_eq!(project.read("0048-second", "metadata.json"), metadata_text("0048-second", "paused"));
    assert_eq!(project.run(&["check"]).code, 0);
}

/// Without colours, links and other sequences.
pub fn strip(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn one_answer_for_the_rest_or_none() {
    for (answers, code, changed) in [
        (&["n", "a"][..], 1, [false, true, true]),
        (&["a"], 0, [true, true, true]),
        (&["m", "d"], 1, [true, false, false]),
        (&["m", "q"], 1, [false, false, false]),
        (&["m", "m", "\u{4}"], 1, [false, false, false]),
    ] {
        let project = Project::new();
        let ids = ["0001-a", "0002-b", "0003-c"];
        ids.iter().for_each(|id| project.increment(id, "active", "completed"));
        let (ended, shown) = sync(&project, "sync", answers);
        let done = ids.map(|id| project.read(id, "spec.md") == spec_text(id, "completed"));
        assert_eq!((ended, done), (code, changed), "{answers:?}\n{shown}");
        let said = if changed == [false; 3] { "Nothing was changed." } else { "spec.md active → completed" };
        assert!(shown.contains(said), "{answers:?}\n{shown}");
    }
    let project = Project::incident();
    let (code, shown) = sync(&project, "sync 47", &["s"]);
    assert_eq!((code, project.read(ID, "metadata.json")), (0, metadata_text(ID, "active")), "{shown}");
    let (code, shown) = sync(&project, "sync", &[]);
    assert!(code == 0 && shown.contains("Nothing to do"), "{shown}");
}

#[test]
fn whoever_says_which_side_is_asked_once() {
    for args in ["sync --all", "sync --from auto", "sync 47 --from metadata"] {
        let project = Project::incident();
        for (answer, code, status) in [("n", 1, "active"), ("y", 0, "completed")] {
            let (ended, shown) = sync(&project, args, &[answer]);
            assert!(shown.contains("Change 1 increment? [y/N]"), "{args}: {shown}");
            assert_eq!((ended, project.read(ID, "spec.md")), (code, spec_text(ID, status)), "{shown}");
        }
    }
}

#[test]
fn a_side_that_cannot_be_kept_is_said() {
    let project = Project::new();
    project.write(ID, "spec.md", "---\nstatus: 5\n---\n");
    project.write(ID, "metadata.json", metadata_text(ID, "active"));
    let (code, shown) = sync(&project, "sync", &["s", "m"]);
    assert!(shown.contains("(a number)") && shown.contains("is a number, not text"), "{shown}");
    assert_eq!((code, project.read(ID, "spec.md").as_str()), (0, "---\nstatus: active\n---\n"), "{shown}");
}

#[test]
fn colours_only_where_they_are_wanted() {
    let project = Project::incident();
    for (args, variables, coloured) in [
        ("check", &[][..], true),
        ("status", &[], true),
        ("check", &[("NO_COLOR", "1")], false),
        ("status", &[("NO_COLOR", "1")], false),
        ("check --color never", &[], false),
        ("check --color always", &[("NO_COLOR", "1")], true),
        ("check", &[("TERM", "dumb")], false),
    ] {
        let (_, shown) = Terminal::start(&project, args, variables).end();
        assert_eq!(shown.contains("\u{1b}["), coloured, "{args} {variables:?}\n{shown}");
    }
    assert!(!project.run(&["status"]).out.contains('\u{1b}'), "not on a terminal");
}

#[test]
fn a_lot_of_changes_has_a_progress_bar() {
    let project = Project::new();
    const MANY: usize = 120;
    let desync = || (1..=MANY).for_each(|at| project.increment(&format!("{at:04}-x"), "active", "completed"));
    desync();
    let run = project.run(&["sync", "--all", "--yes"]);
    assert!(run.err.is_empty() && run.out.lines().count() == MANY, "no bar where nobody looks: {}", run.err);
    desync();
    let (code, shown) = Terminal::start(&project, "sync --all --yes", &[]).end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("Changing █") && shown.contains("/120"), "no bar:\n{shown}");
    assert_eq!(strip(&shown).matches("spec.md active → completed").count(), MANY, "the bar covers no line");
}

#[test]
fn status_stays_and_redraws() {
    let project = Project::new();
    project.increment(ID, "active", "active");
    let mut terminal = Terminal::start(&project, "status --watch", &[]);
    let last = |shown: &str| strip(shown.rsplit("\u{1b}[2J").next().unwrap());
    terminal.wait_for("the table", |shown| last(shown).contains("Press q to quit."));
    project.write(ID, "metadata.json", metadata_text(ID, "completed"));
    terminal.wait_for("the desync", |shown| last(shown).contains("active ≠ completed"));
    project.write(ID, "spec.md", spec_text(ID, "completed"));
    terminal.wait_for("its end", |shown| last(shown).contains("No open increments."));
    project.increment("0048-new", "planning", "planning");
    project.write("0048-new", "tasks.md", "### T-001: a\n**Status**: [x] completed\n");
    terminal.wait_for("a new increment", |shown| last(shown).contains("████████  1/1"));
    fs::remove_dir_all(project.folder("0048-new")).unwrap();
    terminal.wait_for("its removal", |shown| last(shown).contains("No open increments."));
    // More than the screen holds.
    (100..140).for_each(|at| project.increment(&format!("{at:04}-x"), "active", "active"));
    terminal.wait_for("the cut", |shown| last(shown).contains("… 23 more lines"));
    terminal.type_in("q");
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
    let mut interrupted = Terminal::start(&project, "status --watch", &[]);
    interrupted.wait_for("the table", |shown| last(shown).contains("Press q to quit."));
    interrupted.type_in("\u{3}");
    assert_eq!(interrupted.end().0, 0, "Ctrl-C ends it too");
    assert!(shown.contains("\u{1b}[?1049h") && shown.contains("\u{1b}[?25l"), "a screen of its own: {shown}");
    let end = &shown[shown.rfind("Press q to quit.").unwrap()..];
    assert!(end.contains("\u{1b}[?25h") && end.contains("\u{1b}[?1049l"), "the terminal is as it was: {end:?}");
    let run = project.run(&["status", "--watch"]);
    assert!(run.code == 2 && run.err.contains("needs a terminal"), "{}", run.err);
}

#[test]
fn an_increment_is_looked_into() {
    let project = Project::new();
    project.increment("0046-before", "active", "active");
    project.increment(ID, "active", "active");
    project.write(ID, "tasks.md", "### T-001: Write it\n**Status**: [x] completed\n### T-002: Test it\n");
    let mut terminal = Terminal::start(&project, "status --watch", &[]);
    let last = |shown: &str| strip(shown.rsplit("\u{1b}[2J").next().unwrap());
    terminal.wait_for("the first row", |shown| last(shown).contains("›   0046-before"));
    terminal.type_in("\u{1b}[B");
    terminal.wait_for("the second row", |shown| last(shown).contains(&format!("›   {ID}")));
    terminal.type_in("\r");
    let shown = terminal.wait_for("the increment", |shown| last(shown).contains("← to go back. Press q to quit."));
    let one = last(&shown);
    for expected in [ID, "A title", "  spec.md        active", "1/2 tasks done", "  [ ] T-002  Test it"] {
        assert!(one.contains(expected), "{expected}\n{one}");
    }
    project.write(ID, "metadata.json", metadata_text(ID, "completed"));
    terminal.wait_for("a change while it is shown", |shown| {
        last(shown).contains("  metadata.json  completed") && last(shown).contains("error[status-desync]")
    });
    terminal.type_in("\u{1b}[D");
    terminal.wait_for("the list again, desyncs first", |shown| last(shown).contains(&format!("›⊗  {ID}")));
    terminal.type_in("q");
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
}

#[test]
fn what_is_longer_than_the_screen_goes_to_the_pager() {
    let project = Project::new();
    (100..140).for_each(|at| project.increment(&format!("{at:04}-x"), "active", "active"));
    let pager = "sed -e s/^/paged:/";
    for (rows, variables, paged) in [
        (20, &[("SPECWEAVE_PAGER", pager)][..], true),
        (20, &[("SPECWEAVE_PAGER", "sed -e 's/^/paged:/'; true")], true),
        (60, &[("SPECWEAVE_PAGER", pager)], false),
        (20, &[("SPECWEAVE_PAGER", ""), ("PAGER", pager)], false),
        (20, &[("SPECWEAVE_PAGER", "no-such-program-is-there")], false),
        (20, &[("SPECWEAVE_PAGER", pager), ("TERM", "dumb")], false),
    ] {
        let (code, shown) = Terminal::sized((rows, 120), &project, "status", variables).end();
        let lines: Vec<&str> = shown.lines().filter(|line| line.contains("-x ")).collect();
        assert_eq!((code, lines.len()), (0, 40), "{variables:?}\n{shown}");
        assert!(lines.iter().all(|line| line.starts_with("paged:") == paged), "{rows} {variables:?}\n{shown}");
    }
    let piped = finish(isolated(BINARY, &project.root).arg("status").env("SPECWEAVE_PAGER", pager));
    assert!(!piped.out.contains("paged:"), "{}", piped.out);
}

#[test]
fn ids_lead_to_their_files_where_a_terminal_has_links() {
    let project = Project::incident();
    let link = "\u{1b}]8;;file://";
    let file = ".specweave/increments/0047-us-task-linkage/spec.md\u{1b}\\";
    for (args, variables, linked) in [
        ("status", &[("VTE_VERSION", "7600")][..], true),
        ("check", &[("VTE_VERSION", "7600")], true),
        ("status", &[], false),
        ("status", &[("VTE_VERSION", "7600"), ("NO_COLOR", "1")], false),
        ("status", &[("FORCE_HYPERLINK", "0"), ("VTE_VERSION", "7600")], false),
    ] {
        let (_, shown) = Terminal::start(&project, args, variables).end();
        assert_eq!(shown.contains(link) && shown.contains(file), linked, "{args} {variables:?}\n{shown:?}");
        assert!(strip(&shown).contains("0047-us-task-linkage"), "{shown:?}");
    }
    let piped = finish(isolated(BINARY, &project.root).arg("status").env("VTE_VERSION", "7600"));
    assert!(!piped.out.contains(link), "{:?}", piped.out);
}

#[test]
fn a_diff_is_coloured_for_people_and_exact_for_programs() {
    let project = Project::incident();
    project.write(ID, "spec.md", "---\nstatus: active\n---\n\u{1b}[2Jx\r\n");
    let (_, shown) = Terminal::start(&project, "sync --all --dry-run", &[]).end();
    let coloured = ["\u{1b}[31m-status: active\u{1b}[0m", "\u{1b}[32m+status: completed\u{1b}[0m", "\\u{1b}[2Jx"];
    assert!(coloured.iter().all(|part| shown.contains(part)), "{shown:?}");
    assert!(!shown.contains("\u{1b}[2J"), "no file speaks to the terminal: {shown:?}");
    let piped = project.run(&["sync", "--all", "--dry-run"]).out;
    assert!(piped.contains("\n \u{1b}[2Jx\r\n") && piped.contains("\n-status: active\n"), "{piped:?}");
}

#[test]
fn bash_completes_with_it() {
    let project = Project::new();
    let script = project.root.join("completions.bash");
    fs::write(&script, project.run(&["completions", "bash"]).out).unwrap();
    let complete = |words: &str| {
        let count = words.split(' ').count() - 1;
        let last = words.rsplit(' ').next().unwrap();
        let program = format!(
            "source completions.bash; name=$(complete -p specweave-lsp); name=${{name##*-F }}; COMP_WORDS=({words}); \
             COMP_CWORD={count}; ${{name%% *}} specweave-lsp '{last}' \"${{COMP_WORDS[COMP_CWORD-1]}}\"; echo ${{COMPREPLY[@]}}"
        );
        finish(isolated("bash", &project.root).args(["-c", &program])).out
    };
    assert_eq!(complete("specweave-lsp hi").trim(), "history");
    assert_eq!(complete("specweave-lsp hook in").trim(), "install");
    assert_eq!(complete("specweave-lsp help hook in").trim(), "install");
    assert_eq!(complete("specweave-lsp help config in").trim(), "init");
    assert_eq!(complete("specweave-lsp check --format sa").trim(), "sarif");
    assert_eq!(project.run(&["completions", "tcsh"]).code, 2);
}

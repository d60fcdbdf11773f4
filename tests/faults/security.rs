//! What the program never does, whatever a project brings along: docs/security.md says it, this shows it.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::client::{Client, uri};
use crate::project::{BINARY, Run, metadata_text, run_in, spec_text};
use crate::scene::{ID, Scene, State};
use crate::{CLOSE, call, kill, strace};

/// A folder beside the project, with what must stay as it is.
struct Outside(PathBuf);

impl Outside {
    fn of(scene: &Scene) -> Outside {
        let folder = scene.root.parent().unwrap().join("outside");
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("spec.md"), spec_text("outside", "active")).unwrap();
        fs::write(folder.join("metadata.json"), metadata_text("outside", "completed")).unwrap();
        fs::write(folder.join("profile"), "# a shell reads this\n").unwrap();
        Outside(folder)
    }

    fn assert_untouched(&self, context: &str) {
        assert_eq!(crate::scene::names(&self.0), ["metadata.json", "profile", "spec.md"], "{context}");
        let read = |name: &str| fs::read_to_string(self.0.join(name)).unwrap();
        assert_eq!(read("spec.md"), spec_text("outside", "active"), "{context}");
        assert_eq!(read("metadata.json"), metadata_text("outside", "completed"), "{context}");
        assert_eq!(read("profile"), "# a shell reads this\n", "{context}");
    }
}

/// A repository may hold symbolic links where the tool keeps its own files.
#[test]
fn nothing_of_ours_is_written_through_a_link() {
    let scene = Scene::agreed();
    for (link, to, code, says) in [
        (".specweave/state", "", 2, "is a symbolic link that leads out of the project; remove it"),
        (".specweave/state/specweave-lsp", "", 2, "is a symbolic link that leads out of the project; remove it"),
        (".specweave/state/specweave-lsp/lock", "profile", 2, "it is not a regular file; remove it"),
        (".specweave/state/specweave-lsp/journal.jsonl", "profile", 0, ""),
        (".specweave/state/specweave-lsp/.gitignore", "profile", 0, ""),
        (".specweave/state/status-line.json", "metadata.json", 0, ""),
        (".specweave/state/active-increment.json", "metadata.json", 0, ""),
    ] {
        let link = scene.fresh().root.join(link);
        let outside = Outside::of(&scene);
        if link.is_dir() {
            fs::remove_dir_all(&link).unwrap();
        } else if link.exists() {
            fs::remove_file(&link).unwrap();
        }
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(outside.0.join(to), &link).unwrap();
        let run = run_in(&scene.root, CLOSE);
        let context = format!("{}: {}{}", link.display(), run.out, run.err);
        assert_eq!(run.code, code, "{context}");
        assert!(run.err.contains(says), "{context}");
        let expected = if code == 0 { State::New } else { State::Old };
        assert_eq!(scene.state(), Ok(expected), "{context}");
        outside.assert_untouched(&context);
    }
}

/// Links to what has no end, in the place of all that is read: little memory is there for it.
#[test]
fn nothing_endless_is_read() {
    let scene = Scene::agreed();
    for (name, args) in [
        ("journal.jsonl", &["log"][..]),
        ("journal.1.jsonl", &["log"]),
        ("change-0.json", &["check"]),
        ("change-0.json", CLOSE),
    ] {
        fs::create_dir_all(scene.fresh().own()).unwrap();
        symlink("/dev/zero", scene.own().join(name)).unwrap();
        let run = limited(&scene.root, args);
        let context = format!("{name}, {args:?}: {}{}", run.out, run.err);
        assert!(run.code == 2 || run.code == 0 && args[0] == "check", "{context}");
        assert!(run.err.contains(name) && run.err.contains("regular"), "{context}");
    }
    let lock = scene.fresh().path("metadata.json.lock.d");
    fs::create_dir(&lock).unwrap();
    symlink("/dev/zero", lock.join("pid")).unwrap();
    // As old as one that somebody forgot, or it would be waited for.
    assert!(Command::new("touch").args(["-d", "2001-01-01"]).arg(&lock).status().unwrap().success());
    let run = limited(&scene.root, CLOSE);
    assert_eq!((run.code, scene.state()), (0, Ok(State::New)), "{}", run.err);
}

/// With an address space of one gigabyte.
fn limited(root: &Path, args: &[&str]) -> Run {
    let output = Command::new("sh")
        .args(["-c", "ulimit -v 1000000; exec \"$0\" \"$@\"", BINARY])
        .args(args)
        .current_dir(root)
        .env_remove("NO_COLOR")
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Even where the user lets others read and write what is new.
#[test]
fn what_the_tool_keeps_is_private() {
    let scene = Scene::agreed();
    let open_to_all = format!("umask 0; exec {BINARY} close 1");
    let args = ["-c", open_to_all.as_str()];
    let calls = strace::program(&scene.fresh().root, "sh", &args, &[]).calls;
    assert_eq!(scene.settled("undisturbed"), State::New);
    private(&scene.own(), &["journal.jsonl", "lock", ".gitignore"]);
    // The record of a change, half-way.
    let replacing = call(&calls, "rename", "/metadata.json");
    assert!(strace::program(&scene.fresh().root, "sh", &args, &[kill(replacing)]).killed);
    private(&scene.own(), &["change-", "lock"]);
    // What lies beside the two files is as private as they are.
    for name in crate::scene::names(&scene.increment()).iter().filter(|name| name.starts_with(".metadata.json")) {
        if scene.path(name).is_file() {
            assert_eq!(mode(&scene.path(name)), 0o600, "{name}");
        }
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn private(folder: &Path, expected: &[&str]) {
    assert_eq!(mode(folder), 0o700);
    let names = crate::scene::names(folder);
    for part in expected {
        assert!(names.iter().any(|name| name.starts_with(part)), "{part} in {names:?}");
    }
    for name in names {
        assert_eq!(mode(&folder.join(&name)), 0o600, "{name}");
    }
}

/// Ids, numbers and paths name increments of a project; nothing else can be reached with them.
#[test]
fn names_lead_nowhere_else() {
    let scene = Scene::agreed();
    scene.fresh();
    let outside = Outside::of(&scene);
    let whole = outside.0.to_str().unwrap();
    let names = [
        "../outside",
        "../../../outside",
        ".specweave/increments/../../../outside",
        ".specweave/increments/0001-checkout/../../../../outside/spec.md",
        "0001-checkout/../../../../outside",
        whole,
        "..",
        "/",
    ];
    for name in names {
        for args in [&["set", name, "paused"][..], &["close", name], &["sync", name], &["sync", "--yes", name]] {
            let run = run_in(&scene.root, args);
            assert_eq!(run.code, 2, "{args:?}: {}{}", run.out, run.err);
            assert!(!run.err.is_empty(), "{args:?}");
        }
    }
    let mut client = Client::start(crate::server::hello_to(&scene.root));
    for name in names {
        let uris = [name.to_owned(), format!("{}/{name}", uri(&scene.root)), uri(&outside.0.join("spec.md"))];
        for increment in uris {
            for command in ["specweave-lsp.sync", "specweave-lsp.close", "specweave-lsp.setStatus"] {
                let argument = json!({"increment": increment, "status": "paused"});
                let id = client.ask("workspace/executeCommand", json!({"command": command, "arguments": [argument]}));
                assert!(client.answer(id).is_err(), "{command} {increment}");
            }
        }
    }
    assert!(client.edits.is_empty(), "{:?}", client.edits);
    outside.assert_untouched("named");
    assert_eq!(scene.state(), Ok(State::Old));
}

/// The lines of a trace of all processes and threads. `strace` puts a call that another one came in between onto two
/// lines; the first has the arguments.
fn trace(root: &Path, args: &[&str], calls: &str, talk: impl FnOnce(&mut Command)) -> Vec<String> {
    let output = tempfile::NamedTempFile::new().unwrap();
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-qq", "-s", "256", "-e", "signal=none", "-e", &format!("trace={calls}"), "-o"]);
    command.arg(output.path()).arg(BINARY).args(args).current_dir(root);
    talk(&mut command);
    let text = fs::read_to_string(output.path()).unwrap();
    let calls = text.lines().filter_map(|line| Some(line.split_once(' ')?.1.trim().to_owned()));
    // A thread that ends with its process may be in no call at all.
    calls.filter(|call| !call.starts_with("???(")).collect()
}

const PROCESSES_AND_NETWORK: &str = "%network,execve,execveat,fork,vfork";
const WRITING: &str = "open,openat,openat2,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,\
                       unlinkat,rmdir,truncate,chmod,fchmodat,chown,lchown,fchownat,mknod,mknodat";

/// An editor's session in which about everything is asked for.
fn session(root: &Path, command: &mut Command) {
    let mut client = Client::spawn_as(command.arg("--stdio"));
    client.initialize(crate::server::hello_to(root));
    let spec = client.open_file(&root.join(".specweave/increments").join(ID).join("spec.md"));
    client.change(&spec, &spec_text(ID, "paused"));
    client.wait_findings(&spec, &["status-desync \"paused\""]);
    let at = json!({"line": 3, "character": 9});
    let place = json!({"textDocument": {"uri": spec}, "position": at});
    for method in ["hover", "completion", "definition"] {
        client.request(&format!("textDocument/{method}"), place.clone());
    }
    let range =
        json!({"textDocument": {"uri": spec}, "range": {"start": at, "end": at}, "context": {"diagnostics": []}});
    let actions = client.request("textDocument/codeAction", range);
    assert!(!actions.as_array().unwrap().is_empty());
    client.request("workspace/executeCommand", json!({"command": "specweave-lsp.syncAll", "arguments": []}));
    assert_eq!(client.stop(), 0);
}

#[test]
fn no_program_is_run_and_no_network_spoken_to() {
    let run = |command: &mut Command| assert!(command.output().unwrap().status.code().is_some_and(|code| code < 2));
    let scene = Scene::agreed();
    for args in
        [&["check"][..], &["status", "--line"], &["log", "--own"], &["set", "1", "paused"], &["sync", "--all"], CLOSE]
    {
        let calls = trace(&scene.fresh().root, args, PROCESSES_AND_NETWORK, run);
        only_itself(&calls, &[BINARY], &format!("{args:?}"));
    }
    let calls = trace(&scene.fresh().root, &[], PROCESSES_AND_NETWORK, |command| session(&scene.root, command));
    only_itself(&calls, &[BINARY], "a session");
    // These ask git.
    assert!(Command::new("git").args(["init", "--quiet"]).current_dir(&scene.fresh().root).status().unwrap().success());
    for args in [&["hook", "run"][..], &["check", "--staged"], &["log"]] {
        let calls = trace(&scene.root, args, PROCESSES_AND_NETWORK, run);
        only_itself(&calls, &[BINARY, "git"], &format!("{args:?}"));
    }
}

/// All calls are an `execve` of one of these programs, or a pair of sockets within the process.
fn only_itself(calls: &[String], programs: &[&str], context: &str) {
    let mut run = 0;
    for call in calls {
        if call.starts_with("socketpair(AF_UNIX") || call.starts_with("<... ") {
            continue;
        }
        let program = call.strip_prefix("execve(\"").and_then(|rest| rest.split('"').next());
        let program = program.unwrap_or_else(|| panic!("{context}: {call}"));
        let known = |it: &&str| program == *it || program.ends_with(&format!("/{it}"));
        assert!(programs.iter().any(known), "{context}: {call}");
        run += 1;
    }
    assert!(run >= programs.len(), "{context}: nothing was traced");
}

#[test]
fn nothing_is_written_outside_the_project() {
    let run = |command: &mut Command| assert!(command.output().unwrap().status.code().is_some_and(|code| code < 2));
    let scene = Scene::agreed();
    let mut written = 0;
    for args in [&["check"][..], &["status"], &["log"], &["set", "1", "paused"], &["sync", "--all"], CLOSE] {
        written += inside(&scene, &trace(&scene.fresh().root, args, WRITING, run), &format!("{args:?}"));
    }
    assert!(written > 20, "{written} calls");
    let calls = trace(&scene.fresh().root, &[], WRITING, |command| session(&scene.root, command));
    assert!(calls.iter().any(|call| call.contains(ID)), "{calls:?}");
    inside(&scene, &calls, "a session");
}

/// How many calls write; all of them below the project.
fn inside(scene: &Scene, calls: &[String], context: &str) -> usize {
    let root = format!("{}/", scene.root.display());
    let writes = |call: &&String| {
        let opens = call.starts_with("open");
        !call.starts_with("<... ")
            && (!opens || ["O_CREAT", "O_WRONLY", "O_RDWR", "O_TRUNC"].iter().any(|flag| call.contains(flag)))
    };
    let calls: Vec<&String> = calls.iter().filter(writes).collect();
    for call in &calls {
        let here = call.contains(&root) || call.contains("\"/dev/null\"") || call.contains("\"/dev/tty\"");
        assert!(here, "{context}: {call}");
    }
    calls.len()
}

//! Running the program under `strace`, which kills it at a chosen system call or makes that call fail.
//!
//! What strace 6.1 on Linux does, and `strace_does_what_these_tests_rest_on` shows again wherever the tests run:
//!
//! - `inject=S:signal=SIGKILL:when=N` sends the signal on entering the Nth call of S. The kernel looks for a fatal signal
//!   before it carries the call out, so the call has no effect; strace prints its result as `?`.
//! - There is no injection after a call. The program touches nothing but its own memory between two system calls, so
//!   killing it on entering the very next one, whatever that is, is the same as killing it right after the first.
//! - `inject=S:error=E:when=N` does not carry the call out and gives the program the error; `when=N+` also from then on.
//! - The calls are counted for each S, over the whole run, and for each thread. The commands traced here have one.

use std::collections::HashMap;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;

use crate::project::{BINARY, Run};

/// One system call of a run.
#[derive(Clone, Debug)]
pub struct Call {
    pub name: String,
    /// Which one of this name in its run, from 1 on.
    pub nth: usize,
    /// The name and the paths in the project, without what is different in each run.
    pub what: String,
    /// It changes something that outlives the process, or writes to somebody.
    pub changes: bool,
    line: String,
}

/// What change something whenever they are called.
const CHANGING: [&str; 42] = [
    "bind",
    "chmod",
    "chown",
    "copy_file_range",
    "creat",
    "fallocate",
    "fchmod",
    "fchmodat",
    "fchmodat2",
    "fchown",
    "fchownat",
    "fdatasync",
    "flock",
    "fremovexattr",
    "fsetxattr",
    "fsync",
    "ftruncate",
    "futimesat",
    "lchown",
    "link",
    "linkat",
    "lremovexattr",
    "mkdir",
    "mkdirat",
    "mknod",
    "mknodat",
    "pwrite64",
    "pwritev",
    "rename",
    "renameat",
    "renameat2",
    "rmdir",
    "sendfile",
    "splice",
    "symlink",
    "symlinkat",
    "sync_file_range",
    "truncate",
    "unlink",
    "unlinkat",
    "utimensat",
    "write",
];
const CHANGING_TOO: [&str; 4] = ["writev", "pwritev2", "syncfs", "sync"];
/// What change something or not, as their arguments say.
const OPENING: [&str; 3] = ["open", "openat", "openat2"];
const OPENED_FOR_CHANGE: [&str; 4] = ["O_CREAT", "O_WRONLY", "O_RDWR", "O_TRUNC"];
/// What only look, or change nothing but the process. A name in none of these lists fails the test: nobody has thought
/// about it yet.
const HARMLESS: [&str; 53] = [
    "access",
    "arch_prctl",
    "brk",
    "clock_gettime",
    "close",
    "dup",
    "execve",
    "exit",
    "exit_group",
    "faccessat",
    "faccessat2",
    "fstat",
    "fstatfs",
    "futex",
    "getcwd",
    "getdents64",
    "getegid",
    "geteuid",
    "getgid",
    "getpid",
    "getppid",
    "getrandom",
    "gettid",
    "getuid",
    "lseek",
    "lstat",
    "madvise",
    "mprotect",
    "mremap",
    "munmap",
    "newfstatat",
    "poll",
    "ppoll",
    "pread64",
    "prlimit64",
    "read",
    "readlink",
    "readlinkat",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "sched_getaffinity",
    "sched_yield",
    "set_robust_list",
    "set_tid_address",
    "sigaltstack",
    "stat",
    "statfs",
    "statx",
    "sysinfo",
    "tgkill",
    "umask",
    "uname",
];

fn changes(name: &str, line: &str) -> bool {
    if OPENING.contains(&name) {
        return OPENED_FOR_CHANGE.iter().any(|flag| line.contains(flag));
    }
    match name {
        "fcntl" => line.contains("F_SETLK") || line.contains("F_OFD_SETLK"),
        "ioctl" => !line.contains("TCGETS") && !line.contains("TIOCGWINSZ"),
        "mmap" => line.contains("MAP_SHARED") && line.contains("PROT_WRITE"),
        // Asking whether a process is there.
        "kill" => !line.contains(", 0)"),
        _ if CHANGING.contains(&name) || CHANGING_TOO.contains(&name) => true,
        _ => {
            assert!(HARMLESS.contains(&name), "`{name}` is in none of the lists of this test: {line}");
            false
        }
    }
}

/// What came of a run under strace.
pub struct Traced {
    pub run: Run,
    /// `strace` ends as the program did.
    pub killed: bool,
    pub calls: Vec<Call>,
}

impl Traced {
    /// The calls that were made to fail.
    pub fn injected(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(|call| call.line.ends_with("(INJECTED)"))
    }

    /// Fails unless the program was killed on entering `call`, which had no effect.
    pub fn assert_killed_at(&self, call: &Call) {
        let last = self.calls.last().unwrap_or_else(|| panic!("killed at {}: no call", call.what));
        assert!(self.killed, "not killed at {} {}: {}", call.what, call.nth, self.run.err);
        assert_eq!((&last.what, last.nth), (&call.what, call.nth), "killed at another call");
        assert!(last.line.ends_with("= ?"), "the call was carried out: {}", last.line);
    }
}

/// Runs the program below `root` with the `inject` expressions, all its calls traced.
pub fn run(root: &Path, args: &[&str], inject: &[String]) -> Traced {
    program(root, BINARY, args, inject)
}

pub fn program(root: &Path, program: &str, args: &[&str], inject: &[String]) -> Traced {
    let output = tempfile::NamedTempFile::new().unwrap();
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-s", "0", "-e", "signal=none", "-e", "trace=all", "-o"]).arg(output.path());
    for expression in inject {
        command.args(["-e", &format!("inject={expression}")]);
    }
    let ended = command
        .arg(program)
        .args(args)
        .current_dir(root)
        .env_remove("NO_COLOR")
        .output()
        .expect("`strace` is needed for these tests; on Debian: apt-get install strace");
    let text = fs::read_to_string(output.path()).unwrap();
    Traced {
        calls: parse(root, &text),
        killed: ended.status.signal() == Some(9),
        run: Run {
            code: ended.status.code().unwrap_or(-1),
            out: String::from_utf8(ended.stdout).unwrap(),
            err: String::from_utf8(ended.stderr).unwrap(),
        },
    }
}

fn parse(root: &Path, text: &str) -> Vec<Call> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut calls = Vec::new();
    let mut process = None;
    for line in text.lines() {
        let (pid, line) = line.split_once(' ').unwrap_or_else(|| panic!("strace says: {line}"));
        let line = line.trim();
        assert_eq!(
            *process.get_or_insert(pid),
            pid,
            "calls are counted for each thread, and there are several: {line}"
        );
        if line.starts_with("+++") {
            continue;
        }
        let (name, _) = line.split_once('(').unwrap_or_else(|| panic!("strace says: {line}"));
        let nth = seen.entry(name.to_owned()).or_default();
        *nth += 1;
        calls.push(Call {
            name: name.to_owned(),
            nth: *nth,
            what: what(root, name, line),
            changes: changes(name, line),
            line: line.to_owned(),
        });
    }
    calls
}

/// `rename .specweave/…/.spec.md.*.new .specweave/…/spec.md`
fn what(root: &Path, name: &str, line: &str) -> String {
    let root = root.to_str().unwrap();
    let mut what = name.to_owned();
    let mut known = Vec::new();
    for path in line.split(root).skip(1) {
        let path = path.split(['"', '>']).next().unwrap_or_default();
        // `-y` shows the path a descriptor came from beside the one that was given.
        if !path.is_empty() && !path.contains("(deleted)") && !known.contains(&path) {
            known.push(path);
            what.push(' ');
            what.push_str(&path.split('/').map(steady).collect::<Vec<_>>().join("/"));
        }
    }
    what
}

/// A file name without the process number and the random letters in it.
fn steady(name: &str) -> String {
    if name.starts_with("change-") && name.ends_with(".tmp") {
        return "change-*.tmp".to_owned();
    }
    let is_token = |part: &str| part.len() == 16 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts = name.split('.').map(|part| match part.strip_prefix("change-") {
        Some(token) if is_token(token) => "change-*",
        None if is_token(part) => "*",
        _ => part,
    });
    parts.collect::<Vec<_>>().join(".")
}

/// Kills on entering this call.
pub fn kill(call: &Call) -> String {
    format!("{}:signal=SIGKILL:when={}", call.name, call.nth)
}

pub fn fail(call: &Call, error: &str) -> String {
    format!("{}:error={error}:when={}", call.name, call.nth)
}

/// This call and all later ones of the same name.
pub fn fail_from(call: &Call, error: &str) -> String {
    format!("{}:error={error}:when={}+", call.name, call.nth)
}

/// For each changing call of a run: the call itself, to be killed before it has an effect, and the one after it, to be
/// killed when it had.
pub fn before_and_after(calls: &[Call]) -> Vec<(Call, Call)> {
    let pairs = calls.iter().zip(calls.iter().skip(1));
    pairs.filter(|(call, _)| call.changes).map(|(call, next)| (call.clone(), next.clone())).collect()
}

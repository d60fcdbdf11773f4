//! What is refused before anything is touched, and what keeps its shape. Root may write everywhere, so where the tests
//! run as root the program runs as somebody else.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use specweave_lsp::workspace::fs::paths::canonicalize;

use crate::project::{BINARY, Run, is_one_error};
use crate::scene::{ID, Scene, State};

/// Nobody, on every Linux.
const USER: u32 = 65534;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A project of a user without privileges, and the program where that user reaches it.
struct Users {
    scene: Scene,
    folder: tempfile::TempDir,
}

impl Users {
    fn new() -> Users {
        let users = Users { scene: Scene::agreed(), folder: tempfile::tempdir().unwrap() };
        users.scene.fresh();
        // Copied by another process: a file that this one has open for writing cannot be run, and a process that another
        // test is just starting may hold a copy of the handle.
        let copied = Command::new("cp").arg(BINARY).arg(users.folder.path().join("program")).status().unwrap();
        assert!(copied.success());
        mode(users.folder.path(), 0o755);
        mode(users.scene.root.parent().unwrap(), 0o755);
        users.give(&users.scene.root);
        users
    }

    /// Everything below belongs to the user.
    fn give(&self, path: &Path) {
        if !is_root() {
            return;
        }
        chown(path, Some(USER), Some(USER)).unwrap();
        for name in crate::scene::names(path) {
            self.give(&path.join(name));
        }
    }

    fn run(&self, args: &[&str]) -> Run {
        let program = self.folder.path().join("program");
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args([&format!("--reuid={USER}"), &format!("--regid={USER}"), "--clear-groups"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let output = command.args(args).current_dir(&self.scene.root).env_remove("NO_COLOR").output();
        let output = output.expect("`setpriv` (Debian: util-linux) is needed for this test as root");
        Run {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The change is refused with one error that says all of this, and nothing is different after it.
    fn refuses(&self, expected: &[&str]) {
        let before = self.everything();
        let run = self.run(&["close", "1"]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{}", run.err);
        assert!(is_one_error(&run.err), "{}", run.err);
        for part in expected {
            assert!(run.err.contains(part), "{part}\n{}", run.err);
        }
        assert_eq!(self.everything(), before, "{}", run.err);
    }

    /// All of the project but the tool's own folder: texts, modes and owners.
    fn everything(&self) -> BTreeMap<PathBuf, (Vec<u8>, u32, u32)> {
        let mut all = BTreeMap::new();
        note(&self.scene.root, &self.scene.own(), &mut all);
        all
    }
}

fn note(path: &Path, except: &Path, all: &mut BTreeMap<PathBuf, (Vec<u8>, u32, u32)>) {
    if path == except {
        return;
    }
    let metadata = path.symlink_metadata().unwrap();
    // A file that nobody may read keeps its size at least; that of a folder is the file system's affair.
    let size = if metadata.is_file() { metadata.size() } else { 0 };
    let text = fs::read(path).unwrap_or_else(|_| size.to_le_bytes().to_vec());
    all.insert(path.to_path_buf(), (text, metadata.mode(), metadata.uid()));
    if metadata.is_dir() {
        crate::scene::names(path).iter().for_each(|name| note(&path.join(name), except, all));
    }
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn read_only_files_and_folders() {
    for name in ["spec.md", "metadata.json"] {
        let users = Users::new();
        let path = users.scene.path(name);
        mode(&path, 0o444);
        let remedy = format!("chmod u+w {}", path.display());
        users.refuses(&[&format!("{name} of {ID} is read-only. Nothing was changed"), &remedy]);
        mode(&path, 0o644);
        assert_eq!(users.run(&["close", "1"]).code, 0, "the remedy helps");
    }
    let users = Users::new();
    let folder = users.scene.increment();
    mode(&folder, 0o555);
    users.refuses(&[
        "The directory of spec.md",
        "is read-only. Nothing was changed",
        &format!("chmod u+w {}", folder.display()),
    ]);
    mode(&folder, 0o755);
    assert_eq!(users.run(&["close", "1"]).code, 0, "the remedy helps");

    let users = Users::new();
    let state = users.scene.root.join(".specweave/state");
    mode(&state, 0o555);
    users.refuses(&[&format!(
        "cannot create {}/specweave-lsp: permission denied\nhint: check the permissions",
        state.display()
    )]);
}

#[test]
fn files_that_cannot_be_read() {
    for name in ["spec.md", "metadata.json"] {
        let users = Users::new();
        mode(&users.scene.path(name), 0o000);
        users.refuses(&[name, "cannot be read: permission denied"]);
    }
}

#[test]
fn files_of_others() {
    if !is_root() {
        eprintln!("files of other users: only root can make one, so this was not tried");
        return;
    }
    for name in ["spec.md", "metadata.json"] {
        let users = Users::new();
        let path = users.scene.path(name);
        mode(&path, 0o666);
        chown(&path, Some(0), Some(0)).unwrap();
        users.refuses(&[
            &format!("{name} of {ID} belongs to another user. Nothing was changed"),
            "sudo chown $USER",
            path.to_str().unwrap(),
        ]);
    }
    // Root may, and leaves the owner as it was.
    let users = Users::new();
    let run = crate::project::run_in(&users.scene.root, &["close", "1"]);
    assert_eq!(run.code, 0, "{}", run.err);
    for name in ["spec.md", "metadata.json"] {
        let metadata = fs::metadata(users.scene.path(name)).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (USER, USER), "{name}");
    }
}

/// As in some containers. Only what starts this program again, or writes down where it lies, has to know its path.
#[test]
fn without_proc() {
    if !is_root() {
        eprintln!("without /proc: only root can take it away, so this was not tried");
        return;
    }
    let scene = Scene::agreed();
    assert!(Command::new("git").args(["init", "--quiet"]).current_dir(&scene.fresh().root).status().unwrap().success());
    for args in [["demo", ""], ["hook", "install"]] {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", "umount --lazy /proc && exec \"$@\"", "sh", BINARY]);
        command.args(args.iter().filter(|arg| !arg.is_empty())).current_dir(&scene.root).env_remove("NO_COLOR");
        let output = command.output().expect("`unshare` (Debian: util-linux) is needed for this test as root");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            "error: cannot find the path of this program: no /proc/self/exe available\nhint: mount /proc first\n",
            "{args:?}"
        );
    }
}

#[test]
fn symbolic_links_stay_and_never_lead_out() {
    let users = Users::new();
    let scene = &users.scene;
    let docs = scene.root.join("docs");
    fs::create_dir(&docs).unwrap();
    fs::rename(scene.path("spec.md"), docs.join("checkout.md")).unwrap();
    symlink("../../../docs/checkout.md", scene.path("spec.md")).unwrap();
    users.give(&docs);
    let run = users.run(&["close", "1"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(fs::read_link(scene.path("spec.md")).unwrap(), Path::new("../../../docs/checkout.md"));
    assert_eq!(scene.state(), Ok(State::New));
    assert_eq!(crate::scene::names(&docs), ["checkout.md"]);

    for name in ["spec.md", "metadata.json"] {
        let users = Users::new();
        let outside = users.scene.root.parent().unwrap().join("outside.txt");
        fs::rename(users.scene.path(name), &outside).unwrap();
        symlink(&outside, users.scene.path(name)).unwrap();
        let link = format!("{name} of {ID} is a symbolic link to {}, outside the project", outside.display());
        users.refuses(&[
            &link,
            "Nothing was changed\nhint: edit the file there; nothing outside the project is written",
        ]);
        fs::remove_file(outside).unwrap();
    }
}

#[test]
fn modes_and_line_breaks_are_kept() {
    let users = Users::new();
    let scene = &users.scene;
    for name in ["spec.md", "metadata.json"] {
        mode(&scene.path(name), 0o604);
    }
    let metadata = scene.old_metadata().replace('\n', "\r\n");
    fs::write(scene.path("metadata.json"), &metadata).unwrap();
    let run = users.run(&["close", "1"]);
    assert_eq!(run.code, 0, "{}", run.err);
    for name in ["spec.md", "metadata.json"] {
        let text = fs::read_to_string(scene.path(name)).unwrap();
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "{name}: {text:?}");
        assert!(text.contains("completed"));
        assert_eq!(fs::metadata(scene.path(name)).unwrap().mode() & 0o7777, 0o604, "{name}");
    }
}

/// What an interrupted change left in a project where nothing may be written can be looked at, and is spoken of.
#[test]
fn a_read_only_project_can_be_checked() {
    let users = Users::new();
    assert_eq!(users.run(&["set", "1", "paused"]).code, 0);
    assert_eq!(users.run(&["set", "1", "active"]).code, 0);
    fs::write(users.scene.own().join("change-x.tmp"), "").unwrap();
    users.give(&users.scene.own());
    let folders = [users.scene.own(), users.scene.root.join(".specweave/state"), users.scene.increment()];
    mode(&folders[0].join("lock"), 0o444);
    folders.iter().for_each(|folder| mode(folder, 0o555));
    for args in [&["check"][..], &["status"], &["log"]] {
        let run = users.run(args);
        assert_eq!(run.code, 0, "{args:?}: {}", run.err);
        assert!(
            run.err.contains("lock: permission denied\nhint: check the permissions and try again"),
            "{args:?}: {}",
            run.err
        );
        assert!(!run.out.is_empty(), "{args:?}");
    }
    folders.iter().for_each(|folder| mode(folder, 0o755));
}

/// A file system of its own, taken away at the end.
struct Mount(PathBuf);

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// A file system of 16 pages, with less and less of it free.
#[test]
fn a_disk_that_is_really_full() {
    let folder = tempfile::tempdir().unwrap();
    let disk = canonicalize(folder.path()).unwrap().join("disk");
    fs::create_dir(&disk).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(&disk).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        eprintln!("a full disk: nothing can be mounted here; ENOSPC at every call, which was injected, stands for it");
        return;
    }
    let mount = Mount(disk);
    let scene = Scene::below(&mount.0);
    let (mut full, mut done) = (0, 0);
    for free in 0..12 {
        scene.fresh();
        let filler = mount.0.join("filler");
        fill(&filler, free);
        let run = crate::project::run_in(&scene.root, &["close", "1"]);
        let context = format!("{free} pages free: {}", run.err);
        if run.code == 0 {
            done += 1;
            assert_eq!(scene.state(), Ok(State::New), "{context}");
        } else {
            full += 1;
            assert_eq!(run.code, 2, "{context}");
            assert!(run.err.contains("no space left on device"), "{context}");
            assert!(run.err.contains(mount.0.to_str().unwrap()), "{context}");
            assert_eq!(scene.state(), Ok(State::Old), "{context}");
        }
        fs::remove_file(&filler).unwrap();
        scene.recovered(&context);
    }
    assert!(full > 0 && done > 0, "{full} {done}");
    eprintln!("a full disk: {full} refused, {done} done");
}

/// Leaves so many pages free.
fn fill(filler: &Path, free: usize) {
    let mut pages = 0;
    while fs::write(filler, vec![b'x'; (pages + 1) * 4096]).is_ok() {
        pages += 1;
    }
    fs::write(filler, vec![b'x'; (pages - free.min(pages)) * 4096]).unwrap();
}

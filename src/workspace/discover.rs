//! Where projects and increments are. Bounded, and never through a symbolic link downwards.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{MAIN_SEPARATOR_STR, Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

use crate::model::file_kind::FileKind;
use crate::model::increment_number;
use crate::workspace::exclude::Excludes;
use crate::workspace::fs::error::FileError;
use crate::workspace::fs::has_folder::has_folder;
use crate::workspace::fs::paths;

pub const PROJECT_FOLDER: &str = ".specweave";
pub const INCREMENTS_FOLDER: &str = "increments";
const CONFIG_FILE: &str = "config.json";

/// Nested projects lie a few levels down (`repositories/owner/name`); deeper is not theirs, and costs time.
const NESTING_DEPTH: usize = 6;
/// A workspace folder may be a whole home directory; after so many folders the search for nested projects ends.
const FOLDERS_SEEN: usize = 50_000;
/// Folders that hold other people's code or build output, never a project one works on.
const PASSED_OVER: [&str; 6] = ["node_modules", "target", "dist", "build", "vendor", "venv"];

/// What decides which increments are looked at.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    pub include_archived: bool,
    pub exclude: Excludes,
}

/// The nearest folder, from `start` upwards, that is a project. One without increments of its own, in a repository below
/// others, leaves the word to the next one that has some, as SpecWeave does it.
pub fn project_above(start: &Path) -> Option<PathBuf> {
    let mut around = start.ancestors().filter(|folder| is_project(folder));
    let nearest = around.next()?;
    if has_increments(nearest) {
        return Some(nearest.to_path_buf());
    }
    Some(around.find(|folder| has_increments(folder)).unwrap_or(nearest).to_path_buf())
}

/// A folder that cannot be listed is one with something to say, too.
fn has_increments(project: &Path) -> bool {
    let increments = increments_folder(project);
    match has_folder(&increments) {
        Ok(found) => found,
        Err(error) => error.kind() != io::ErrorKind::NotFound || increments.is_symlink(),
    }
}

pub fn increments_folder(project: &Path) -> PathBuf {
    project.join(PROJECT_FOLDER).join(INCREMENTS_FOLDER)
}

/// Hooks leave a folder with nothing but logs and state wherever they run: that is none.
pub fn is_project(folder: &Path) -> bool {
    let specweave = folder.join(PROJECT_FOLDER);
    // A link that leads nowhere is a mistake to be told.
    let increments = specweave.join(INCREMENTS_FOLDER).symlink_metadata();
    increments.is_ok_and(|it| it.is_dir() || it.is_symlink()) || specweave.join(CONFIG_FILE).is_file()
}

/// The projects a workspace folder is about: the one that [`project_above`] finds, and those nested in the folder.
pub fn projects(above: Option<PathBuf>, folder: &Path, is_excluded: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = above.into_iter().collect();
    for project in projects_below(folder, folder, is_excluded, |_, _| ()) {
        if !found.contains(&project) {
            found.push(project);
        }
    }
    found
}

/// Those in `start`, which lies in the workspace folder. `first` is told of each folder that is looked into, and how deep in
/// the workspace folder it lies, before that is done.
pub fn projects_below(
    folder: &Path,
    start: &Path,
    is_excluded: impl Fn(&Path) -> bool,
    first: impl Fn(&Path, usize),
) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    if is_among_increments(start) {
        return found;
    }
    let above = start.strip_prefix(folder).map_or(0, |path| path.components().count());
    if above > NESTING_DEPTH {
        return found;
    }
    first(start, above);
    let walk = WalkDir::new(start).max_depth(NESTING_DEPTH - above).into_iter().filter_entry(|entry| {
        let name = entry.file_name().to_string_lossy();
        let is_looked_into = || !is_passed_over(&name) && !is_increments_folder(entry.path());
        let look = entry.file_type().is_dir() && (entry.depth() == 0 || is_looked_into());
        if look && entry.depth() > 0 {
            first(entry.path(), above + entry.depth());
        }
        look
    });
    for entry in walk.flatten().take(FOLDERS_SEEN) {
        let project = entry.path();
        if is_project(project) && (project == folder || !is_excluded(project)) {
            found.push(project.to_path_buf());
        }
    }
    found
}

/// No project is looked for among increments, of which there may be thousands; elsewhere in `.specweave` there may be
/// some: SpecWeave puts worktrees there.
fn is_among_increments(folder: &Path) -> bool {
    folder.ancestors().take_while(|around| !is_project(around)).any(is_increments_folder)
}

fn is_increments_folder(folder: &Path) -> bool {
    folder.ends_with(INCREMENTS_FOLDER) && folder.parent().is_some_and(|above| above.ends_with(PROJECT_FOLDER))
}

/// A folder that nothing is looked for in.
pub fn is_passed_over(name: &str) -> bool {
    name.starts_with('.') || PASSED_OVER.contains(&name)
}

/// The folders of a project's increments, sorted, and what could not be listed.
#[derive(Debug, Default)]
pub struct Listing {
    /// Shared by all who keep them: a project may have a hundred thousand.
    pub increments: Vec<Arc<Path>>,
    pub errors: Vec<FileError>,
}

pub fn increments(project: &Path, scope: &Scope) -> Listing {
    increments_after(project, scope, &|_| ())
}

/// Does `first` with each folder before what lies in it is listed.
pub fn increments_after(project: &Path, scope: &Scope, first: &dyn Fn(&Path)) -> Listing {
    let mut listing = Listing::default();
    list(project, &increments_folder(project), Level::Top, scope, first, &mut listing);
    // By bytes: comparing paths part by part takes longer than reading the files.
    listing.increments.sort_unstable_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
    listing
}

fn list(project: &Path, folder: &Path, level: Level, scope: &Scope, first: &dyn Fn(&Path), listing: &mut Listing) {
    first(folder);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        // A project without increments is a new one.
        Err(error) if error.kind() == io::ErrorKind::NotFound && !folder.is_symlink() => return,
        Err(error) => return listing.errors.push(FileError::new("list", folder, error)),
    };
    let mut path = OsString::with_capacity(folder.as_os_str().len() + 64);
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                listing.errors.push(FileError::new("list", folder, error));
                continue;
            }
        };
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let name = entry.file_name();
        path.clear();
        path.push(folder);
        path.push(MAIN_SEPARATOR_STR);
        path.push(&name);
        let path = Path::new(&path);
        if scope.exclude.covers(path, project) {
            continue;
        }
        let name = paths::text(&name);
        if level.is_increment(&name) {
            listing.increments.push(Arc::from(path));
        }
        if scope.include_archived
            && let Some(below) = level.below(&name)
        {
            list(project, path, below, scope, first, listing);
        }
    }
}

/// How deep in the folder of the increments something lies. `increment_of` and `list` say the same of a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Top,
    /// `_archive` and its like.
    Bucket,
    /// Another folder without a number, in which only those with one are increments.
    Unnumbered,
}

impl Level {
    /// SpecWeave checks each folder with a name of its own, be there a number in it or not.
    fn is_increment(self, name: &str) -> bool {
        increment_number::of(name).is_some()
            || match self {
                Level::Top => !is_bucket(name),
                // What lies in the bucket itself is of no increment.
                Level::Bucket => !name.starts_with('.') && FileKind::ALL.iter().all(|kind| kind.file_name() != name),
                Level::Unnumbered => false,
            }
    }

    /// What a folder of this name may have in it.
    fn below(self, name: &str) -> Option<Level> {
        if increment_number::of(name).is_some() {
            return None;
        }
        match self {
            Level::Top if is_bucket(name) => Some(Level::Bucket),
            Level::Top | Level::Bucket => Some(Level::Unnumbered),
            Level::Unnumbered => None,
        }
    }
}

/// A folder that has increments in it and is none, however it is filled.
fn is_bucket(name: &str) -> bool {
    name.starts_with(['_', '.']) || name == "abandoned"
}

/// The project and increment folder that a path lies in: the path is the folder itself or anything below it.
pub fn increment_of(path: &Path) -> Option<(PathBuf, PathBuf)> {
    let mut below: Vec<&Path> = Vec::new();
    // Each part is read once, the last one first: this is asked several times at a keystroke, and in a hook of thousands of
    // folders.
    let mut parts = path.components();
    loop {
        let here = parts.as_path();
        let name = parts.next_back()?;
        let mut above = parts.clone();
        if name.as_os_str() == INCREMENTS_FOLDER && above.next_back().is_some_and(|it| it.as_os_str() == PROJECT_FOLDER)
        {
            let project = above.as_path();
            return innermost(below).map(|folder| (project.to_path_buf(), folder.to_path_buf()));
        }
        below.push(here);
    }
}

/// A folder below that of the increments in which there may be more of them.
pub fn may_hold_increments(increments: &Path, folder: &Path) -> bool {
    let Ok(below) = folder.strip_prefix(increments) else { return false };
    let mut parts = below.iter();
    let level = parts.try_fold(Level::Top, |level, name| level.below(&paths::text(name)));
    level.is_some_and(|level| level != Level::Top)
}

/// The innermost of these nested folders that is an increment; the outermost of them is the last.
fn innermost(mut folders: Vec<&Path>) -> Option<&Path> {
    let (mut level, mut found) = (Level::Top, None);
    while let Some(folder) = folders.pop() {
        let name = paths::text(folder.file_name()?);
        if level.is_increment(&name) {
            found = Some(folder);
        }
        let Some(below) = level.below(&name) else { break };
        level = below;
    }
    found
}

/// Whether an increment folder, as `increment_of` gives it, is one that is looked at.
pub fn in_scope(project: &Path, folder: &Path, scope: &Scope) -> bool {
    let archived = folder.parent().and_then(Path::file_name).is_none_or(|name| name != INCREMENTS_FOLDER);
    (!archived || scope.include_archived) && !scope.exclude.covers(folder, project)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::fs::paths::slashed;

    #[test]
    fn finds_projects_around_and_below() {
        let folder = tempfile::tempdir().unwrap();
        let make = |path: &str| fs::create_dir_all(folder.path().join(path)).unwrap();
        make("app/.specweave/increments/0001-a");
        make("app/.specweave/increments/0001-a/copy/.specweave/increments/0002-b");
        make("app/.specweave/worktrees/agent/.specweave/increments/0001-a");
        make("app/.specweave/worktrees/agent/packages/p/.specweave/increments");
        make("app/src/deep");
        make("app/repositories/acme/api/.specweave/increments");
        make("app/node_modules/x/.specweave/increments");
        make("app/src/.specweave/logs");
        make("configured/.specweave");
        fs::write(folder.path().join("configured/.specweave/config.json"), "{}").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), folder.path().join("app/loop")).unwrap();
        let names = |from: &str| -> Vec<String> {
            let from = folder.path().join(from);
            let found = projects(project_above(&from), &from, |_| false);
            found.iter().map(|p| slashed(p.strip_prefix(folder.path()).unwrap()).into_owned()).collect()
        };
        assert_eq!(names("app"), ["app", "app/repositories/acme/api"]);
        assert_eq!(names("app/src/deep"), ["app"]);
        assert_eq!(names("app/.specweave/increments"), ["app"]);
        let agent = "app/.specweave/worktrees/agent";
        let package = "app/.specweave/worktrees/agent/packages/p";
        assert_eq!(names("app/.specweave"), ["app", agent, package]);
        assert_eq!(names(agent), [agent, package]);
        assert_eq!(names("app/.specweave/worktrees/agent/packages"), [agent, package]);
        let copy = "app/.specweave/increments/0001-a/copy";
        assert_eq!(names(copy), [copy]);
        let mut all = names("");
        all.sort();
        assert_eq!(all, ["app", "app/repositories/acme/api", "configured"]);
    }

    #[test]
    fn lists_increments_and_buckets() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "0002-b",
            "0001-a",
            "0003G-c",
            "_archive/0009-old",
            "_archive/_dup-0209-x",
            "_archive/2024/0008-older",
            "_archive/.cache",
            "notes",
            "abandoned/0007-a",
            "done/0006-b",
            "done/not-counted",
            ".hidden",
        ] {
            fs::create_dir_all(folder.path().join(".specweave/increments").join(name)).unwrap();
        }
        let list = |scope: &Scope| -> Vec<String> {
            let listing = increments(folder.path(), scope);
            assert!(listing.errors.is_empty());
            listing.increments.iter().map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(list(&Scope::default()), ["0001-a", "0002-b", "0003G-c", "done", "notes"]);
        let all = Scope { include_archived: true, ..Scope::default() };
        let expected = "0001-a 0002-b 0003G-c 0009-old 2024 0008-older _dup-0209-x 0007-a done 0006-b notes";
        assert_eq!(list(&all).join(" "), expected);
        let (exclude, _) = Excludes::new(&["0001-*".into()]);
        assert_eq!(list(&Scope { exclude, ..Scope::default() }), ["0002-b", "0003G-c", "done", "notes"]);
        // Of each of them its own path says the same.
        for path in increments(folder.path(), &all).increments {
            let of = |path: &Path| increment_of(path).map(|(_, folder)| folder);
            assert_eq!(of(&path).as_deref(), Some(&*path));
            assert_eq!(of(&path.join("reports/verify.json")).as_deref(), Some(&*path));
        }
    }

    #[test]
    fn knows_where_a_path_belongs() {
        let of = |path: &str| increment_of(Path::new(path)).map(|(p, f)| format!("{} {}", p.display(), f.display()));
        assert_eq!(
            of("/p/.specweave/increments/0001-a/spec.md").as_deref(),
            Some("/p /p/.specweave/increments/0001-a")
        );
        assert_eq!(of("/p/.specweave/increments/0001-a").as_deref(), Some("/p /p/.specweave/increments/0001-a"));
        assert_eq!(
            of("/p/.specweave/increments/_archive/0001-a/x/y.md").as_deref(),
            Some("/p /p/.specweave/increments/_archive/0001-a")
        );
        assert_eq!(
            of("/p/.specweave/increments/done/0001-a/spec.md").as_deref(),
            Some("/p /p/.specweave/increments/done/0001-a")
        );
        assert_eq!(
            of("/p/.specweave/increments/notes/drafts/spec.md").as_deref(),
            Some("/p /p/.specweave/increments/notes")
        );
        assert_eq!(of("/p/.specweave/increments/abandoned/spec.md"), None);
        assert_eq!(of("/p/.specweave/increments/_archive/.git/spec.md"), None);
        assert_eq!(of(".specweave/increments/0001-a").as_deref(), Some(" .specweave/increments/0001-a"));
        assert_eq!(of("/.specweave/increments/0001-a/").as_deref(), Some("/ /.specweave/increments/0001-a"));
        let nested = "/p/.specweave/increments/0001-a/.specweave/increments/0002-b/spec.md";
        assert_eq!(
            increment_of(Path::new(nested)).map(|(root, _)| root),
            Some("/p/.specweave/increments/0001-a".into())
        );
        assert_eq!(of("/p/.specweave/increments"), None);
        assert_eq!(of("/p/increments/0001-a/spec.md"), None);
    }
}

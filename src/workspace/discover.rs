//! Where projects and increments are. Bounded, and never through a symbolic link downwards.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{MAIN_SEPARATOR_STR, Path, PathBuf};
use std::sync::Arc;

use ignore::WalkBuilder;

use crate::model::increment_number;
use crate::workspace::exclude::Excludes;
use crate::workspace::fs::error::FileError;

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

/// The nearest folder, from `start` upwards, that is a project.
pub fn project_above(start: &Path) -> Option<PathBuf> {
    start.ancestors().find(|folder| is_project(folder)).map(Path::to_path_buf)
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

/// The projects a workspace folder is about: itself or the one it lies in, and those nested in it.
pub fn projects(folder: &Path, is_excluded: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = project_above(folder).into_iter().collect();
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
    first: impl Fn(&Path, usize) + Send + Sync + 'static,
) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    let above = start.strip_prefix(folder).map_or(0, |path| path.components().count());
    if above > NESTING_DEPTH {
        return found;
    }
    first(start, above);
    let walk = WalkBuilder::new(start)
        .standard_filters(false)
        .follow_links(false)
        .max_depth(Some(NESTING_DEPTH - above))
        .filter_entry(move |entry| {
            let name = entry.file_name().to_string_lossy();
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            let look = is_folder && (entry.depth() == 0 || !is_passed_over(&name));
            if look && entry.depth() > 0 {
                first(entry.path(), above + entry.depth());
            }
            look
        })
        .build();
    for entry in walk.flatten().take(FOLDERS_SEEN) {
        let project = entry.path();
        if is_project(project) && (project == folder || !is_excluded(project)) {
            found.push(project.to_path_buf());
        }
    }
    found
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
    list(project, &increments_folder(project), scope, first, &mut listing);
    // By bytes: comparing paths part by part takes longer than reading the files.
    listing.increments.sort_unstable_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
    listing
}

fn list(project: &Path, folder: &Path, scope: &Scope, first: &dyn Fn(&Path), listing: &mut Listing) {
    let top = folder.file_name().is_some_and(|name| name == INCREMENTS_FOLDER);
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
        let name = name.to_string_lossy();
        if is_increment_name(&name) {
            listing.increments.push(Arc::from(path));
        } else if top && scope.include_archived && name.starts_with(['_', '.']) {
            list(project, path, scope, first, listing);
        }
    }
}

/// SpecWeave checks each folder with a name of its own, be there a number in it or not.
fn is_increment_name(name: &str) -> bool {
    increment_number::of(name).is_some() || !name.starts_with(['_', '.']) && name != "abandoned"
}

/// The project and increment folder that a path lies in: the path is the folder itself or anything below it.
pub fn increment_of(path: &Path) -> Option<(PathBuf, PathBuf)> {
    let mut below: Vec<&Path> = Vec::new();
    for ancestor in path.ancestors() {
        if ancestor.file_name().is_some_and(|name| name == INCREMENTS_FOLDER)
            && let Some(specweave) = ancestor.parent()
            && specweave.file_name().is_some_and(|name| name == PROJECT_FOLDER)
        {
            let project = specweave.parent()?.to_path_buf();
            let name = |folder: &Path| folder.file_name().map(|name| name.to_string_lossy().into_owned());
            let folder = below.pop()?;
            if is_increment_name(&name(folder)?) {
                return Some((project, folder.to_path_buf()));
            }
            let archived = below.pop()?;
            let bucket = name(folder)?.starts_with(['_', '.']);
            return (bucket && is_increment_name(&name(archived)?)).then(|| (project, archived.to_path_buf()));
        }
        below.push(ancestor);
    }
    None
}

/// Whether an increment folder, as `increment_of` gives it, is one that is looked at.
pub fn in_scope(project: &Path, folder: &Path, scope: &Scope) -> bool {
    let archived = folder.parent().and_then(Path::file_name).is_none_or(|name| name != INCREMENTS_FOLDER);
    (!archived || scope.include_archived) && !scope.exclude.covers(folder, project)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_projects_around_and_below() {
        let folder = tempfile::tempdir().unwrap();
        let make = |path: &str| fs::create_dir_all(folder.path().join(path)).unwrap();
        make("app/.specweave/increments/0001-a");
        make("app/src/deep");
        make("app/repositories/acme/api/.specweave/increments");
        make("app/node_modules/x/.specweave/increments");
        make("app/src/.specweave/logs");
        make("configured/.specweave");
        fs::write(folder.path().join("configured/.specweave/config.json"), "{}").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), folder.path().join("app/loop")).unwrap();
        let names = |from: &str| -> Vec<String> {
            let found = projects(&folder.path().join(from), |_| false);
            found.iter().map(|p| p.strip_prefix(folder.path()).unwrap().display().to_string()).collect()
        };
        assert_eq!(names("app"), ["app", "app/repositories/acme/api"]);
        assert_eq!(names("app/src/deep"), ["app"]);
        let mut all = names("");
        all.sort();
        assert_eq!(all, ["app", "app/repositories/acme/api", "configured"]);
    }

    #[test]
    fn lists_increments_and_buckets() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["0002-b", "0001-a", "0003G-c", "_archive/0009-old", "notes", "abandoned", ".hidden"] {
            fs::create_dir_all(folder.path().join(".specweave/increments").join(name)).unwrap();
        }
        let list = |scope: &Scope| -> Vec<String> {
            let listing = increments(folder.path(), scope);
            assert!(listing.errors.is_empty());
            listing.increments.iter().map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(list(&Scope::default()), ["0001-a", "0002-b", "0003G-c", "notes"]);
        let all = Scope { include_archived: true, ..Scope::default() };
        assert_eq!(list(&all), ["0001-a", "0002-b", "0003G-c", "0009-old", "notes"]);
        let (exclude, _) = Excludes::new(&["0001-*".into()]);
        assert_eq!(list(&Scope { exclude, ..Scope::default() }), ["0002-b", "0003G-c", "notes"]);
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
            of("/p/.specweave/increments/notes/0001-a/spec.md").as_deref(),
            Some("/p /p/.specweave/increments/notes")
        );
        assert_eq!(of("/p/.specweave/increments/abandoned/spec.md"), None);
        assert_eq!(of("/p/.specweave/increments"), None);
        assert_eq!(of("/p/increments/0001-a/spec.md"), None);
    }
}

//! A `.specweave` that is a symbolic link (worktrees that share one), or whose `increments` is: one path for each file.

use std::path::{Path, PathBuf};

use crate::workspace::discover::{self, PROJECT_FOLDER};
use crate::workspace::fs::paths::canonicalize;

/// The folder that a project is known by, however it was found: a `.specweave` that leads to another project's is that
/// project.
pub fn root_of(found: &Path) -> PathBuf {
    linked_project(found).unwrap_or_else(|| canonicalize(found).unwrap_or_else(|_| found.to_path_buf()))
}

/// The project that the `.specweave` of this folder leads to, if it is not its own.
pub fn linked_project(found: &Path) -> Option<PathBuf> {
    let specweave = found.join(PROJECT_FOLDER);
    if !specweave.is_symlink() {
        return None;
    }
    let target = canonicalize(&specweave).ok().filter(|target| target.ends_with(PROJECT_FOLDER))?;
    target.parent().map(Path::to_path_buf)
}

/// The path that a file is known by: its folder without symbolic links, and below its project where one of them leads to
/// a folder of another name.
pub fn known_as(path: &Path) -> PathBuf {
    let canonical = path.parent().and_then(|folder| canonicalize(folder).ok()).zip(path.file_name());
    let Some(canonical) = canonical.map(|(folder, name)| folder.join(name)) else { return path.to_path_buf() };
    if discover::increment_of(&canonical).is_some() {
        return canonical;
    }
    let below_project = found_at(path).and_then(|found| {
        let root = root_of(found);
        linked(&root).into_iter().find_map(|(link, target)| Some(link.join(canonical.strip_prefix(target).ok()?)))
    });
    below_project.unwrap_or(canonical)
}

/// The project's folder as a path spells it.
pub fn found_at(path: &Path) -> Option<&Path> {
    let specweave = path.ancestors().find(|above| above.file_name().is_some_and(|name| name == PROJECT_FOLDER));
    specweave?.parent()
}

/// Whether what a path leads to is part of the project: below its root, or below what its `.specweave` or its increments'
/// folder is a link to. The user set those links up, or could see them; one on a single file or increment is another thing.
pub fn holds(root: &Path, target: &Path) -> std::io::Result<bool> {
    let whole = canonicalize(root)?;
    Ok(target.starts_with(&whole) || linked(root).iter().any(|(_, real)| target.starts_with(real)))
}

/// The links that lead out of the project, the innermost first, and where they lead.
pub fn linked(root: &Path) -> Vec<(PathBuf, PathBuf)> {
    let parts = [discover::increments_folder(root), root.join(PROJECT_FOLDER)];
    let links = parts.into_iter().filter(|part| part.is_symlink());
    links.filter_map(|link| canonicalize(&link).ok().filter(|to| to.is_dir()).map(|to| (link, to))).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn one_path_for_a_file_however_it_is_reached() {
        let base = tempfile::tempdir().unwrap();
        let base = canonicalize(base.path()).unwrap();
        let folder = "increments/0001-a";
        for made in ["main/.specweave", "data", "own/.specweave", "lists"] {
            fs::create_dir_all(base.join(made).join(folder)).unwrap();
        }
        for (link, to) in [
            ("worktree/.specweave", "../main/.specweave"),
            ("again/.specweave", "../worktree/.specweave"),
            ("shared/.specweave", "../data"),
            ("half/.specweave/increments", "../../lists/increments"),
            ("dangling/.specweave", "../gone/.specweave"),
        ] {
            fs::create_dir_all(base.join(link).parent().unwrap()).unwrap();
            symlink(to, base.join(link)).unwrap();
        }
        let shown = |path: PathBuf| path.strip_prefix(&base).unwrap().display().to_string();
        for (path, expected) in [
            ("own/.specweave/increments/0001-a/spec.md", "own/.specweave/increments/0001-a/spec.md"),
            ("own/../own/.specweave/increments/0001-a/spec.md", "own/.specweave/increments/0001-a/spec.md"),
            ("worktree/.specweave/increments/0001-a/spec.md", "main/.specweave/increments/0001-a/spec.md"),
            ("again/.specweave/increments/0001-a/spec.md", "main/.specweave/increments/0001-a/spec.md"),
            ("shared/.specweave/increments/0001-a/spec.md", "shared/.specweave/increments/0001-a/spec.md"),
            ("shared/.specweave/config.json", "shared/.specweave/config.json"),
            ("half/.specweave/increments/0001-a/spec.md", "half/.specweave/increments/0001-a/spec.md"),
            ("dangling/.specweave/increments/0001-a/spec.md", "dangling/.specweave/increments/0001-a/spec.md"),
        ] {
            assert_eq!(shown(known_as(&base.join(path))), expected, "{path}");
        }
        for (found, root) in
            [("own", "own"), ("worktree", "main"), ("again", "main"), ("shared", "shared"), ("dangling", "dangling")]
        {
            assert_eq!(shown(root_of(&base.join(found))), root);
        }
        for (root, target, expected) in [
            ("own", "own/.specweave/increments/0001-a", true),
            ("own", "main/.specweave/increments/0001-a", false),
            ("shared", "data/increments/0001-a", true),
            ("shared", "lists/increments/0001-a", false),
            ("half", "lists/increments/0001-a", true),
            ("half", "lists", false),
        ] {
            assert_eq!(holds(&base.join(root), &base.join(target)).unwrap(), expected, "{root} {target}");
        }
    }
}

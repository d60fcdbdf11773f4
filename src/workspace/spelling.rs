//! File systems that ignore case: `SPEC.MD` is spec.md there, and is another file elsewhere.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use crate::model::file_kind::FileKind;
use crate::workspace::discover::{INCREMENTS_FOLDER, PROJECT_FOLDER};

/// The path with the names of SpecWeave's files and folders as SpecWeave spells them, wherever the file system takes
/// both spellings for one file. The disk is asked only about a name that differs in case.
pub fn as_specweave_spells(path: PathBuf) -> PathBuf {
    if !path.components().any(|part| known(part.as_os_str()).is_some()) {
        return path;
    }
    let mut spelled = PathBuf::new();
    for part in path.components() {
        let name = part.as_os_str();
        match known(name) {
            Some(other) if belongs(&spelled, other) && is_same_file(&spelled, name, other) => spelled.push(other),
            _ => spelled.push(name),
        }
    }
    spelled
}

/// The name that this one differs from in nothing but case.
fn known(name: &OsStr) -> Option<&'static str> {
    let name = name.to_str()?;
    let files = FileKind::ALL.into_iter().map(FileKind::file_name).filter(|name| !name.contains('/'));
    let known = [PROJECT_FOLDER, INCREMENTS_FOLDER].into_iter().chain(files);
    known.into_iter().find(|known| name != *known && name.eq_ignore_ascii_case(known))
}

/// `Increments` is a name of its own anywhere but in a `.specweave`.
fn belongs(folder: &Path, name: &str) -> bool {
    name != INCREMENTS_FOLDER || folder.file_name().is_some_and(|name| name == PROJECT_FOLDER)
}

fn is_same_file(folder: &Path, name: &OsStr, other: &str) -> bool {
    let there = |name: &OsStr| folder.join(name).symlink_metadata().is_ok();
    if !there(name) || !there(OsStr::new(other)) {
        return false;
    }
    // Two entries are two files, even if both names lead to the same bytes.
    let names: Vec<OsString> = fs::read_dir(folder).into_iter().flatten().flatten().map(|it| it.file_name()).collect();
    !(names.iter().any(|it| it == name) && names.iter().any(|it| it == other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn together_or_apart_as_the_file_system_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let increment = folder.path().join(".SpecWeave/Increments/0001-A");
        fs::create_dir_all(&increment).unwrap();
        fs::write(increment.join("SPEC.MD"), "x").unwrap();
        let ignores_case = folder.path().join(".specweave").exists();
        let known = folder.path().join(".specweave/increments/0001-A/spec.md");
        let spelled = as_specweave_spells(increment.join("SPEC.MD"));
        if ignores_case {
            assert_eq!(spelled, known);
        } else {
            assert_eq!(spelled, increment.join("SPEC.MD"));
            fs::write(increment.join("spec.md"), "y").unwrap();
            assert_eq!(as_specweave_spells(increment.join("SPEC.MD")), increment.join("SPEC.MD"), "two files");
            fs::hard_link(increment.join("spec.md"), increment.join("Spec.md")).unwrap();
            assert_eq!(as_specweave_spells(increment.join("Spec.md")), increment.join("Spec.md"), "two names");
        }
        for path in [known, folder.path().join("Increments/spec.md"), folder.path().join("Notes.md")] {
            assert_eq!(as_specweave_spells(path.clone()), path, "as it is");
        }
    }
}

//! The pre-commit hook: put in beside the one that is there already, and taken out without a trace.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::git::error::GitError;
use crate::git::repository::{self, Repository};
use crate::workspace::fs::atomic;
use crate::workspace::fs::error::FileError;
use crate::workspace::fs::paths::{canonicalize, canonicalize_existing, slashed};
use crate::workspace::hint::Hint;

const NAME: &str = "pre-commit";
/// Where a hook that was there before is kept; ours runs it first.
const KEPT: &str = "pre-commit.before-specweave-lsp";
/// By this line our hook is known, whatever version wrote it.
const MARK: &str = "# Installed by `specweave-lsp hook install`";
const PROGRAM_LINE: &str = "program=";

/// Why the hook is left as it is.
#[derive(Debug, Error)]
pub enum HookError {
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    File(#[from] FileError),
    /// Another tool writes the hooks.
    #[error("{tool} manages the hooks of this repository and would overwrite this one, so nothing was installed")]
    Managed { tool: &'static str, instead: &'static str },
    #[error("core.hooksPath is {}, which other repositories may share, so nothing was installed", .0.display())]
    Shared(PathBuf),
    #[error("{} was changed since it was installed, so it was left as it is", .0.display())]
    Changed(PathBuf),
    #[error("cannot move the existing hook to {}: a file is there already", .0.display())]
    KeptAlready(PathBuf),
}

impl Hint for HookError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            HookError::Git(error) => return error.hint(),
            HookError::File(error) => return error.hint(),
            HookError::Managed { instead, .. } => return Some(format!("add {instead}")),
            HookError::Shared(_) => {
                "add `specweave-lsp hook run` to its pre-commit hook yourself, or give this repository its own \
                 directory: `git config --local core.hooksPath .git/hooks`"
            }
            HookError::Changed(_) => "move what was added to another hook by hand, then delete the file",
            HookError::KeptAlready(_) => {
                "an earlier hook is kept there; move it away, or back to pre-commit, and try again"
            }
        };
        Some(hint.to_owned())
    }
}

/// What an installation came to.
#[derive(Debug, PartialEq)]
pub enum Installed {
    New,
    /// Beside a hook that was there; it runs first.
    Beside(PathBuf),
    /// It was there already.
    Already,
}

#[derive(Debug, PartialEq)]
pub enum Uninstalled {
    Removed,
    /// The hook that was there before is back.
    Restored,
    /// No hook of ours was there.
    Nothing,
}

/// Where this repository's pre-commit hook belongs.
pub fn path(repository: &Repository) -> Result<PathBuf, HookError> {
    Ok(folder(repository)?.join(NAME))
}

fn folder(repository: &Repository) -> Result<PathBuf, HookError> {
    let folder = repository::path(&repository.line(&["rev-parse", "--path-format=absolute", "--git-path", "hooks"])?);
    Ok(if cfg!(windows) { canonicalize_existing(&folder) } else { folder })
}

/// Puts the hook in. `program` is this program's own path.
pub fn install(repository: &Repository, program: &Path) -> Result<Installed, HookError> {
    let folder = folder(repository)?;
    refuse_foreign(repository, &folder)?;
    let hook = folder.join(NAME);
    let kept = folder.join(KEPT);
    let text = script(program, folder.starts_with(&repository.top) && !is_inside_git(repository, &folder));
    fs::create_dir_all(&folder).map_err(FileError::when("create", &folder))?;
    match read(&hook)? {
        Some(there) if there == text.as_bytes() => return Ok(Installed::Already),
        Some(there) if is_ours(&there) && !same_but_program(&String::from_utf8_lossy(&there), &text) => {
            return Err(HookError::Changed(hook));
        }
        // Ours, from another place.
        Some(there) if is_ours(&there) => {
            write(&folder, &hook, &text)?;
            return Ok(Installed::New);
        }
        Some(there) if mentions(&there, "lefthook") => {
            let instead = "the command `specweave-lsp hook run` under pre-commit in lefthook.yml";
            return Err(HookError::Managed { tool: "lefthook", instead });
        }
        Some(_) => {}
        None => {
            write(&folder, &hook, &text)?;
            return Ok(Installed::New);
        }
    }
    if kept.symlink_metadata().is_ok() {
        return Err(HookError::KeptAlready(kept));
    }
    fs::rename(&hook, &kept).map_err(FileError::when("rename", &hook))?;
    if let Err(error) = write(&folder, &hook, &text) {
        // The hook that was there must go on working.
        fs::rename(&kept, &hook).map_err(FileError::when("restore", &kept))?;
        return Err(error.into());
    }
    Ok(Installed::Beside(kept))
}

/// Takes the hook out and puts back what was there.
pub fn uninstall(repository: &Repository) -> Result<Uninstalled, HookError> {
    let folder = folder(repository)?;
    let (hook, kept) = (folder.join(NAME), folder.join(KEPT));
    let Some(there) = read(&hook)? else { return Ok(Uninstalled::Nothing) };
    if !is_ours(&there) {
        return Ok(Uninstalled::Nothing);
    }
    let text = String::from_utf8_lossy(&there);
    if !same_but_program(&text, &script(Path::new(""), false)) {
        return Err(HookError::Changed(hook));
    }
    if kept.symlink_metadata().is_ok() {
        // One step: there is no moment without a hook.
        fs::rename(&kept, &hook).map_err(FileError::when("restore", &kept))?;
        return Ok(Uninstalled::Restored);
    }
    fs::remove_file(&hook).map_err(FileError::when("remove", &hook))?;
    Ok(Uninstalled::Removed)
}

/// Hooks that other repositories or another tool own are left alone.
fn refuse_foreign(repository: &Repository, folder: &Path) -> Result<(), HookError> {
    if folder.ends_with(".husky/_") {
        let instead = "the line `specweave-lsp hook run` in .husky/pre-commit";
        return Err(HookError::Managed { tool: "husky", instead });
    }
    let own = repository.ask(["config", "--local", "--get", "core.hooksPath"]).is_ok()
        || repository.ask(["config", "--worktree", "--get", "core.hooksPath"]).is_ok();
    let any = repository.ask(["config", "--get", "core.hooksPath"]).is_ok();
    let inside = folder.starts_with(&repository.top) || is_inside_git(repository, folder);
    if any && !(own && inside) {
        return Err(HookError::Shared(folder.to_path_buf()));
    }
    Ok(())
}

fn is_inside_git(repository: &Repository, folder: &Path) -> bool {
    ["--absolute-git-dir", "--git-common-dir"].iter().any(|which| {
        let found = repository.line(&["rev-parse", which]).map(|line| repository.from.join(repository::path(&line)));
        found.ok().and_then(|found| canonicalize(&found).ok()).is_some_and(|found| {
            // The folder itself may be still to come.
            folder.ancestors().find_map(|part| canonicalize(part).ok()).is_some_and(|it| it.starts_with(&found))
        })
    })
}

fn read(hook: &Path) -> Result<Option<Vec<u8>>, FileError> {
    match fs::read(hook) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && hook.symlink_metadata().is_err() => Ok(None),
        Err(error) => Err(FileError::new("read", hook, error)),
    }
}

fn is_ours(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'\n').any(|line| line.starts_with(MARK.as_bytes()))
}

fn mentions(text: &[u8], word: &str) -> bool {
    text.windows(word.len()).any(|part| part == word.as_bytes())
}

fn same_but_program(a: &str, b: &str) -> bool {
    let rest = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.starts_with(PROGRAM_LINE)).map(str::to_owned).collect()
    };
    rest(a) == rest(b)
}

/// The hook. In a folder that is part of the work tree others will run it too: there the program is wherever their
/// PATH says.
fn script(program: &Path, shared: bool) -> String {
    let program = if shared { PathBuf::from("specweave-lsp") } else { program.to_path_buf() };
    let program = quoted(&slashed(&program));
    format!(
        r#"#!/bin/sh
{MARK}; `specweave-lsp hook uninstall` puts back what was here before.
# Refuses a commit in which the two statuses of a SpecWeave increment disagree.

before="${{0%/*}}/{KEPT}"
if [ -x "$before" ]; then
  "$before" "$@" || exit $?
fi

{PROGRAM_LINE}{program}
command -v "$program" >/dev/null 2>&1 || program=specweave-lsp
if ! command -v "$program" >/dev/null 2>&1; then
  echo "specweave-lsp was not found, so this hook cannot check the statuses of the increments." >&2
  echo "Install it, delete this hook ($0), or commit once without it: git commit --no-verify" >&2
  exit 1
fi
exec "$program" hook run
"#
    )
}

/// A word for the shell, as it is.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn write(folder: &Path, hook: &Path, text: &str) -> Result<(), FileError> {
    let failed = FileError::when("write", hook);
    let mut file = atomic::draft(".specweave-lsp-", "", folder).map_err(&failed)?;
    file.write_all(text.as_bytes()).map_err(&failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o755)).map_err(&failed)?;
    }
    atomic::persist(file, hook).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_the_shell() {
        assert_eq!(quoted("/usr/bin/specweave-lsp"), "/usr/bin/specweave-lsp");
        assert_eq!(quoted("it's here"), r"'it'\''s here'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn ours_is_known_whatever_version_wrote_it() {
        assert!(is_ours(script(Path::new("/a/specweave-lsp"), false).as_bytes()));
        assert!(!is_ours(b"#!/bin/sh\nspecweave-lsp hook run\n"));
        assert!(same_but_program(&script(Path::new("/a"), false), &script(Path::new("/b c"), true)));
    }
}

//! The one spelling under which this program knows a file, whatever way led to it.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

/// Without links and `..`, names as the disk has them, and on Windows without `\\?\`, which other programs do not
/// understand and people do not type. The one place that asks the system.
#[allow(clippy::disallowed_methods, reason = "everybody else is sent here")]
pub fn canonicalize(path: &Path) -> io::Result<PathBuf> {
    let path = path.canonicalize()?;
    Ok(if cfg!(windows) { simplified(path) } else { path })
}

/// The same for what may not be there: as much of it as is.
pub fn canonicalize_existing(path: &Path) -> PathBuf {
    let there = path.ancestors().find_map(|above| Some((above, canonicalize(above).ok()?)));
    match there {
        Some((above, real)) => match path.strip_prefix(above) {
            Ok(rest) if !rest.as_os_str().is_empty() => real.join(rest),
            _ => real,
        },
        None => path.to_path_buf(),
    }
}

#[cfg(windows)]
fn simplified(path: PathBuf) -> PathBuf {
    path.to_str().and_then(without_verbatim_prefix).map_or(path, PathBuf::from)
}

#[cfg(not(windows))]
fn simplified(path: PathBuf) -> PathBuf {
    path
}

/// `C:\a` for `\\?\C:\a` and `\\server\share` for `\\?\UNC\server\share`; `None` for what means the same only with the
/// prefix, and for what has none. Length does not matter: the standard library puts the prefix before long paths itself.
pub fn without_verbatim_prefix(path: &str) -> Option<String> {
    let rest = path.strip_prefix(r"\\?\")?;
    let (plain, names) = match rest.strip_prefix(r"UNC\") {
        Some(share) => (format!(r"\\{share}"), share),
        None => {
            let (drive, names) = rest.split_at_checked(2)?;
            let letter = drive.strip_suffix(':')?.chars().next().filter(char::is_ascii_alphabetic)?;
            names.strip_prefix('\\')?;
            (format!("{}:{names}", letter.to_ascii_uppercase()), &names[1..])
        }
    };
    names.split('\\').all(means_itself).then_some(plain)
}

/// Whether Windows takes a name for what it says: no device, nothing at its end that would be cut off.
fn means_itself(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |kind: &str| stem.strip_prefix(kind).is_some_and(|rest| rest.chars().count() == 1);
    let device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || (numbered("COM") || numbered("LPT")) && stem.ends_with(|c: char| c.is_ascii_digit() || "¹²³".contains(c));
    !device && !name.ends_with(['.', ' ']) && !name.contains('/')
}

/// With `/` between its parts: for git, for reports that other systems read, for commands that any shell takes.
pub fn slashed(path: &Path) -> Cow<'_, str> {
    let text = text(path.as_os_str());
    if cfg!(windows) { slashed_text(text) } else { text }
}

/// As `to_string_lossy`, which looks at each character also where all of it is Unicode, as nearly every name is.
pub fn text(name: &OsStr) -> Cow<'_, str> {
    name.to_str().map_or_else(|| name.to_string_lossy(), Cow::Borrowed)
}

fn slashed_text(path: Cow<'_, str>) -> Cow<'_, str> {
    if path.contains('\\') { Cow::Owned(path.replace('\\', "/")) } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verbatim_prefix_goes_where_nothing_changes_with_it() {
        for (path, plain) in [
            (r"\\?\C:\p\spec.md", Some(r"C:\p\spec.md")),
            (r"\\?\c:\p", Some(r"C:\p")),
            (r"\\?\C:\", Some(r"C:\")),
            (r"\\?\UNC\server\share\p", Some(r"\\server\share\p")),
            (r"\\?\UNC\wsl.localhost\Ubuntu\home\u", Some(r"\\wsl.localhost\Ubuntu\home\u")),
            (r"\\?\C:\ünï\日本", Some(r"C:\ünï\日本")),
            (r"\\?\C:\common\com10\auxiliary\.con", Some(r"C:\common\com10\auxiliary\.con")),
            (r"\\?\C:\p\aux", None),
            (r"\\?\C:\p\nul.txt\x", None),
            (r"\\?\C:\p\com1", None),
            (r"\\?\C:\p\LPT².log", None),
            (r"\\?\C:\p\dot.\x", None),
            (r"\\?\C:\p\space \x", None),
            (r"\\?\C:\p/q", None),
            (r"\\?\C:", None),
            (r"\\?\Volume{1b3b1146}\p", None),
            (r"\\?\日本\p", None),
            (r"C:\p", None),
            (r"\\server\share\p", None),
            ("/home/u", None),
        ] {
            assert_eq!(without_verbatim_prefix(path).as_deref(), plain, "{path}");
        }
        let long = format!(r"\\?\C:\{}", r"folder\".repeat(60) + "spec.md");
        assert_eq!(without_verbatim_prefix(&long).as_deref(), Some(&long[4..]));
    }

    #[test]
    fn slashes() {
        assert_eq!(slashed_text(r"a\b\c".into()), "a/b/c");
        assert_eq!(slashed_text("a/b".into()), "a/b");
        assert_eq!(slashed(Path::new("a").join("b").as_path()), "a/b");
    }

    #[test]
    fn one_spelling_for_each_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("Sub")).unwrap();
        let real = canonicalize(&folder.path().join("Sub")).unwrap();
        assert!(!real.to_string_lossy().starts_with(r"\\?\"), "{real:?}");
        assert_eq!(canonicalize(&folder.path().join("Sub").join("..").join("Sub")).unwrap(), real);
        assert_eq!(canonicalize_existing(&folder.path().join("Sub/../Sub/new/file")), real.join("new").join("file"));
        // Where it is the same folder, it has the same name.
        if let Ok(other) = canonicalize(&folder.path().join("sUB")) {
            assert_eq!(other, real);
        }
    }
}

//! The globs of the setting `exclude`, with the meaning they have in a .gitignore.

use std::path::Path;
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

#[derive(Clone, Debug, Default)]
pub struct Excludes {
    /// Those that can be read.
    globs: Arc<[String]>,
    matcher: Option<Arc<Gitignore>>,
}

impl Excludes {
    /// The globs that can be read, and a sentence part for each that cannot.
    pub fn new(globs: &[String]) -> (Excludes, Vec<String>) {
        Excludes::on(globs, cfg!(windows), cfg!(any(windows, target_os = "macos")))
    }

    fn on(globs: &[String], backslashes: bool, any_case: bool) -> (Excludes, Vec<String>) {
        let mut builder = GitignoreBuilder::new("");
        let mut bad = Vec::new();
        // As git does where the file system ignores case.
        if let Err(error) = builder.case_insensitive(any_case) {
            bad.push(error.to_string());
        }
        let mut good = Vec::new();
        for glob in globs {
            let written = if backslashes { slashed(glob) } else { glob.clone() };
            match builder.add_line(None, &written) {
                Ok(_) => good.push(glob.clone()),
                Err(error) => bad.push(error.to_string()),
            }
        }
        let matcher = builder.build().map_err(|error| bad.push(error.to_string())).ok();
        let matcher = matcher.filter(|matcher| !matcher.is_empty()).map(Arc::new);
        (Excludes { globs: good.into(), matcher }, bad)
    }

    pub fn globs(&self) -> &[String] {
        &self.globs
    }

    /// Whether the folder at `path` is excluded; the globs are relative to `project`.
    pub fn covers(&self, path: &Path, project: &Path) -> bool {
        let below = |path| Path::strip_prefix(path, project).unwrap_or(path);
        self.matcher.as_ref().is_some_and(|matcher| matcher.matched_path_or_any_parents(below(path), true).is_ignore())
    }
}

/// A backslash separates folders on Windows, unless it takes its meaning from a character that has one.
fn slashed(glob: &str) -> String {
    let mut slashed = String::with_capacity(glob.len());
    let mut rest = glob.chars().peekable();
    while let Some(c) = rest.next() {
        let escapes = rest.peek().is_none_or(|next| "[]!#\\ ".contains(*next));
        match c {
            '\\' if !escapes => slashed.push('/'),
            '\\' => slashed.extend([c].into_iter().chain(rest.next())),
            _ => slashed.push(c),
        }
    }
    slashed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_mean_what_they_mean_to_git() {
        let (excludes, bad) = Excludes::new(&["**/fixtures/**".into(), "0001-*".into()]);
        assert_eq!(bad, Vec::<String>::new());
        let covers = |path: &str| excludes.covers(Path::new(path), Path::new("/p"));
        assert!(covers("test/fixtures/app"));
        assert!(covers("/p/.specweave/increments/0001-x"));
        assert!(!covers("/p/.specweave/increments/0002-x"));
        assert_eq!(Excludes::new(&["[z-a]".into()]).1.len(), 1);
    }

    #[test]
    fn globs_of_windows() {
        for (glob, slashes) in [
            (r"test\fixtures\**", "test/fixtures/**"),
            (r"**\*.tmp", "**/*.tmp"),
            ("a/b", "a/b"),
            (r"\#a", r"\#a"),
            (r"\!a\b", r"\!a/b"),
            (r"\[a\]", r"\[a\]"),
            (r"a\\b", r"a\\b"),
            (r"a\", r"a\"),
        ] {
            assert_eq!(slashed(glob), slashes, "{glob}");
        }
        let (excludes, bad) = Excludes::on(&[r"Test\Fixtures\**".into()], true, true);
        assert!(bad.is_empty() && excludes.covers(Path::new("test/fixtures/app"), Path::new("/p")));
        let (excludes, _) = Excludes::on(&["Test/**".into()], false, false);
        assert!(!excludes.covers(Path::new("test/fixtures/app"), Path::new("/p")), "two folders elsewhere");
    }
}

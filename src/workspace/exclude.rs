//! The globs of the setting `exclude`, with the meaning they have in a .gitignore.

use std::iter::Peekable;
use std::path::Path;
use std::str::Chars;
use std::sync::Arc;

use gix_glob::Pattern;
use gix_glob::pattern::Case;
use gix_glob::wildmatch::Mode;

use crate::workspace::fs::paths;

#[derive(Clone, Debug)]
pub struct Excludes {
    /// Those that can be read.
    globs: Arc<[String]>,
    /// In the order of the globs, of which the last one that matches counts.
    patterns: Arc<[Pattern]>,
    case: Case,
}

impl Default for Excludes {
    fn default() -> Excludes {
        Excludes::new(&[]).0
    }
}

impl Excludes {
    /// The globs that can be read, and a sentence part for each that cannot.
    pub fn new(globs: &[String]) -> (Excludes, Vec<String>) {
        Excludes::on(globs, cfg!(windows), cfg!(any(windows, target_os = "macos")))
    }

    fn on(globs: &[String], backslashes: bool, any_case: bool) -> (Excludes, Vec<String>) {
        let (mut good, mut bad, mut patterns) = (Vec::new(), Vec::new(), Vec::new());
        for glob in globs {
            // git takes one for a glob that matches nothing.
            if let Some(mistake) = mistake(glob) {
                bad.push(mistake);
                continue;
            }
            let written = if backslashes { slashed(glob) } else { glob.clone() };
            patterns.extend(gix_ignore::parse(written.as_bytes(), false).map(|(pattern, ..)| pattern));
            good.push(glob.clone());
        }
        // As git does where the file system ignores case.
        let case = if any_case { Case::Fold } else { Case::Sensitive };
        (Excludes { globs: good.into(), patterns: patterns.into(), case }, bad)
    }

    pub fn globs(&self) -> &[String] {
        &self.globs
    }

    /// Whether the folder at `path` is excluded; the globs are relative to `project`.
    pub fn covers(&self, path: &Path, project: &Path) -> bool {
        if self.patterns.is_empty() {
            return false;
        }
        let below = paths::slashed(path.strip_prefix(project).unwrap_or(path));
        let mut folder = below.trim_start_matches('/');
        while !folder.is_empty() {
            let parent = folder.rfind('/');
            let name = parent.map(|slash| slash + 1);
            let matches = |pattern: &&Pattern| {
                pattern.matches_repo_relative_path(
                    folder.into(),
                    name,
                    Some(true),
                    self.case,
                    Mode::NO_MATCH_SLASH_LITERAL,
                )
            };
            if let Some(pattern) = self.patterns.iter().rev().find(matches) {
                return !pattern.is_negative();
            }
            folder = &folder[..parent.unwrap_or(0)];
        }
        false
    }
}

/// What is wrong with a class of characters in the glob.
fn mistake(glob: &str) -> Option<String> {
    let mut chars = glob.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\\' {
            chars.next();
        }
        if c == '['
            && let Err(wrong) = pass_class(&mut chars)
        {
            return Some(format!("`{glob}` has {wrong}"));
        }
    }
    None
}

/// Goes behind the `]` of the class whose `[` was read.
fn pass_class(chars: &mut Peekable<Chars<'_>>) -> Result<(), &'static str> {
    chars.next_if(|c| matches!(c, '!' | '^'));
    let (mut previous, mut first) = (None, true);
    loop {
        match (chars.next(), previous) {
            (None, _) => return Err("a `[` without a `]`"),
            (Some(']'), _) if !first => return Ok(()),
            (Some('-'), Some(from)) if chars.peek().is_some_and(|c| *c != ']') => {
                let to = chars.next().filter(|c| *c != '\\').or_else(|| chars.next());
                if to.is_some_and(|to| to < from) {
                    return Err("a range that ends before it begins");
                }
                previous = None;
            }
            (Some('\\'), _) => previous = chars.next(),
            // A class of POSIX.
            (Some('['), _) if chars.next_if_eq(&':').is_some() => {
                previous = None;
                chars.by_ref().find(|c| *c == ']');
            }
            (c, _) => previous = c,
        }
        first = false;
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
        let covers = |globs: &[&str], path| {
            let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
            Excludes::new(&globs).0.covers(Path::new(path), Path::new("/p"))
        };
        assert!(covers(&["a/*/c"], "a/b/c/d") && !covers(&["a/*/c"], "a/b/b/c"));
        assert!(covers(&["/a"], "a/b") && !covers(&["/a"], "b/a"));
        assert!(covers(&["a/"], "b/a") && covers(&["a*"], "b/ab"));
        assert!(!covers(&["a*", "!ab"], "b/ab") && covers(&["!ab", "a*"], "b/ab"), "the last one counts");
        assert!(!covers(&["# a", "", " "], "# a"));
        assert!(covers(&["000[1-3]-*"], "0002-b") && !covers(&["000[!1-3]-*"], "0002-b"));
        #[cfg(unix)]
        assert!(covers(&[r"\[a\]"], "[a]"));
    }

    #[test]
    fn a_class_of_characters_is_whole() {
        for good in
            ["[a-z]", "[]a]", "[!]]", "[a-]", "[-a]", r"[\]]", "[[:alpha:]x]", r"\[", "]", "a", r"[a-\z]", "[^a]"]
        {
            assert_eq!(mistake(good), None, "{good}");
        }
        for bad in ["[", "a[b", "[]", "[!]", r"[\]", "x[a]["] {
            assert_eq!(mistake(bad), Some(format!("`{bad}` has a `[` without a `]`")));
        }
        for bad in ["[z-a]", "[0-9z-a]", r"[z-\a]"] {
            assert_eq!(mistake(bad), Some(format!("`{bad}` has a range that ends before it begins")));
        }
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

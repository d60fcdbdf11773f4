//! Whether a shell command commits to git, and where. It is read as text: nothing in it is ever run.

use std::collections::VecDeque;
use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::str::Chars;

use crate::workspace::discover;

#[derive(Debug, Default, PartialEq)]
pub struct CommitCommand {
    /// From where the command starts, by `cd` and `git -C`.
    pub folder: PathBuf,
    /// Something before the commit, or the commit itself, may change what will be in it.
    pub stages: bool,
    /// Whatever has changed will be in it,
    pub adds_all: bool,
    /// or what has changed below these, as `folder`.
    pub adds: Vec<PathBuf>,
}

/// The first `git commit` of a command that hooks are to look at; with `--no-verify` none is.
pub fn commit(command: &str) -> Option<CommitCommand> {
    let mut commit = CommitCommand::default();
    for words in commands(command) {
        let words = without_wrappers(&words);
        let given = given_to_a_shell(words).and_then(self::commit);
        let mut words = words.iter().map(String::as_str);
        match words.next() {
            _ if given.is_some() => {
                let given = given?;
                commit.stages |= given.stages;
                commit.adds_all |= given.adds_all;
                commit.adds.extend(given.adds.iter().map(|path| commit.folder.join(path)));
                commit.folder.push(given.folder);
                return Some(commit);
            }
            Some("cd" | "pushd" | "Set-Location") => commit.folder.extend(words.next()),
            Some("echo" | "ls" | "pwd" | "cat") | None => {}
            Some(program) if is_git(program) => match git(words, &mut commit) {
                GitCommand::Commits => return Some(commit),
                GitCommand::Looks => {}
                GitCommand::Else => commit.stages = true,
            },
            Some(_) => commit.stages = true,
        }
    }
    None
}

/// From the program on that a command runs in the end.
fn without_wrappers(words: &[String]) -> &[String] {
    let mut of_a_wrapper = false;
    let before = |word: &&String| match word.as_str() {
        "if" | "then" | "else" | "elif" | "while" | "until" | "do" | "!" => true,
        "env" | "command" | "exec" | "time" | "timeout" | "nice" | "nohup" | "sudo" => {
            of_a_wrapper = true;
            true
        }
        word if is_assignment(word) => true,
        // Options, and how long or how nice.
        word => of_a_wrapper && word.starts_with(|first: char| first == '-' || first.is_ascii_digit()),
    };
    &words[words.iter().take_while(before).count()..]
}

/// What a shell is to run: `bash -lc 'git commit'`.
fn given_to_a_shell(words: &[String]) -> Option<&str> {
    let (program, options) = words.split_first()?;
    let name = program.rsplit(['/', '\\']).next()?.trim_end_matches(".exe");
    let is_command = |word: &String| match name {
        "sh" | "bash" | "zsh" | "dash" | "ksh" | "fish" => word.ends_with('c'),
        "pwsh" | "powershell" => word.eq_ignore_ascii_case("-c") || word.eq_ignore_ascii_case("-command"),
        "cmd" => word.eq_ignore_ascii_case("/c"),
        _ => false,
    };
    // Behind the name of a script all is the script's; PowerShell's options have values.
    let is_option = |word: &&String| word.starts_with(['-', '/']) || matches!(name, "pwsh" | "powershell");
    let at = options.iter().take_while(is_option).position(is_command)?;
    options.get(at + 1).map(String::as_str)
}

/// The files in increments that a command names, from the root of the file system: it may change them.
pub fn increment_files(command: &str, base: &Path) -> Vec<PathBuf> {
    let mut folders = vec![base.to_path_buf()];
    for words in commands(command) {
        if let [program, folder, ..] = words.as_slice()
            && matches!(program.as_str(), "cd" | "pushd" | "Set-Location")
            && let Some(last) = folders.last()
        {
            folders.push(last.join(folder));
        }
    }
    let ends = |letter: char| letter.is_whitespace() || "\"'`=<>|&;()[]{},:".contains(letter);
    // The letter of a Windows drive has a colon behind it.
    let starts = |letter: char| letter != ':' && ends(letter);
    let mut files = Vec::new();
    for (at, found) in command.match_indices(".specweave") {
        let start =
            command[..at].rfind(starts).map_or(0, |at| at + command[at..].chars().next().map_or(1, char::len_utf8));
        let end = command[at..].find(ends).map_or(command.len(), |length| at + length);
        if end > at + found.len() {
            files.extend(folders.iter().map(|folder| folder.join(&command[start..end])));
        }
    }
    // What is run inside of an increment need not name it.
    files.extend(folders);
    let mut files: Vec<PathBuf> = files.iter().filter_map(|file| crate::git::staged::normal(file)).collect();
    files.retain(|file| discover::increment_of(file).is_some_and(|(_, folder)| folder.is_dir()));
    files.sort();
    files.dedup();
    files
}

enum GitCommand {
    Commits,
    Looks,
    Else,
}

fn git<'w>(mut words: impl Iterator<Item = &'w str>, commit: &mut CommitCommand) -> GitCommand {
    let mut folder = commit.folder.clone();
    let command = loop {
        match words.next() {
            Some("-C") => folder.extend(words.next()),
            Some("-c" | "--git-dir" | "--work-tree" | "--namespace") => drop(words.next()),
            Some(option) if option.starts_with('-') => {}
            Some(command) => break command,
            None => return GitCommand::Looks,
        }
    };
    match command {
        "commit" => {}
        "add" | "stage" => {
            add(words, &folder, commit);
            return GitCommand::Else;
        }
        "status" | "diff" | "log" | "show" | "rev-parse" | "branch" | "fetch" => return GitCommand::Looks,
        _ => return GitCommand::Else,
    }
    let options: Vec<&str> = words.collect();
    if options
        .iter()
        .any(|word| matches!(*word, "--no-verify" | "--dry-run" | "--help" | "-h") || has_letter(word, 'n'))
    {
        return GitCommand::Looks;
    }
    match takes(&options) {
        Takes::Index => {}
        Takes::Files => commit.stages = true,
        Takes::All => (commit.stages, commit.adds_all) = (true, true),
    }
    commit.folder = folder;
    GitCommand::Commits
}

fn add<'w>(words: impl Iterator<Item = &'w str>, folder: &Path, commit: &mut CommitCommand) {
    let (options, paths): (Vec<&str>, Vec<&str>) = words.partition(|word| word.starts_with('-'));
    let picks = |word: &&str| matches!(*word, "--patch" | "--interactive" | "--dry-run" | "--intent-to-add");
    if options.iter().any(|word| picks(word) || ['p', 'i', 'n', 'N'].iter().any(|letter| has_letter(word, *letter))) {
        return;
    }
    commit.adds_all |= paths.is_empty();
    commit.adds.extend(paths.iter().map(|path| folder.join(path)));
}

/// What goes into a commit besides the index: nothing, files by name or by hunks, or (`-a`) all that has changed.
enum Takes {
    Index,
    Files,
    All,
}

fn takes(options: &[&str]) -> Takes {
    let mut words = options.iter();
    while let Some(word) = words.next() {
        match *word {
            "-m" | "--message" | "-F" | "--file" | "-C" | "-c" | "-t" | "--author" | "--date" | "--trailer" => {
                words.next();
            }
            "--" => return if words.next().is_some() { Takes::Files } else { Takes::Index },
            "--all" => return Takes::All,
            word if has_letter(word, 'a') => return Takes::All,
            "--include" | "--only" | "--patch" | "--interactive" => return Takes::Files,
            word if ['i', 'o', 'p'].iter().any(|letter| has_letter(word, *letter)) => return Takes::Files,
            // `-sm x`: the message is the next word.
            word if word.len() > 2 && word.ends_with('m') && !word.starts_with("--") && word.starts_with('-') => {
                words.next();
            }
            word if !word.starts_with('-') => return Takes::Files,
            _ => {}
        }
    }
    Takes::Index
}

/// Whether a cluster of short options (`-nm`) has this one; behind `m` and its kind comes a value.
fn has_letter(word: &str, wanted: char) -> bool {
    let Some(letters) = word.strip_prefix('-').filter(|rest| !rest.starts_with('-')) else { return false };
    letters.chars().take_while(|letter| !"mFCctuS".contains(*letter)).any(|letter| letter == wanted)
}

fn is_git(program: &str) -> bool {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    name == "git" || name.eq_ignore_ascii_case("git.exe")
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    })
}

/// The simple commands of a line, as words. Quotes hold words together; what is inside `$(…)` is taken for more commands.
/// Comments and here-documents are no commands.
fn commands(text: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut here_documents: VecDeque<String> = VecDeque::new();
    let mut letters = text.chars().peekable();
    let end = |word: &mut Option<String>, commands: &mut Vec<Vec<String>>| {
        if let (Some(word), Some(command)) = (word.take(), commands.last_mut()) {
            command.push(word);
        }
    };
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some('\''), _) => word.get_or_insert_default().push(letter),
            // A backslash before anything else is part of a path of Windows.
            (_, '\\') if letters.peek().is_some_and(|next| " \"'\\$`\n".contains(*next)) => {
                word.get_or_insert_default().extend(letters.next().filter(|next| *next != '\n'));
            }
            (Some(_), _) => word.get_or_insert_default().push(letter),
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => while letters.next_if(|next| *next != '\n').is_some() {},
            (None, '<') if letters.peek() == Some(&'<') => {
                end(&mut word, &mut commands);
                here_documents.extend(here_document(&mut letters));
            }
            (None, ';' | '&' | '|' | '\n' | '(' | ')' | '{' | '}') => {
                end(&mut word, &mut commands);
                commands.push(Vec::new());
                while letter == '\n'
                    && let Some(delimiter) = here_documents.pop_front()
                {
                    while letters.peek().is_some() {
                        let line: String = letters.by_ref().take_while(|next| *next != '\n').collect();
                        if line.trim() == delimiter {
                            break;
                        }
                    }
                }
            }
            (None, letter) if letter.is_whitespace() => end(&mut word, &mut commands),
            (None, letter) => word.get_or_insert_default().push(letter),
        }
    }
    end(&mut word, &mut commands);
    commands
}

/// The line that ends a here-document, behind the first `<`. `<<<` is none.
fn here_document(letters: &mut Peekable<Chars<'_>>) -> Option<String> {
    letters.next();
    if letters.next_if_eq(&'<').is_some() {
        return None;
    }
    letters.next_if_eq(&'-');
    while letters.next_if(|next| *next == ' ').is_some() {}
    let mut delimiter = String::new();
    while let Some(letter) = letters.next_if(|next| !next.is_whitespace() && !";&|<>()".contains(*next)) {
        if !"'\"\\".contains(letter) {
            delimiter.push(letter);
        }
    }
    Some(delimiter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(command: &str) -> Option<(String, bool)> {
        commit(command).map(|commit| (commit.folder.display().to_string().replace('\\', "/"), commit.stages))
    }

    #[test]
    fn commits_are_found_where_they_happen() {
        let here = |stages| Some((String::new(), stages));
        for plain in [
            "git commit -m x",
            "git commit",
            "git commit --amend --no-edit",
            "GIT_EDITOR=true /usr/bin/git -c user.name=a commit -sm 'two words'",
            "git status && git diff --cached | cat; git commit -m \"$(cat <<'EOF'\na; git add b\nEOF\n)\"",
            r"C:\git\bin\git.exe commit -m x",
            "git commit -m -a",
            "if git diff --quiet; then git commit -m x; fi",
            "env A=1 timeout 5 nice -n 5 git commit -m x",
            "bash -lc 'git commit -m x'",
            "powershell.exe -NoProfile -Command \"git commit -m x\"",
        ] {
            assert_eq!(found(plain), here(false), "{plain}");
        }
        for more in [
            "git add -A && git commit -m x",
            "git commit -am x",
            "git commit --all",
            "git commit spec.md -m x",
            "git commit -m x -- spec.md",
            "npm test && git commit -m x",
            "sh -c 'make; git commit -m x'",
            "cat > a <<EOF\nx\nEOF\nmake && git commit -m x",
        ] {
            assert_eq!(found(more), here(true), "{more}");
        }
        assert_eq!(found("cd app && git -C ../other commit -m x"), Some(("app/../other".to_owned(), false)));
        assert_eq!(found("cd app && bash -c 'cd sub && git commit'"), Some(("app/sub".to_owned(), false)));
        assert_eq!(found("cd 'my app'; cd sub\ngit commit"), Some(("my app/sub".to_owned(), false)));
    }

    #[test]
    fn a_command_names_the_files_it_may_change() {
        let project = tempfile::tempdir().unwrap();
        let root = &crate::workspace::fs::paths::canonicalize(project.path()).unwrap();
        let folder = root.join(".specweave/increments/0001-a");
        std::fs::create_dir_all(&folder).unwrap();
        let (spec, metadata) = (folder.join("spec.md"), folder.join("metadata.json"));
        for (command, named) in [
            ("npm test", vec![]),
            ("ls .specweave .specweave/increments .specweave/increments/0009-none", vec![]),
            ("sed -i s/a/b/ .specweave/increments/0001-a/spec.md", vec![&spec]),
            ("echo x>.specweave/increments/0001-a/metadata.json;ls", vec![&metadata]),
            ("python3 -c \"open('.specweave/increments/0001-a/spec.md', 'w')\"", vec![&spec]),
            ("jq . <<EOF\n./.specweave/increments/0001-a/spec.md\nEOF", vec![&spec]),
            ("cd .specweave/increments/0001-a && sed -i s/a/b/ spec.md", vec![&folder]),
            ("mv --target=.specweave/increments/0001-a/spec.md é", vec![&spec]),
            ("cp .specweave/increments/0001-a/{spec.md,x}", vec![&folder]),
        ] {
            let named: Vec<PathBuf> = named.into_iter().cloned().collect();
            assert_eq!(increment_files(command, root), named, "{command}");
        }
        assert_eq!(increment_files("touch spec.md", &folder), std::slice::from_ref(&folder));
        let whole = format!("touch {}", spec.display());
        assert_eq!(increment_files(&whole, Path::new("/")), std::slice::from_ref(&spec));
    }

    #[test]
    fn what_is_added_is_known() {
        let added = |command: &str| {
            let commit = commit(command).unwrap();
            let paths: Vec<String> =
                commit.adds.iter().map(|path| path.display().to_string().replace('\\', "/")).collect();
            (commit.adds_all, paths.join(" "))
        };
        let all = (true, String::new());
        for command in
            ["git add -A && git commit -m x", "git add -u; git commit", "git commit -am x", "git commit --all"]
        {
            assert_eq!(added(command), all, "{command}");
        }
        assert_eq!(added("git add a 'b c' && git -C d add e && git commit").1, "a b c d/e");
        assert_eq!(added("git add . && git commit"), (false, ".".to_owned()));
        assert_eq!(added("git add -p . && git commit -m -a"), (false, String::new()));
    }

    #[test]
    fn what_is_no_commit_is_passed_over() {
        for other in [
            "",
            "git",
            "git log --grep commit",
            "echo git commit",
            "grep -r 'git commit' .",
            "git commit --no-verify -m x",
            "git commit -nm x",
            "git commit --dry-run",
            "git commit-tree HEAD",
            "git -C commit status",
            "gitk commit",
            "git stash; git show commit",
            "cat > hook.sh <<'EOF'\ngit commit -m x\nEOF",
            "cat <<-A <<\"B\"\ngit commit\n\tA\ngit commit\nB\n",
            "make # and then; git commit",
            "bash script.sh -c 'no; git commit'; bash",
            "sh -c",
        ] {
            assert_eq!(found(other), None, "{other}");
        }
    }
}

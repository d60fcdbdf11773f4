//! git's objects, through one `git cat-file` for all of them.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use crate::git::error::GitError;
use crate::git::repository::Repository;
use crate::model::increment::Source;
use crate::workspace::fs::reader;

#[derive(Debug)]
pub struct Objects {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// An object, or what stands in its place.
#[derive(Debug)]
pub enum Object {
    Missing,
    Found { id: String, content: Source },
}

impl Objects {
    pub fn open(repository: &Repository) -> Result<Objects, GitError> {
        let mut process = repository
            .command(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(GitError::not_started)?;
        let input = process.stdin.take();
        let output = BufReader::new(
            process.stdout.take().ok_or_else(|| GitError::NotStarted(std::io::ErrorKind::BrokenPipe.into()))?,
        );
        Ok(Objects { process, input, output })
    }

    /// The object that `name` names (an id, or `COMMIT:PATH`); no more than `limit` bytes of it.
    pub fn read(&mut self, name: &str, limit: u64) -> Result<Object, GitError> {
        self.answer(name, limit).map_err(|source| GitError::Object { name: name.to_owned(), source })
    }

    fn answer(&mut self, name: &str, limit: u64) -> std::io::Result<Object> {
        if let Some(input) = &mut self.input {
            writeln!(input, "{name}")?;
            input.flush()?;
        }
        let mut header = String::new();
        self.output.read_line(&mut header)?;
        let mut words = header.split_ascii_whitespace();
        let (Some(id), Some(kind), Some(size)) =
            (words.next(), words.next(), words.next().and_then(|size| size.parse::<u64>().ok()))
        else {
            // `NAME missing`, or a name that cannot be one: nothing is there.
            return if header.is_empty() { Err(std::io::ErrorKind::UnexpectedEof.into()) } else { Ok(Object::Missing) };
        };
        let id = id.to_owned();
        let content = match kind {
            _ if size > limit => Source::Unreadable(reader::too_large(size, limit)),
            "blob" => Source::Text(Vec::new()),
            _ => Source::Unreadable("it is a directory".to_owned()),
        };
        // The content ends with a line break that is not part of it.
        let mut rest = Read::by_ref(&mut self.output).take(size + 1);
        let content = match content {
            Source::Text(mut bytes) => {
                rest.read_to_end(&mut bytes)?;
                bytes.pop();
                Source::Text(bytes)
            }
            unreadable => {
                std::io::copy(&mut rest, &mut std::io::sink())?;
                unreadable
            }
        };
        Ok(Object::Found { id, content })
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        // Without input git ends by itself.
        drop(self.input.take());
        let _ = self.process.wait();
    }
}

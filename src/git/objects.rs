//! git's objects, through one `git cat-file` for all of them.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, ChildStdin, ChildStdout};

use crate::git::error::GitError;
use crate::git::repository::{Conversation, Repository};
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
    /// As git stores it.
    Tree {
        id: String,
        content: Vec<u8>,
    },
    Found {
        id: String,
        content: Source,
    },
}

impl Objects {
    pub fn open(repository: &Repository) -> Result<Objects, GitError> {
        let Conversation { process, input, output } = repository.converse(["cat-file", "--batch"])?;
        Ok(Objects { process, input: Some(input), output })
    }

    /// The object that `name` names (an id, or `COMMIT:PATH`); no more than `limit` bytes of it.
    pub fn read(&mut self, name: &str, limit: u64) -> Result<Object, GitError> {
        self.answer(name, limit).map_err(|source| GitError::Object { name: name.to_owned(), source })
    }

    /// Many objects, in this order: git reads ahead of what is looked at. No more than `limit` bytes of each.
    pub fn read_each(
        &mut self,
        names: &[String],
        limit: u64,
        mut each: impl FnMut(usize, Object),
    ) -> Result<(), GitError> {
        match names {
            [] => return Ok(()),
            [name] => return self.read(name, limit).map(|object| each(0, object)),
            _ => {}
        }
        let Objects { input: Some(input), output, process } = self else { return Ok(()) };
        std::thread::scope(|scope| {
            // A git that ends early is noticed where its answers are missing.
            scope.spawn(|| input.write_all((names.join("\n") + "\n").as_bytes()));
            let answers = names.iter().enumerate().try_for_each(|(at, name)| {
                let object = receive(output, limit);
                each(at, object.map_err(|source| GitError::Object { name: name.clone(), source })?);
                Ok(())
            });
            if answers.is_err() {
                // Else it waits for somebody to read the other answers, and whoever writes waits for it.
                let _ = process.kill();
            }
            answers
        })
    }

    fn answer(&mut self, name: &str, limit: u64) -> std::io::Result<Object> {
        if let Some(input) = &mut self.input {
            // In one piece: git would begin with the first, and wait for the other.
            input.write_all(format!("{name}\n").as_bytes())?;
        }
        receive(&mut self.output, limit)
    }
}

fn receive(output: &mut BufReader<ChildStdout>, limit: u64) -> std::io::Result<Object> {
    let mut header = String::new();
    output.read_line(&mut header)?;
    let mut words = header.split_ascii_whitespace();
    let (Some(id), Some(kind), Some(size)) =
        (words.next(), words.next(), words.next().and_then(|size| size.parse::<u64>().ok()))
    else {
        // `NAME missing`, or a name that cannot be one: nothing is there.
        return if header.is_empty() { Err(std::io::ErrorKind::UnexpectedEof.into()) } else { Ok(Object::Missing) };
    };
    let (id, is_tree) = (id.to_owned(), kind == "tree");
    let content = match kind {
        _ if size > limit => Source::Unreadable(reader::too_large(size, limit)),
        "blob" | "tree" => Source::Text(Vec::new()),
        _ => Source::Unreadable("it is a directory".to_owned()),
    };
    // The content ends with a line break that is not part of it.
    let mut rest = Read::by_ref(output).take(size + 1);
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
    Ok(match content {
        Source::Text(content) if is_tree => Object::Tree { id, content },
        content => Object::Found { id, content },
    })
}

impl Drop for Objects {
    fn drop(&mut self) {
        // Without input git ends by itself.
        drop(self.input.take());
        let _ = self.process.wait();
    }
}

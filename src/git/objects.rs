//! git's objects, through one `git cat-file` for all of them.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write as _};
use std::process::{Child, ChildStdin, ChildStdout};

use crate::git::error::GitError;
use crate::git::repository::{Conversation, Repository};
use crate::model::increment::Source;
use crate::workspace::fs::reader;

#[derive(Debug)]
pub struct Objects {
    process: Child,
    input: Option<ChildStdin>,
    /// None after an error: what else git would say is not what was asked.
    output: Option<BufReader<ChildStdout>>,
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
        Ok(Objects { process, input: Some(input), output: Some(output) })
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
        let (input, output) = (&mut self.input, &mut self.output);
        std::thread::scope(|scope| {
            // A git that ends early is noticed where its answers are missing.
            scope.spawn(|| input.as_mut().map(|input| input.write_all((names.join("\n") + "\n").as_bytes())));
            for (at, name) in names.iter().enumerate() {
                let object = receive(output, limit);
                each(at, object.map_err(|source| GitError::Object { name: name.clone(), source })?);
            }
            Ok(())
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

fn receive(output: &mut Option<BufReader<ChildStdout>>, limit: u64) -> std::io::Result<Object> {
    let answer = output.as_mut().map_or_else(|| Err(ErrorKind::BrokenPipe.into()), |output| parse(output, limit));
    if answer.is_err() {
        // A git that cannot say more ends, and so does who still asks it.
        *output = None;
    }
    answer
}

fn parse(output: &mut impl BufRead, limit: u64) -> std::io::Result<Object> {
    let mut header = String::new();
    output.read_line(&mut header)?;
    let mut words = header.split_ascii_whitespace();
    let (Some(id), Some(kind), Some(size)) =
        (words.next(), words.next(), words.next().and_then(|size| size.parse::<u64>().ok()))
    else {
        // `NAME missing`, or a name that cannot be one: nothing is there.
        return if header.is_empty() { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(Object::Missing) };
    };
    let (id, is_tree) = (id.to_owned(), kind == "tree");
    let content = match kind {
        _ if size > limit => Source::Unreadable(reader::too_large(size, limit)),
        "blob" | "tree" => Source::Text(Vec::new()),
        _ => Source::Unreadable("it is a directory".to_owned()),
    };
    // The content ends with a line break that is not part of it.
    let whole = size.saturating_add(1);
    let mut rest = Read::by_ref(output).take(whole);
    let (content, length) = match content {
        Source::Text(mut bytes) => {
            let length = rest.read_to_end(&mut bytes)? as u64;
            bytes.pop();
            (Source::Text(bytes), length)
        }
        unreadable => (unreadable, std::io::copy(&mut rest, &mut std::io::sink())?),
    };
    if length < whole {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(match content {
        Source::Text(content) if is_tree => Object::Tree { id, content },
        content => Object::Found { id, content },
    })
}

impl Drop for Objects {
    fn drop(&mut self) {
        // Without anybody who asks or listens git ends by itself.
        drop((self.input.take(), self.output.take()));
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        let said = |answer: &[u8]| match parse(&mut &*answer, 9) {
            Ok(Object::Missing) => "missing".to_owned(),
            Ok(Object::Tree { id, content }) => format!("tree {id} {}", content.len()),
            Ok(Object::Found { id, content }) => format!("{id} {content:?}"),
            Err(error) => error.to_string(),
        };
        assert_eq!(said(b"a1 blob 3\nabc\n"), format!("a1 {:?}", Source::Text(b"abc".to_vec())));
        assert_eq!(said(b"a1 tree 2\n\0\0\n"), "tree a1 2");
        assert_eq!(said(b"a1 commit 2\nxx\n"), format!("a1 {:?}", Source::Unreadable("it is a directory".to_owned())));
        assert_eq!(said(b"HEAD:x missing\n"), "missing");
        let cut = std::io::Error::from(ErrorKind::UnexpectedEof).to_string();
        for answer in
            [&b""[..], b"a1 blob 3\nab", b"a1 blob 3\nabc", b"a1 blob 30\nabc", b"a1 blob 18446744073709551615\nabc"]
        {
            assert_eq!(said(answer), cut, "{answer:?}");
        }
        assert!(said(b"a1 blob 10\n0123456789\n").contains("Unreadable"));
    }
}

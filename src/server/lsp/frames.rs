//! The protocol's frames: a header with the length, then JSON. Whatever bytes arrive, reading goes on after them.

use std::io;

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};
use tower_lsp::jsonrpc::{Error, Request, Response};

use crate::server::lsp::readable;

/// No editor sends a message this large; a length beyond it is garbage, and memory is not given for garbage.
const LARGEST_MESSAGE: usize = 512 * 1024 * 1024;
/// Nearly all messages have less.
const FIRST_BYTES: usize = 4096;
/// Real headers have about 25 bytes a line.
const LONGEST_HEADER: u64 = 4096;

#[derive(Debug)]
pub enum Frame {
    /// A well-formed request, notification or response.
    Message(Vec<u8>),
    /// What came cannot be understood; the client is owed this error.
    Bad(Error),
}

/// The next message, or `None` when the client is gone.
pub async fn read(input: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Frame>> {
    let length = match read_header(input).await? {
        Header::End => return Ok(None),
        Header::Length(length) => length,
        Header::None => return Ok(Some(bad(Error::parse_error(), "a message without `Content-Length`"))),
    };
    if length > LARGEST_MESSAGE {
        let mut body = input.take(length as u64);
        tokio::io::copy_buf(&mut body, &mut tokio::io::sink()).await?;
        return Ok(Some(bad(Error::invalid_request(), &format!("a message of {length} bytes is too large"))));
    }
    // Not read_exact into a buffer of the announced size: beyond the first bytes memory is given as they come.
    let mut body = Vec::with_capacity(length.min(FIRST_BYTES));
    (&mut *input).take(length as u64).read_to_end(&mut body).await?;
    if body.len() < length {
        return Ok(None);
    }
    Ok(Some(parse(body)))
}

enum Header {
    Length(usize),
    None,
    End,
}

/// Reads up to the empty line. Lines that are no header are passed over: they are what a broken message left.
async fn read_header(input: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Header> {
    let mut length = None;
    let mut seen = false;
    loop {
        let mut line = Vec::new();
        if (&mut *input).take(LONGEST_HEADER).read_until(b'\n', &mut line).await? == 0 {
            return Ok(Header::End);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim();
        if line.is_empty() {
            match (length, seen) {
                (Some(length), _) => return Ok(Header::Length(length)),
                (None, true) => return Ok(Header::None),
                (None, false) => continue,
            }
        }
        seen = true;
        // Garbage without a line break may stand right before the header of the next message.
        let lower = line.to_ascii_lowercase();
        if let Some(at) = lower.rfind("content-length:") {
            length = lower[at + "content-length:".len()..].trim().parse().ok();
        }
    }
}

#[derive(Deserialize)]
struct Shape<'m> {
    #[serde(borrow)]
    method: Option<&'m RawValue>,
}

/// What is let through here, tower-lsp can parse: at the first message that it cannot it would end the session.
fn parse(body: Vec<u8>) -> Frame {
    // Nearly all.
    if readable::is_request(&body) {
        return Frame::Message(body);
    }
    let shape: Shape = match serde_json::from_slice(&body) {
        Ok(shape) => shape,
        Err(error) if error.is_data() => return bad(Error::invalid_request(), &error.to_string()),
        Err(error) => return bad(Error::parse_error(), &error.to_string()),
    };
    let parsed = if shape.method.is_some() {
        serde_json::from_slice::<Request>(&body).map(drop)
    } else {
        serde_json::from_slice::<Response>(&body).map(drop)
    };
    match parsed.and_then(|()| readable::check(&body)) {
        Ok(()) => Frame::Message(body),
        Err(error) => bad(Error::invalid_request(), &error.to_string()),
    }
}

fn bad(mut error: Error, why: &str) -> Frame {
    tracing::warn!("a message was not understood: {why}");
    error.message = format!("{}: {why}", error.message).into();
    Frame::Bad(error)
}

/// A message with its header.
pub fn encode(message: &impl serde::Serialize) -> Vec<u8> {
    frame(&serde_json::to_vec(message).unwrap_or_else(|error| {
        tracing::error!("a message could not be written: {error}");
        Vec::new()
    }))
}

pub fn frame(body: &[u8]) -> Vec<u8> {
    let header = format!("Content-Length: {}\r\n\r\n", body.len());
    [header.as_bytes(), body].concat()
}

/// The messages in `frames`, each with its header, which has nothing but the length.
pub fn split(mut frames: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let header = frames.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
        let length = str::from_utf8(&frames[..header]).ok()?.trim().strip_prefix("Content-Length:")?.trim();
        let (first, rest) = frames.split_at_checked(header + length.parse::<usize>().ok()?)?;
        frames = rest;
        Some(first)
    })
}

fn body(frame: &[u8]) -> &[u8] {
    let end = frame.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    end.map_or(&[], |end| &frame[end + 4..])
}

/// A request or notification, and no answer.
pub fn is_call(frame: &[u8]) -> bool {
    serde_json::from_slice::<Shape>(body(frame)).is_ok_and(|shape| shape.method.is_some())
}

/// The same message in ASCII: what is not stands in strings only, where it can be escaped.
pub fn ascii(message: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(body(message));
    let mut escaped = String::with_capacity(text.len() + text.len() / 4);
    let mut rest = &*text;
    loop {
        let (plain, from) = rest.split_at(ascii_length(rest));
        escaped.push_str(plain);
        let Some(c) = from.chars().next() else { break };
        for unit in c.encode_utf16(&mut [0; 2]) {
            escaped.push_str(&format!("\\u{unit:04x}"));
        }
        rest = &from[c.len_utf8()..];
    }
    frame(escaped.as_bytes())
}

/// Where the first character stands that is not ASCII. Block by block: few of a long answer's megabyte are not.
fn ascii_length(text: &str) -> usize {
    const BLOCK: usize = 256;
    let whole = text.as_bytes().chunks(BLOCK).take_while(|block| block.is_ascii()).count() * BLOCK;
    let rest = text.as_bytes().get(whole..).unwrap_or_default();
    rest.iter().position(|byte| !byte.is_ascii()).map_or(text.len(), |at| whole + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(mut bytes: &[u8]) -> Vec<String> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut frames = Vec::new();
            while let Some(frame) = read(&mut bytes).await.unwrap() {
                frames.push(match frame {
                    Frame::Message(body) => {
                        let message: serde_json::Value = serde_json::from_slice(&body).unwrap();
                        message["method"].as_str().unwrap_or("response").to_owned()
                    }
                    Frame::Bad(error) => error.code.code().to_string(),
                });
            }
            frames
        })
    }

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn messages_that_are_written_together_are_told_apart() {
        let both = framed("{\"a\": \"ö\"}") + &framed("{}");
        let parts: Vec<&[u8]> = split(both.as_bytes()).collect();
        assert_eq!(parts, [framed("{\"a\": \"ö\"}").as_bytes(), framed("{}").as_bytes()]);
        assert_eq!(split(b"").count(), 0);
    }

    #[test]
    fn a_message_in_ascii_says_the_same() {
        let message = serde_json::json!({"jsonrpc": "2.0", "result": {"ö": "☑ 😀 \\ \" end", "a": "é".repeat(3) + &"a".repeat(700) + "é"}});
        let written = ascii(&encode(&message));
        let text = std::str::from_utf8(&written).unwrap();
        assert!(text.is_ascii() && text.contains("\\u2611 \\ud83d\\ude00"), "{text}");
        let (header, body) = text.split_once("\r\n\r\n").unwrap();
        assert_eq!(header, format!("Content-Length: {}", body.len()));
        assert_eq!(serde_json::from_str::<serde_json::Value>(body).unwrap(), message);
    }

    #[test]
    fn calls_are_told_from_answers() {
        let frame = |body: &str| framed(body).into_bytes();
        assert!(is_call(&frame(r#"{"jsonrpc":"2.0","method":"a"}"#)));
        assert!(is_call(&frame(r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{}}"#)));
        assert!(!is_call(&frame(r#"{"jsonrpc":"2.0","id":1,"result":{"method":"a"}}"#)));
    }

    #[test]
    fn reading_goes_on_behind_garbage() {
        let good = framed(r#"{"jsonrpc":"2.0","method":"a"}"#);
        for (garbage, expected) in [
            (framed("{bad}"), vec!["-32700", "a"]),
            (framed("[]"), vec!["-32600", "a"]),
            (framed("\u{1F600}"), vec!["-32700", "a"]),
            (framed(r#"{"jsonrpc":"2.0","method":5}"#), vec!["-32600", "a"]),
            (framed(r#"{"jsonrpc":"2.0","id":1,"result":null}"#), vec!["response", "a"]),
            (framed(r#"{"jsonrpc":"2.0","id":1,"result":"\ud800"}"#), vec!["-32600", "a"]),
            (framed(r#"{"jsonrpc":"2.0","id":1}"#), vec!["-32600", "a"]),
            (framed(r#"{"jsonrpc":"2.0","method":"b","more":"\ud800"}"#), vec!["-32600", "a"]),
            ("Content-Length: x\r\n\r\n".to_owned(), vec!["-32700", "a"]),
            ("hello\r\n\r\n".to_owned(), vec!["-32700", "a"]),
            ("no line break".to_owned(), vec!["a"]),
            ("\r\n\r\n".to_owned(), vec!["a"]),
        ] {
            assert_eq!(frames(format!("{garbage}{good}").as_bytes()), expected, "{garbage:?}");
        }
        assert_eq!(frames(b"Content-Length: 100\r\n\r\n{"), Vec::<String>::new(), "half a message, then the end");
        assert_eq!(frames(b"CONTENT-LENGTH:30\nContent-Type: x\n\n{\"jsonrpc\":\"2.0\",\"method\":\"a\"}"), ["a"]);
    }
}

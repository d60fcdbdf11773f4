//! Nearly every real metadata.json is an object without escapes, fractions or deep nesting. Such a text is read here,
//! in one pass that says where its members stand; anything else is left to serde_json. A test holds the two together.

use std::borrow::Cow;

use crate::model::parse::Span;
use crate::model::parse::metadata::Member;

/// Deeper than real files nest.
const MOST_NESTED: usize = 16;

/// The members of the object whose names are `wanted`, if all of the text is as plain as can be.
pub fn members<'t>(text: &'t str, wanted: &dyn Fn(&str) -> bool) -> Option<Vec<Member<'t>>> {
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0 };
    let mut members = Vec::with_capacity(8);
    scanner.space();
    scanner.object(MOST_NESTED, &mut |key, value| {
        let name = &text[key.start + 1..key.end - 1];
        if wanted(name) {
            members.push(Member { name: Cow::Borrowed(name), key, value });
        }
    })?;
    scanner.space();
    (scanner.at == text.len()).then_some(members)
}

/// What ends a string, or makes it none of the plain ones.
const ENDS: [bool; 256] = {
    let mut ends = [false; 256];
    let mut byte = 0;
    while byte < b' ' {
        ends[byte as usize] = true;
        byte += 1;
    }
    ends[b'"' as usize] = true;
    ends[b'\\' as usize] = true;
    ends
};

struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn object(&mut self, depth: usize, member: &mut dyn FnMut(Span, Span)) -> Option<()> {
        self.take(b'{')?;
        self.space();
        if self.take(b'}').is_some() {
            return Some(());
        }
        loop {
            let key = self.at;
            self.string()?;
            let key = key..self.at;
            self.space();
            self.take(b':')?;
            self.space();
            let value = self.at;
            self.value(depth)?;
            member(key, value..self.at);
            self.space();
            if self.take(b'}').is_some() {
                return Some(());
            }
            self.take(b',')?;
            self.space();
        }
    }

    fn list(&mut self, depth: usize) -> Option<()> {
        self.take(b'[')?;
        self.space();
        if self.take(b']').is_some() {
            return Some(());
        }
        loop {
            self.value(depth)?;
            self.space();
            if self.take(b']').is_some() {
                return Some(());
            }
            self.take(b',')?;
            self.space();
        }
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        match self.peek()? {
            b'"' => self.string(),
            b'{' => self.object(depth.checked_sub(1)?, &mut |_, _| {}),
            b'[' => self.list(depth.checked_sub(1)?),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            b'0'..=b'9' => self.number(),
            _ => None,
        }
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.bytes[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    /// A whole number; what may come behind one (a fraction, an exponent) is no comma or bracket, and ends this reading.
    fn number(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek()?.is_ascii_digit() {
            self.at += 1;
        }
        (self.bytes[start] != b'0' || self.at == start + 1).then_some(())
    }

    /// Without escapes.
    fn string(&mut self) -> Option<()> {
        self.take(b'"')?;
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|byte| ENDS[usize::from(*byte)])?;
        self.at += end + 1;
        (rest[end] == b'"').then_some(())
    }
}

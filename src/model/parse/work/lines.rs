//! The lines of a Markdown text that say something: not its frontmatter, not what stands in code fences.

use crate::model::parse::text::{self, BOM, Span};

/// A line without its line break, and where it starts.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    pub start: usize,
    pub text: &'a str,
}

impl Line<'_> {
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// How much white space it starts with.
    pub fn indent(&self) -> usize {
        self.text.len() - text::trim_start(self.text).len()
    }

    /// Without the white space at its end.
    pub fn trimmed(&self) -> &str {
        text::trim_end(self.text)
    }

    /// Where `part`, a part of this line, stands in the whole text.
    pub fn span_of(&self, part: &Span) -> Span {
        self.start + part.start..self.start + part.end
    }

    pub fn is_blank(&self) -> bool {
        text::trim_start(self.text).is_empty()
    }
}

/// All lines that count, in order.
pub fn lines(text: &str) -> Vec<Line<'_>> {
    // As many as a text of this length often has.
    let mut lines = Vec::with_capacity(text.len() / 32);
    lines.extend(split(text, body(text)));
    let fences = fences(&lines);
    let mut fences = fences.into_iter().peekable();
    let mut at = 0;
    lines.retain(|_| {
        while fences.next_if(|fence| fence.end <= at).is_some() {}
        let inside = fences.peek().is_some_and(|fence| fence.contains(&at));
        at += 1;
        !inside
    });
    lines
}

/// Where the text behind the frontmatter begins. A frontmatter that never closes is none.
pub fn body(text: &str) -> usize {
    let start = if text.starts_with(BOM) { BOM.len() } else { 0 };
    let mut lines = split(text, start);
    let opens = lines.next().and_then(|line| line.text.strip_prefix("---"));
    if !opens.is_some_and(|language| language.trim().bytes().all(|byte| byte.is_ascii_alphabetic())) {
        return start;
    }
    match lines.find(|line| line.text.starts_with("---")) {
        Some(_) => lines.next().map_or(text.len(), |line| line.start),
        None => start,
    }
}

fn split(text: &str, mut start: usize) -> impl Iterator<Item = Line<'_>> {
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr2(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len());
        let line = Line { start, text: &rest[..length] };
        start += length + if rest[length..].starts_with("\r\n") { 2 } else { 1 };
        Some(line)
    })
}

/// A line of backticks or tildes that may open a code fence, or close one.
struct Marker {
    line: usize,
    byte: u8,
    length: usize,
    /// Nothing follows it: only so it closes a fence.
    bare: bool,
}

impl Marker {
    /// `other` is of the same kind, and long enough to count inside of a fence that this one opens.
    fn fits(&self, other: &Marker) -> bool {
        other.byte == self.byte && other.length >= self.length
    }
}

/// The lines of each code fence, with the two that mark it. A fence that never closes is none: else one slip of the pen
/// would hide the rest of the text.
fn fences(lines: &[Line<'_>]) -> Vec<Span> {
    let markers: Vec<Marker> = lines.iter().enumerate().filter_map(|(at, line)| marker(at, line.text)).collect();
    let mut fences = Vec::new();
    let mut at = 0;
    // Nothing further on closes a fence of so many backticks or tildes; looking again would take the square of the text.
    let mut unclosed = [usize::MAX; 2];
    while let Some(open) = markers.get(at) {
        at += 1;
        let hopeless = &mut unclosed[usize::from(open.byte == b'~')];
        if open.length >= *hopeless {
            continue;
        }
        let rest = &markers[at..];
        match closed_with_inner(open, rest).or_else(|| rest.iter().position(|marker| marker.bare && open.fits(marker)))
        {
            Some(length) => {
                fences.push(open.line..markers[at + length].line + 1);
                at += length + 1;
            }
            None => *hopeless = open.length,
        }
    }
    fences
}

/// Which of the markers after `open` closes it, where those that name a language open fences of their own. Markdown
/// knows no fences in fences, but people and models write them (an example of a file that holds examples), and read
/// strictly the second half of such a block would swallow what follows it.
fn closed_with_inner(open: &Marker, rest: &[Marker]) -> Option<usize> {
    let mut depth = 1;
    rest.iter().take(MOST_INNER).position(|marker| {
        if open.fits(marker) {
            depth = if marker.bare { depth - 1 } else { depth + 1 };
        }
        depth == 0
    })
}

/// Markers within one fence; looking further for each would take the square of the text.
const MOST_INNER: usize = 64;

fn marker(at: usize, line: &str) -> Option<Marker> {
    let text = text::trim_start(line);
    let byte = *text.as_bytes().first().filter(|byte| matches!(byte, b'`' | b'~'))?;
    let length = text.bytes().take_while(|other| *other == byte).count();
    let rest = text[length..].trim();
    // Code in a line may well be set in three backticks.
    let opens = length >= 3 && !(byte == b'`' && rest.contains('`'));
    opens.then_some(Marker { line: at, byte, length, bare: rest.is_empty() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<&str> {
        lines(text).iter().map(|line| line.text).collect()
    }

    #[test]
    fn each_line_break_ends_a_line() {
        let text = "\u{feff}a\r\nb\rc\n\n\u{e9}";
        assert_eq!(shown(text), ["a", "b", "c", "", "\u{e9}"]);
        for line in lines(text) {
            assert_eq!(&text[line.start..line.end()], line.text);
        }
        assert_eq!(shown(""), Vec::<&str>::new());
        assert_eq!(shown("a\n"), ["a"]);
    }

    #[test]
    fn frontmatter_is_no_text() {
        assert_eq!(shown("---\nstatus: x\n---\nbody"), ["body"]);
        assert_eq!(shown("---yaml\r\nstatus: x\r\n--- \r\nbody"), ["body"]);
        assert_eq!(shown("---\nstatus: x"), ["---", "status: x"]);
        assert_eq!(shown("---- x\n---\n"), ["---- x", "---"]);
    }

    #[test]
    fn code_fences_are_passed_over() {
        assert_eq!(shown("a\n```bash\n# T\n```\nb"), ["a", "b"]);
        assert_eq!(shown("a\n  ~~~\n```\n  ~~~~\nb"), ["a", "b"]);
        assert_eq!(shown("````\n```\n````\nb"), ["b"]);
        assert_eq!(shown("```js\n```bash\nx\n```\nb"), ["b"]);
        assert_eq!(shown("```md\n```bash\nx\n```\ny\n```\nb\n```\nc\n```\nd"), ["b", "d"]);
        assert_eq!(shown("a\n``` x ``` y\nb"), ["a", "``` x ``` y", "b"]);
    }

    #[test]
    fn a_fence_that_never_closes_is_none() {
        assert_eq!(shown("a\n```\nb\n~~~\nc"), ["a", "```", "b", "~~~", "c"]);
        assert_eq!(shown("````\nb\n```\nc\n```\nd"), ["````", "b", "d"]);
        let pairs = "```x\n```x\n```\na\n".repeat(20_000);
        assert!(lines(&pairs).iter().all(|line| line.text == "a"));
        let many = "```x\n".repeat(50_000);
        assert_eq!(lines(&many).len(), 50_000);
    }

    #[test]
    fn a_line_of_spaces_is_blank() {
        let blank: Vec<bool> = lines("a\n \t\n\nb\n").iter().map(Line::is_blank).collect();
        assert_eq!(blank[..4], [false, true, true, false]);
    }
}

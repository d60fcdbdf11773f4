//! metadata.json -> what it says. serde_json decides what is JSON; its raw values tell where each member stands.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::model::parse::file::{Field, ParsedFile, StatusField, Value};
use crate::model::parse::member_name::MemberName;
use crate::model::parse::problem::{JsonError, Problem, ProblemKind};
use crate::model::parse::text::{self, BOM, Span};

/// Nesting beyond this is refused: readers that recurse, SpecWeave's among them, overflow their stack on it.
const NESTING_LIMIT: usize = 512;

/// What a string is that holds half a surrogate pair (`\ud800`): legal JSON, and equal to no text.
const UNPAIRED_SURROGATE: &str = "a string with an unpaired surrogate";

/// One member of the top-level object, as it stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonMember<'t> {
    pub name: Cow<'t, str>,
    /// With quotes.
    pub key: Span,
    pub value: Span,
}

/// Reads a whole metadata.json.
pub fn read(bytes: &[u8]) -> ParsedFile {
    let (text, bad) = text::mask(bytes);
    let mut reading = read_text(&text, 0, "id");
    reading.has_block = true;
    reading.anchor = text::first_line(&text);
    reading.problems.extend(Problem::not_utf8(&bad, &(0..text.len())));
    reading
}

/// Reads an object in `text`, which starts at byte `base` of its file; `name_key` holds the increment's name.
pub fn read_text(text: &str, base: usize, name_key: &str) -> ParsedFile {
    let read = |name: &str| name == name_key || matches!(name, "status" | "title" | "created" | "type");
    let members = match some_members(text, &read) {
        Ok(members) => members,
        Err(problem) => {
            let span = problem.span.start + base..problem.span.end + base;
            return ParsedFile { problems: vec![Problem { span, ..problem }], ..ParsedFile::default() };
        }
    };
    let mut reading = ParsedFile { status: StatusField::Absent, ..ParsedFile::default() };
    let field = |member: &JsonMember| {
        let value = decode(&text[member.value.clone()])?;
        let inner = inner_span(&member.value, &text[member.value.clone()]);
        Some(Field { value, span: inner.start + base..inner.end + base })
    };
    // Readers of JSON take the last of two equal keys.
    let last = |name: &str| members.iter().rfind(|member| member.name == name);
    let text_of = |name: &str| match field(last(name)?)?.value {
        Value::Text(text) => Some(text),
        _ => None,
    };
    let mut statuses = members.iter().filter(|member| member.name == "status");
    let second = statuses.nth(1);
    if let Some(field) = last("status").and_then(field) {
        reading.status = StatusField::Is(field);
    }
    if let Some(second) = second {
        let inner = inner_span(&second.key, &text[second.key.clone()]);
        reading.problems.push(Problem::new(ProblemKind::DuplicateStatus, inner.start + base..inner.end + base));
    }
    reading.name = last(name_key).and_then(field);
    reading.title = text_of("title");
    reading.created = text_of("created");
    reading.kind = text_of("type");
    reading
}

/// The members of the top-level object in their order; duplicates included.
pub fn members(text: &str) -> Result<Vec<JsonMember<'_>>, Problem> {
    some_members(text, &|_| true)
}

/// Those whose name is `wanted`; the others are only checked.
fn some_members<'t>(text: &'t str, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<JsonMember<'t>>, Problem> {
    let invalid = |error: JsonError, span: Span| Problem::new(ProblemKind::Json(error), span);
    if let Some(marker) = text::conflict_marker(text) {
        return Err(Problem::new(ProblemKind::MergeConflict, marker));
    }
    if let Some(at) = too_deep(text) {
        return Err(invalid(JsonError::TooDeep(NESTING_LIMIT), at..at + 1));
    }
    if text.starts_with(BOM) {
        return Err(invalid(JsonError::ByteOrderMark, 0..BOM.len()));
    }
    if text.trim().is_empty() {
        return Err(invalid(JsonError::Empty, text::first_line(text)));
    }
    let read = |raw_names| {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        deserializer.deserialize_any(TopLevel { wanted, raw_names }).and_then(|top| deserializer.end().map(|()| top))
    };
    let top = read(false)
        .or_else(|_| read(true))
        .map_err(|error| invalid(JsonError::Syntax(plain_message(&error)), error_span(text, &error)))?;
    let offset = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
    match top {
        Top::Object(members) => Ok(members
            .into_iter()
            .map(|(MemberName(name), value)| {
                let start = offset(value.get());
                JsonMember { name, key: key_before(text, start), value: start..start + value.get().len() }
            })
            .collect()),
        Top::Other(kind) => {
            let start = text.len() - text.trim_start().len();
            Err(invalid(JsonError::NotAnObject(kind), start..text.trim_end().len()))
        }
    }
}

/// The places of a list's items; none if it is no list.
pub fn items(text: &str) -> Vec<Span> {
    let items: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
    let offset = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
    items.into_iter().map(|item| offset(item.get())..offset(item.get()) + item.get().len()).collect()
}

/// The bytes inside the quotes of a string that is not empty; otherwise all.
pub fn inner_span(span: &Span, raw: &str) -> Span {
    if raw.starts_with('"') && raw.len() > 2 { span.start + 1..span.end - 1 } else { span.clone() }
}

/// A raw JSON value, decoded as far as a status needs it. `None` is null.
fn decode(raw: &str) -> Option<Value> {
    Some(match raw.as_bytes().first()? {
        b'"' => match unescaped(raw) {
            Some(text) => Value::Text(text.to_owned()),
            None => serde_json::from_str(raw).map_or(Value::Other(UNPAIRED_SURROGATE), Value::Text),
        },
        b'n' => return None,
        b't' => Value::Bool(true),
        b'f' => Value::Bool(false),
        b'[' => Value::Other("a list"),
        b'{' => Value::Other("an object"),
        _ => Value::Number(raw.parse().unwrap_or(f64::NAN)),
    })
}

/// A name with a lone surrogate (`\ud800`) is none that anybody looks for.
fn decode_string(raw: &str) -> Cow<'_, str> {
    match unescaped(raw) {
        Some(inner) => Cow::Borrowed(inner),
        None => serde_json::from_str(raw).map_or(Cow::Borrowed(raw), Cow::Owned),
    }
}

/// A string that stands as it is between its quotes, as nearly all do.
fn unescaped(raw: &str) -> Option<&str> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    memchr::memchr(b'\\', inner.as_bytes()).is_none().then_some(inner)
}

/// Where brackets nest too deep, strings passed over.
fn too_deep(text: &str) -> Option<usize> {
    // Hardly any file has so many brackets that a closer look is needed.
    if memchr::memchr2_iter(b'[', b'{', text.as_bytes()).count() <= NESTING_LIMIT {
        return None;
    }
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                depth += 1;
                if depth > NESTING_LIMIT {
                    return Some(at);
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn error_span(text: &str, error: &serde_json::Error) -> Span {
    // serde_json counts lines from 1 and columns in bytes, 0 for the place before the first one.
    let line_start: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let at = text.floor_char_boundary((line_start + error.column().saturating_sub(1)).min(text.len()));
    let width = text[at..].chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
    at..at + width
}

fn plain_message(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.rfind(" at line ").map_or(message.clone(), |end| message[..end].to_owned())
}

/// The key whose value starts at `value`, with its quotes.
fn key_before(text: &str, value: usize) -> Span {
    let bytes = &text.as_bytes()[..value];
    let end = memchr::memrchr(b'"', bytes).unwrap_or(0);
    let is_escaped = |at: usize| bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
    let start = memchr::memrchr_iter(b'"', &bytes[..end]).find(|at| !is_escaped(*at)).unwrap_or(0);
    start..end + 1
}

enum Top<'t> {
    Object(Vec<(MemberName<'t>, &'t RawValue)>),
    Other(&'static str),
}

struct TopLevel<'w> {
    wanted: &'w dyn Fn(&str) -> bool,
    /// Takes names as they stand, which takes a good deal longer: also those that are no text.
    raw_names: bool,
}

impl<'de> Visitor<'de> for TopLevel<'_> {
    type Value = Top<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Top<'de>, A::Error> {
        let mut members = Vec::new();
        loop {
            let name = if self.raw_names {
                map.next_key::<&RawValue>()?.map(|name| MemberName(decode_string(name.get())))
            } else {
                map.next_key::<MemberName>()?
            };
            let Some(name) = name else { break };
            if (self.wanted)(&name.0) {
                members.push((name, map.next_value()?));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Top::Object(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Top<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Top::Other("a list"))
    }

    fn visit_str<E>(self, _: &str) -> Result<Top<'de>, E> {
        Ok(Top::Other("a string"))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Top<'de>, E> {
        Ok(Top::Other("a number"))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Top<'de>, E> {
        Ok(Top::Other("a number"))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Top<'de>, E> {
        Ok(Top::Other("a number"))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Top<'de>, E> {
        Ok(Top::Other("a boolean"))
    }

    fn visit_unit<E>(self) -> Result<Top<'de>, E> {
        Ok(Top::Other("null"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(json: &str) -> String {
        let reading = read(json.as_bytes());
        let problems: Vec<_> = reading.problems.iter().map(|p| (name(&p.kind), &json[p.span.clone()])).collect();
        match &reading.status {
            StatusField::Is(field) => format!("{:?} at {:?} {problems:?}", field.value, &json[field.span.clone()]),
            StatusField::Absent => format!("absent {problems:?}"),
            StatusField::Unknown => format!("{problems:?}"),
        }
    }

    /// The variant, without what the parser says in its own words.
    fn name(kind: &ProblemKind) -> String {
        match kind {
            ProblemKind::Json(JsonError::Syntax(_)) => "syntax".to_owned(),
            ProblemKind::Json(error) => format!("{error:?}"),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn reads_what_json_says() {
        for (json, expected) in [
            (r#"{"status": "active"}"#, r#"Text("active") at "active" []"#),
            (r#"{"a": {"status": "x"}, "status":"active"}"#, r#"Text("active") at "active" []"#),
            (r#"{"st\u0061tus": "\u0061ctive"}"#, r#"Text("active") at "\\u0061ctive" []"#),
            (r#"{"status": null}"#, "absent []"),
            ("{}", "absent []"),
            (r#"{"status": ""}"#, r#"Text("") at "\"\"" []"#),
            (r#"{"status": false}"#, r#"Bool(false) at "false" []"#),
            (r#"{"status": 1e400}"#, r#"Number(inf) at "1e400" []"#),
            (r#"{"status": ["a"]}"#, r#"Other("a list") at "[\"a\"]" []"#),
            (r#"{"a\"": 1, "\"stat\u0075s" : "a", "\ud800": 2}"#, "absent []"),
            (
                r#"{"\\":1,"status":"a","st\u0061tus" :"b"}"#,
                r#"Text("b") at "b" [("DuplicateStatus", "st\\u0061tus")]"#,
            ),
            (r#"{"status":"a","status":"b"}"#, r#"Text("b") at "b" [("DuplicateStatus", "status")]"#),
            ("", r#"[("Empty", "")]"#),
            ("[]", r#"[("NotAnObject(\"a list\")", "[]")]"#),
            ("null", r#"[("NotAnObject(\"null\")", "null")]"#),
            (r#"{"status": "a",}"#, r#"[("syntax", "}")]"#),
            ("{\"\tstatus\": 1}", r#"[("syntax", "\"")]"#),
            ("{\n// c\n}", r#"[("syntax", "/")]"#),
            ("{\n<<<<<<< HEAD\n}", r#"[("MergeConflict", "<<<<<<< HEAD")]"#),
            ("{\"status\": \"a\"} x", r#"[("syntax", "x")]"#),
        ] {
            assert_eq!(status(json), expected, "{json}");
        }
        assert!(status(r#"{"status": "\ud800"}"#).starts_with("Other("), "a lone surrogate is no text");
        assert!(status(&"[".repeat(100_000)).contains("TooDeep(512)"));
    }
}

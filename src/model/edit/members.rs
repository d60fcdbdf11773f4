//! Several members of metadata.json changed at once, as one edit.

use crate::model::edit::{self, Edit};
use crate::model::parse;
use crate::model::parse::metadata;
use crate::model::transition::Member;

/// The edit after which the object has these members (or has them no more), and everything else as it was.
pub fn change(bytes: &[u8], members: &[Member]) -> Result<Option<Edit>, String> {
    let (text, _) = parse::mask(bytes);
    let mut changed = text.clone().into_owned();
    for (name, value) in members {
        changed = match value {
            Some(value) => set(&changed, name, value)?,
            None => remove(&changed, name)?,
        };
    }
    metadata::members(&changed).map_err(|problem| format!("metadata.json cannot be edited: {}", problem.message))?;
    Ok(between(&text, &changed))
}

fn set(text: &str, name: &str, value: &str) -> Result<String, String> {
    let edit = edit::member_candidates(text, 0, name, &serde_json::Value::from(value).to_string());
    let edit = edit.into_iter().next().ok_or("metadata.json cannot be edited: it is not valid JSON.")?;
    Ok(applied(text, &edit))
}

/// With the comma that goes with it; all of them, should it stand more than once.
fn remove(text: &str, name: &str) -> Result<String, String> {
    let members =
        metadata::members(text).map_err(|problem| format!("metadata.json cannot be edited: {}", problem.message))?;
    let Some(at) = members.iter().position(|member| member.name == name) else { return Ok(text.to_owned()) };
    let member = &members[at];
    let span = match (at.checked_sub(1).map(|before| &members[before]), members.get(at + 1)) {
        (Some(before), _) => before.value.end..member.value.end,
        (None, Some(after)) => member.key.start..after.key.start,
        (None, None) => member.key.start..member.value.end,
    };
    remove(&applied(text, &Edit { span, text: String::new() }), name)
}

fn applied(text: &str, edit: &Edit) -> String {
    let mut changed = text.to_owned();
    changed.replace_range(edit.span.clone(), &edit.text);
    changed
}

/// The smallest single edit that makes `after` of `before`.
pub fn between(before: &str, after: &str) -> Option<Edit> {
    if before == after {
        return None;
    }
    let prefix = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
    let prefix = before.floor_char_boundary(prefix).min(after.floor_char_boundary(prefix));
    let (rest_before, rest_after) = (&before[prefix..], &after[prefix..]);
    let suffix = rest_before.bytes().rev().zip(rest_after.bytes().rev()).take_while(|(a, b)| a == b).count();
    let end = before.ceil_char_boundary(before.len() - suffix);
    let kept = before.len() - end;
    Some(Edit { span: prefix..end, text: after[prefix..after.len() - kept].to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str, members: &[(&'static str, Option<&str>)]) -> String {
        let members: Vec<Member> = members.iter().map(|(name, value)| (*name, value.map(str::to_owned))).collect();
        match change(text.as_bytes(), &members).unwrap() {
            Some(edit) => String::from_utf8(edit.apply(text.as_bytes())).unwrap(),
            None => "nothing to do".to_owned(),
        }
    }

    #[test]
    fn sets_adds_and_removes_in_the_files_own_style() {
        let text = "{\r\n\t\"id\": \"x\",\r\n\t\"status\": \"paused\",\r\n\t\"pausedAt\": \"t\"\r\n}";
        assert_eq!(
            changed(text, &[("status", Some("active")), ("pausedAt", None), ("lastActivity", Some("T"))]),
            "{\r\n\t\"id\": \"x\",\r\n\t\"status\": \"active\",\r\n\t\"lastActivity\": \"T\"\r\n}"
        );
        assert_eq!(changed("{\"a\":1,\"b\":2}", &[("a", None)]), "{\"b\":2}");
        assert_eq!(changed("{\"a\":1}", &[("a", None)]), "{}");
        assert_eq!(changed("{\"a\":1,\"b\":2,\"a\":3}", &[("a", None)]), "{\"b\":2}");
        assert_eq!(changed("{\"a\":1}", &[("b", None)]), "nothing to do");
        assert!(change(b"[]", &[("a", None)]).is_err());
    }

    #[test]
    fn the_smallest_edit_keeps_characters_whole() {
        let edit = |before: &str, after: &str| between(before, after).map(|edit| (edit.span, edit.text));
        assert_eq!(edit("aé", "aè"), Some((1..3, "è".to_owned())));
        assert_eq!(edit("aa", "aaa"), Some((2..2, "a".to_owned())));
        assert_eq!(edit("abc", "abc"), None);
    }
}

//! A JSON object's text, the name of a member and its raw value -> the edit that sets it, spaced as the members around it.

use crate::model::edit::text_edit::Edit;
use crate::model::parse;
use crate::model::parse::metadata::{self, JsonMember};

pub fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Sets one member of the object in `text`, which starts at byte `base` of its file, to raw JSON.
pub fn set_member(text: &str, base: usize, name: &str, raw: &str) -> Option<Edit> {
    let members = metadata::members(text).ok()?;
    let edit = match members.iter().rfind(|member| member.name == name) {
        Some(member) => replace_member(text, member, raw),
        None => insert_member(text, &members, name, raw),
    };
    Some(Edit { span: edit.span.start + base..edit.span.end + base, ..edit })
}

fn replace_member(text: &str, member: &JsonMember, raw: &str) -> Edit {
    let old = &text[member.value.clone()];
    if old.starts_with('"') && raw.starts_with('"') {
        return Edit { span: member.value.start + 1..member.value.end - 1, text: raw[1..raw.len() - 1].to_owned() };
    }
    Edit { span: member.value.clone(), text: raw.to_owned() }
}

/// After the last member, spaced as the members before it are.
fn insert_member(text: &str, members: &[JsonMember], name: &str, raw: &str) -> Edit {
    let key = json_string(name);
    let Some(last) = members.last() else {
        let open = text.find('{').map_or(0, |at| at + 1);
        let lines = text[open..].trim_end().contains('\n');
        let eol = parse::line_break(text);
        let member = if lines { format!("{eol}  {key}: {raw}") } else { format!("{key}: {raw}") };
        return Edit { span: open..open, text: member };
    };
    let colon = &text[last.key.end..last.value.start];
    let gap = match members {
        [.., before, last] => text[before.value.end..last.key.start].replacen(',', "", 1),
        _ => {
            let open = text.find('{').map_or(0, |at| at + 1);
            text[open..last.key.start].to_owned()
        }
    };
    Edit { span: last.value.end..last.value.end, text: format!(",{gap}{key}{colon}{raw}") }
}

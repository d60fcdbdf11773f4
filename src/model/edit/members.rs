//! The bytes of metadata.json and the members to change -> one edit.

use crate::model::edit::error::EditError;
use crate::model::edit::json::{json_string, set_member};
use crate::model::edit::text_edit::{Edit, between};
use crate::model::parse::metadata::{self, JsonMember};
use crate::model::parse::{self, Problem};
use crate::model::status::Side;

/// One member of metadata.json: its new value as text, or gone.
pub type MemberChange = (&'static str, Option<String>);

/// The edit after which the object has these members (or has them no more), and everything else as it was; `None` when
/// that is so already.
pub fn change(bytes: &[u8], changes: &[MemberChange]) -> Result<Option<Edit>, EditError> {
    let (text, _) = parse::mask(bytes);
    let mut changed = text.clone().into_owned();
    for (name, value) in changes {
        changed = match value {
            Some(value) => set(&changed, name, value)?,
            None => remove(&changed, name)?,
        };
    }
    members(&changed)?;
    Ok(between(&text, &changed))
}

fn members(text: &str) -> Result<Vec<JsonMember<'_>>, EditError> {
    metadata::members(text).map_err(|Problem { kind, .. }| EditError::Invalid { side: Side::Metadata, problem: kind })
}

fn set(text: &str, name: &str, value: &str) -> Result<String, EditError> {
    members(text)?;
    let edit = set_member(text, 0, name, &json_string(value));
    Ok(edit.map_or_else(|| text.to_owned(), |edit| edit.apply_to_text(text)))
}

/// With the comma that goes with it; all of them, should there be duplicates.
fn remove(text: &str, name: &str) -> Result<String, EditError> {
    let members = members(text)?;
    let Some(at) = members.iter().position(|member| member.name == name) else { return Ok(text.to_owned()) };
    let member = &members[at];
    let span = match (at.checked_sub(1).map(|before| &members[before]), members.get(at + 1)) {
        (Some(before), _) => before.value.end..member.value.end,
        (None, Some(after)) => member.key.start..after.key.start,
        (None, None) => member.key.start..member.value.end,
    };
    remove(&Edit { span, text: String::new() }.apply_to_text(text), name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str, members: &[(&'static str, Option<&str>)]) -> String {
        let members: Vec<MemberChange> =
            members.iter().map(|(name, value)| (*name, value.map(str::to_owned))).collect();
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
}

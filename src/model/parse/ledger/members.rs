//! The members of one line, as far as they matter: nothing is built of the rest, and a text without escapes is not copied.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::parse::member_name::MemberName;

/// None where a member is missing, or no text.
#[derive(Default)]
pub(super) struct Members<'l> {
    pub(super) t: Option<Cow<'l, str>>,
    pub(super) e: Option<Cow<'l, str>>,
    pub(super) by: Option<Cow<'l, str>>,
    pub(super) at: Option<Cow<'l, str>>,
    pub(super) note: Option<Cow<'l, str>>,
    pub(super) evidence: Option<Cow<'l, str>>,
}

/// None for JSON that is no object.
pub(super) fn read(line: &str) -> serde_json::Result<Option<Members<'_>>> {
    Ok(match serde_json::from_str(line)? {
        JsonValue::Object(members) => Some(members),
        JsonValue::Text(_) | JsonValue::Other => None,
    })
}

enum JsonValue<'l> {
    Object(Members<'l>),
    Text(Cow<'l, str>),
    Other,
}

impl<'l> Deserialize<'l> for JsonValue<'l> {
    fn deserialize<D: Deserializer<'l>>(deserializer: D) -> Result<JsonValue<'l>, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'l> Visitor<'l> for ValueVisitor {
    type Value = JsonValue<'l>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<JsonValue<'l>, E> {
        Ok(JsonValue::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<JsonValue<'l>, E> {
        Ok(JsonValue::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<JsonValue<'l>, E> {
        Ok(JsonValue::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<JsonValue<'l>, E> {
        Ok(JsonValue::Other)
    }

    fn visit_unit<E>(self) -> Result<JsonValue<'l>, E> {
        Ok(JsonValue::Other)
    }

    fn visit_str<E>(self, text: &str) -> Result<JsonValue<'l>, E> {
        Ok(JsonValue::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_borrowed_str<E>(self, text: &'l str) -> Result<JsonValue<'l>, E> {
        Ok(JsonValue::Text(Cow::Borrowed(text)))
    }

    fn visit_seq<A: SeqAccess<'l>>(self, mut items: A) -> Result<JsonValue<'l>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(JsonValue::Other)
    }

    fn visit_map<A: MapAccess<'l>>(self, mut map: A) -> Result<JsonValue<'l>, A::Error> {
        let mut members = Members::default();
        while let Some(MemberName(name)) = map.next_key::<MemberName>()? {
            let member = match &*name {
                "t" => &mut members.t,
                "e" => &mut members.e,
                "by" => &mut members.by,
                "at" => &mut members.at,
                "note" => &mut members.note,
                "evidence" => &mut members.evidence,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            // Of equal members the last one counts, as it does for SpecWeave.
            *member = match map.next_value()? {
                JsonValue::Text(text) => Some(text),
                JsonValue::Object(_) | JsonValue::Other => None,
            };
        }
        Ok(JsonValue::Object(members))
    }
}

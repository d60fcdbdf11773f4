//! The name of a member of a JSON object, borrowed from the text where it has no escapes.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};

/// The name of a member. One with a lone surrogate (`\ud800`) is legal JSON and no text: no name that anybody looks for.
pub struct MemberName<'t>(pub Cow<'t, str>);

impl<'de: 't, 't> Deserialize<'de> for MemberName<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<MemberName<'t>, D::Error> {
        deserializer.deserialize_bytes(MemberNameVisitor)
    }
}

struct MemberNameVisitor;

impl<'de> Visitor<'de> for MemberNameVisitor {
    type Value = MemberName<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_bytes<E>(self, name: &'de [u8]) -> Result<MemberName<'de>, E> {
        Ok(MemberName(String::from_utf8_lossy(name)))
    }

    fn visit_bytes<E>(self, name: &[u8]) -> Result<MemberName<'de>, E> {
        Ok(MemberName(Cow::Owned(String::from_utf8_lossy(name).into_owned())))
    }
}

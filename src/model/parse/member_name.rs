//! The name of a member of a JSON object, borrowed from the text where it has no escapes.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};

/// Legal JSON knows names with a lone surrogate (`\ud800`), which are no text: reading one fails.
pub struct MemberName<'t>(pub Cow<'t, str>);

impl<'de: 't, 't> Deserialize<'de> for MemberName<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<MemberName<'t>, D::Error> {
        deserializer.deserialize_str(MemberNameVisitor)
    }
}

struct MemberNameVisitor;

impl<'de> Visitor<'de> for MemberNameVisitor {
    type Value = MemberName<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<MemberName<'de>, E> {
        Ok(MemberName(Cow::Borrowed(name)))
    }

    fn visit_str<E>(self, name: &str) -> Result<MemberName<'de>, E> {
        Ok(MemberName(Cow::Owned(name.to_owned())))
    }
}

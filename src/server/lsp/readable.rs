//! A message's bytes -> whether tower-lsp can make a request of them, without making the values that nobody would keep.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use tower_lsp::jsonrpc::Id;

use crate::model::parse::member_name::MemberName;

/// A member of such a name means something to serde_json itself.
const PRIVATE: &str = "$serde_json::private";

/// Whether tower-lsp makes a request or notification of this; false also for what needs a closer look.
pub fn is_request(message: &[u8]) -> bool {
    serde_json::from_slice::<Envelope>(message).is_ok()
}

/// Why tower-lsp makes no values of this, be they what it expects or not.
pub fn check(message: &[u8]) -> serde_json::Result<()> {
    serde_json::from_slice::<Readable>(message).map(drop)
}

const KNOWN: [&str; 4] = ["jsonrpc", "method", "params", "id"];

/// As tower-lsp's `Request`. It makes values of the members that it does not know, too.
struct Envelope;

impl<'de> Deserialize<'de> for Envelope {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Envelope, D::Error> {
        value.deserialize_map(Envelope)
    }
}

impl<'de> Visitor<'de> for Envelope {
    type Value = Envelope;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a request")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope, A::Error> {
        let mut seen = [false; KNOWN.len()];
        while let Some(PublicName(MemberName(name))) = map.next_key()? {
            let known = KNOWN.iter().position(|it| *it == name);
            if known.is_some_and(|at| std::mem::replace(&mut seen[at], true)) {
                return Err(A::Error::custom("a member twice"));
            }
            match &*name {
                "jsonrpc" if map.next_value::<MemberName<'_>>()?.0 != "2.0" => {
                    return Err(A::Error::custom("another version"));
                }
                "jsonrpc" => {}
                "method" => {
                    map.next_value::<MemberName<'_>>()?;
                }
                "id" => {
                    map.next_value::<Id>()?;
                }
                _ => {
                    map.next_value::<Readable>()?;
                }
            }
        }
        if seen[0] && seen[1] { Ok(self) } else { Err(A::Error::missing_field("jsonrpc or method")) }
    }
}

/// Of a member whose value is one of its own.
struct PublicName<'n>(MemberName<'n>);

impl<'de> Deserialize<'de> for PublicName<'de> {
    fn deserialize<D: Deserializer<'de>>(name: D) -> Result<PublicName<'de>, D::Error> {
        let name = MemberName::deserialize(name)?;
        if name.0.starts_with(PRIVATE) { Err(D::Error::custom("a name of serde_json's")) } else { Ok(PublicName(name)) }
    }
}

/// Any value, read to its end as one that is kept would be: with its strings' escapes and the size of its numbers.
struct Readable;

impl<'de> Deserialize<'de> for Readable {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Readable, D::Error> {
        value.deserialize_any(Readable)
    }
}

impl<'de> Visitor<'de> for Readable {
    type Value = Readable;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Readable, A::Error> {
        while map.next_entry::<PublicName<'_>, Readable>()?.is_some() {}
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Readable, A::Error> {
        while items.next_element::<Readable>()?.is_some() {}
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Readable, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Readable, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Readable, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Readable, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Readable, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Readable, E> {
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tower_lsp::jsonrpc::Request;

    use super::*;

    const CALL: &str = r#"{"jsonrpc":"2.0","id":7,"x":"\ud83d\ude00","method":"a/b","params":{"a":[1,-2,0.5,1e3,true,null,"ö\u00f6\\"],"b":{}}}"#;

    /// What tower-lsp does: text, then values of all of it, then a request.
    fn takes(message: &[u8]) -> bool {
        str::from_utf8(message).is_ok()
            && serde_json::from_slice::<serde_json::Value>(message).is_ok()
            && serde_json::from_slice::<Request>(message).is_ok()
    }

    #[test]
    fn what_tower_lsp_takes() {
        for call in
            [CALL, r#"{"method":"exit","jsonrpc":"2.0"}"#, r#"{"jsonrpc":"2.0","id":"x","method":"m","params":[]}"#]
        {
            assert!(is_request(call.as_bytes()) && takes(call.as_bytes()), "{call}");
        }
        assert!(!is_request(br#"{"jsonrpc":"2.0","id":1,"result":null}"#), "an answer");
    }

    #[test]
    fn nothing_that_tower_lsp_refuses() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let private = [r#"{"$serde_json::private::RawValue":"{"}"#, r#"{"\u0024serde_json::private::RawValue":"{"}"#];
        for value in [r#""\ud800""#, "1e999", "01", r#""\x""#, "[1,]", "{1:2}", &deep].into_iter().chain(private) {
            for member in ["params", "x"] {
                let call = format!(r#"{{"jsonrpc":"2.0","method":"m","{member}":{value}}}"#);
                assert!(!is_request(call.as_bytes()) && !takes(call.as_bytes()), "{call}");
            }
            assert!(check(value.as_bytes()).is_err(), "{value}");
        }
        for call in [
            r#"{"jsonrpc":"1.0","method":"m"}"#,
            r#"{"method":"m"}"#,
            r#"{"jsonrpc":"2.0","method":"m","method":"m"}"#,
            r#"{"jsonrpc":"2.0","method":"m","id":{}}"#,
        ] {
            assert!(!is_request(call.as_bytes()) && !takes(call.as_bytes()), "{call}");
        }
        for member in ["params", "x"] {
            let call = [br#"{"jsonrpc":"2.0","method":"m",""#, member.as_bytes(), b"\":\"\xff\"}"].concat();
            assert!(!is_request(&call) && check(&call).is_err(), "bytes that are no text");
        }
    }

    proptest! {
        /// Any byte of a call in another's place.
        #[test]
        fn never_more_than_tower_lsp(at in 0..CALL.len(), byte: u8, cut in 0..3usize) {
            let mut call = CALL.as_bytes().to_vec();
            call[at] = byte;
            call.truncate(call.len() - cut);
            prop_assert!(!is_request(&call) || takes(&call), "{}", String::from_utf8_lossy(&call));
        }
    }
}

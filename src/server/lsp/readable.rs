//! A message's bytes -> whether tower-lsp can make a request of them, without making the values that nobody would keep.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use tower_lsp::jsonrpc::Id;

/// A member of this name means something to serde_json itself.
const PRIVATE: &[u8] = b"$serde_json";

/// Never true for what tower-lsp refuses; false for what needs a closer look.
pub fn is_call(message: &[u8]) -> bool {
    memchr::memmem::find(message, PRIVATE).is_none()
        && serde_json::from_slice::<Envelope>(message).is_ok_and(|call| call.jsonrpc == "2.0")
}

/// As tower-lsp's `Request`.
#[derive(serde::Deserialize)]
struct Envelope<'m> {
    #[serde(borrow)]
    jsonrpc: Cow<'m, str>,
    #[serde(borrow, default, rename = "method")]
    _method: Cow<'m, str>,
    #[serde(default, rename = "params")]
    _params: Readable,
    #[serde(default, rename = "id")]
    _id: Option<Id>,
}

/// Any value, read to its end as one that is kept would be: with its strings' escapes and the size of its numbers.
#[derive(Default)]
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
        while map.next_entry::<Readable, Readable>()?.is_some() {}
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

    const CALL: &str =
        r#"{"jsonrpc":"2.0","id":7,"method":"a/b","params":{"a":[1,-2,0.5,1e3,true,null,"ö\u00f6\\"],"b":{}}}"#;

    fn is_request(message: &[u8]) -> bool {
        serde_json::from_slice::<Request>(message).is_ok()
    }

    #[test]
    fn what_tower_lsp_takes() {
        // An answer, too.
        let answer = r#"{"jsonrpc":"2.0","id":1,"result":null}"#;
        for call in [
            CALL,
            answer,
            r#"{"method":"exit","jsonrpc":"2.0"}"#,
            r#"{"jsonrpc":"2.0","id":"x","method":"m","params":[]}"#,
        ] {
            assert!(is_call(call.as_bytes()) && is_request(call.as_bytes()), "{call}");
        }
    }

    #[test]
    fn nothing_that_tower_lsp_refuses() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for params in [
            r#""\ud800""#,
            "1e999",
            "01",
            r#""\x""#,
            "[1,]",
            "{1:2}",
            r#"{"$serde_json::private::RawValue":"{"}"#,
            &deep,
        ] {
            let call = format!(r#"{{"jsonrpc":"2.0","method":"m","params":{params}}}"#);
            assert!(!is_call(call.as_bytes()) && !is_request(call.as_bytes()), "{call}");
        }
        for call in
            [r#"{"jsonrpc":"1.0","method":"m"}"#, r#"{"method":"m"}"#, r#"{"jsonrpc":"2.0","method":"m","method":"m"}"#]
        {
            assert!(!is_call(call.as_bytes()) && !is_request(call.as_bytes()), "{call}");
        }
        assert!(!is_call(b"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":\"\xff\"}"));
    }

    proptest! {
        /// Any byte of a call in another's place.
        #[test]
        fn never_more_than_tower_lsp(at in 0..CALL.len(), byte: u8, cut in 0..3usize) {
            let mut call = CALL.as_bytes().to_vec();
            call[at] = byte;
            call.truncate(call.len() - cut);
            prop_assert!(!is_call(&call) || is_request(&call), "{}", String::from_utf8_lossy(&call));
        }
    }
}

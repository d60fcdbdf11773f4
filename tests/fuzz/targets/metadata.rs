//! Any metadata.json can be read: no panic, every span lies in the text, and the status is what serde_json says it is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use specweave_lsp::model::parse::StatusField;
use specweave_lsp::model::completion_context;
use specweave_lsp::model::parse::metadata;
use specweave_lsp::model::parse;

fuzz_target!(|bytes: &[u8]| {
    let (text, bad) = parse::mask(bytes);
    let said = metadata::read(bytes);
    let spans = said.written_status().into_iter().map(|field| &field.span).chain(said.problems.iter().map(|it| &it.span));
    for span in spans.chain(said.name.iter().map(|field| &field.span)) {
        assert!(text.get(span.clone()).is_some(), "{span:?} of {}", text.len());
    }
    for offset in (0..=text.len()).step_by(1 + text.len() / 16) {
        let _ = completion_context::in_metadata(&text, offset);
    }
    let Ok(serde_json::Value::Object(object)) = serde_json::from_slice(bytes) else { return };
    if !bad.is_empty() || said.status == StatusField::Unknown {
        return;
    }
    let expected = object.get("status").filter(|value| !value.is_null());
    match (expected, said.written_status()) {
        (Some(serde_json::Value::String(text)), Some(field)) => assert_eq!(Some(text.as_str()), field.value.as_text()),
        (expected, found) => assert_eq!(expected.is_some(), found.is_some()),
    }
});

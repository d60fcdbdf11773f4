//! Any spec.md can be read: no panic, every span lies in the text, and the plain reader agrees with the full one. What is
//! made of it for an editor (outline, completion, findings) holds too.
#![no_main]

use libfuzzer_sys::fuzz_target;
use specweave_lsp::model::rules::{self, RuleContext};
use specweave_lsp::model::increment::{Increment, Source};
use specweave_lsp::model::parse::spec;
use specweave_lsp::model::completion_context;
use specweave_lsp::model::parse::plain_frontmatter;
use specweave_lsp::model::parse;
use specweave_lsp::model::parse::work::{self, Doc, Kind};
use specweave_lsp::model::work::count;

fuzz_target!(|bytes: &[u8]| {
    let (text, _) = parse::mask(bytes);
    assert_eq!(text.len(), bytes.len());
    let said = spec::read(bytes);
    let spans = said.written_status().into_iter().map(|field| &field.span).chain(said.problems.iter().map(|it| &it.span));
    for span in spans.chain([&said.anchor]).chain(said.name.iter().map(|field| &field.span)) {
        assert!(text.get(span.clone()).is_some(), "{span:?} of {}", text.len());
    }
    if let Some(plain) = plain_frontmatter::read(bytes) {
        assert_eq!(plain, spec::read_any(bytes));
    }
    for item in work::parse(&text, Doc::Tasks).items {
        assert!(text.get(item.section.clone()).is_some_and(|section| section.contains(&text[item.name.clone()])));
    }
    let items = work::parse(&text, Doc::Tasks).items;
    let done = items.iter().filter(|item| item.kind == Kind::Task && item.is_done()).count();
    assert_eq!(done, count(&text, "").tasks.done);
    for offset in (0..=text.len()).step_by(1 + text.len() / 16) {
        let _ = completion_context::in_spec(&text, offset);
        let _ = work::mention_at(&text, offset);
    }
    let increment = Increment::read("0001-x", Source::Text(bytes.to_vec()), Source::Text(br#"{"status":"active"}"#.to_vec()));
    for finding in rules::check(&increment, RuleContext::default()) {
        let file = parse::mask(increment.bytes(finding.file)).0;
        assert!(file.get(finding.span.clone()).is_some(), "{finding:?}");
    }
});

//! An edit is refused, or it does what it says: the file then has that status, and nothing else in it has changed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use specweave_lsp::model::status::{Side, Status};
use specweave_lsp::model::edit;
use specweave_lsp::model::parse::spec;
use specweave_lsp::model::parse::metadata;

fuzz_target!(|input: (bool, u8, &[u8])| {
    let (spec, goal, bytes) = input;
    let side = if spec { Side::Spec } else { Side::Metadata };
    let read = if spec { spec::read } else { metadata::read };
    let goal = Status::ALL[usize::from(goal) % Status::ALL.len()].as_str();
    match edit::set_status(side, bytes, goal) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(None) => assert_eq!(read(bytes).status_text(), Some(goal)),
        Ok(Some(edit)) => {
            let after = edit.apply(bytes);
            let said = read(&after);
            assert_eq!(said.status_text(), Some(goal), "{}", String::from_utf8_lossy(&after));
            let before = read(bytes);
            assert_eq!((&said.title, &said.created, &said.kind), (&before.title, &before.created, &before.kind));
            let name = |reading: &specweave_lsp::model::parse::ParsedFile| reading.name.as_ref().map(|it| it.value.clone());
            assert_eq!(name(&said), name(&before));
        }
    }
});

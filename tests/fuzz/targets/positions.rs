//! Bytes and positions: both ways agree in every unit, whatever the text; any range a client may send names bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ropey::Rope;
use specweave_lsp::server::lsp::position;
use specweave_lsp::workspace::line_index::{self, Encoding};
use tower_lsp::ls_types::{Position, Range};

fuzz_target!(|input: (&str, [u32; 4])| {
    let (text, numbers) = input;
    let rope = Rope::from_str(text);
    for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
        for (at, _) in text.char_indices().chain([(text.len(), ' ')]) {
            // Between the two halves of a line break there is no place of its own.
            if at > 0 && text[at..].starts_with('\n') && text[..at].ends_with('\r') {
                continue;
            }
            let range = position::range(text, &(at..at), encoding);
            assert_eq!(position::range_in(&rope, &(at..at), encoding), range);
            assert_eq!(position::bytes(&rope, range, encoding), at..at);
        }
        let [a, b, c, d] = numbers;
        let bytes = position::bytes(&rope, Range::new(Position::new(a, b), Position::new(c % 8, d % 64)), encoding);
        assert!(text.get(bytes).is_some());
        let _ = line_index::line_col(&rope, a as usize, encoding);
    }
});

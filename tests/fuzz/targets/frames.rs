//! Whatever bytes a client sends, reading them ends, and ends without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use specweave_lsp::server::lsp::frames;

fuzz_target!(|bytes: &[u8]| {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut input = bytes;
        let mut frames_read = 0;
        while let Ok(Some(_)) = frames::read(&mut input).await {
            frames_read += 1;
            assert!(frames_read <= bytes.len(), "a frame has at least one byte");
        }
    });
});

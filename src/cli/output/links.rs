//! Links (OSC 8) on terminals that have them. Elsewhere the text is all there is.

use std::path::Path;
use std::sync::OnceLock;

use anstyle_hyperlink::Hyperlink;

/// The text, leading to the file.
pub fn to_file(path: &Path, text: &str) -> String {
    if !are_wanted() {
        return text.to_owned();
    }
    let link = Hyperlink::with_path(path);
    format!("{link}{text}{link:#}")
}

/// Whether colours are off is decided where the text is printed, which takes links out with them.
fn are_wanted() -> bool {
    static WANTED: OnceLock<bool> = OnceLock::new();
    *WANTED.get_or_init(|| supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout))
}

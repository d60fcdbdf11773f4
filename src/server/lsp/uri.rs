//! URIs of files, and the paths they mean: both ways, for the systems that there are.
//!
//! Windows' paths are spelled in several ways by editors (`c%3A`, `C:`, `c:`), name servers (`file://server/share`,
//! `\\wsl.localhost\…`), and must never leave with the prefix `\\?\`: VS Code refuses a whole answer for one such URI.

use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use tower_lsp::ls_types::Uri;

#[cfg(any(windows, test))]
use crate::workspace::fs::paths;

/// RFC 3986 lets these stand in a path as they are.
const ESCAPED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const ESCAPED_IN_PATH: AsciiSet = ESCAPED.remove(b'/');

/// The path that a URI means, in the spelling of its client. `None` for what is no file here.
pub fn to_path(uri: &Uri) -> Option<PathBuf> {
    if !uri.scheme().as_str().eq_ignore_ascii_case("file") {
        return None;
    }
    let host = uri.authority().map(|authority| authority.host()).unwrap_or_default();
    let path = uri.path().as_str();
    #[cfg(windows)]
    return windows_path(host, path).map(PathBuf::from);
    #[cfg(not(windows))]
    unix_path(host, path).map(path_of_bytes)
}

pub fn of_path(path: &Path) -> Option<String> {
    if !path.is_absolute() {
        return None;
    }
    #[cfg(windows)]
    return windows_uri(path.to_str()?);
    #[cfg(not(windows))]
    Some(unix_uri(path.as_os_str().as_encoded_bytes()))
}

#[cfg(not(windows))]
fn path_of_bytes(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt as _;
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

fn is_local(host: &str) -> bool {
    host.is_empty() || host.eq_ignore_ascii_case("localhost")
}

#[cfg(any(not(windows), test))]
fn unix_path(host: &str, path: &str) -> Option<Vec<u8>> {
    // What lies on another machine is no file of this one.
    let bytes: Vec<u8> = percent_decode_str(path).collect();
    if !is_local(host) || !bytes.starts_with(b"/") || bytes.contains(&0) {
        return None;
    }
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in bytes.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Some([b"/", parts.join(&b'/').as_slice()].concat())
}

#[cfg(any(not(windows), test))]
fn unix_uri(path: &[u8]) -> String {
    format!("file://{}", percent_encode(path, &ESCAPED_IN_PATH))
}

#[cfg(any(windows, test))]
fn windows_path(host: &str, path: &str) -> Option<String> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().ok().map(|text| text.replace('/', r"\"));
    let (host, path) = (decoded(host)?, decoded(path)?);
    if host.contains('\0') || path.contains('\0') {
        return None;
    }
    // `file://server/share` and `file:////server/share`.
    let whole = match is_local(&host) {
        true => path,
        false => format!(r"\\{host}{path}"),
    };
    if whole.starts_with(r"\\?\") {
        return paths::without_verbatim_prefix(&whole).map(|path| normal(&path));
    }
    if let Some(rest) = whole.strip_prefix(r"\\") {
        let mut names = rest.split('\\').filter(|name| !name.is_empty());
        // A server alone is no folder, and a device no file.
        let server = names.next().filter(|server| *server != ".")?;
        return names
            .next()
            .is_some_and(|share| share != "..")
            .then(|| normal(&format!(r"\\{server}{}", &rest[server.len()..])));
    }
    let drive = whole.strip_prefix('\\')?;
    let (letter, rest) = drive.split_at_checked(2)?;
    let is_drive = letter.as_bytes()[0].is_ascii_alphabetic() && letter.ends_with([':', '|']);
    (is_drive && (rest.is_empty() || rest.starts_with('\\'))).then(|| normal(&format!(r"{}:\{rest}", &letter[..1])))
}

/// Without `.`, `..` and empty parts; never above the drive or the share.
#[cfg(any(windows, test))]
fn normal(path: &str) -> String {
    let (root, rest, kept) = match path.strip_prefix(r"\\") {
        Some(rest) => (r"\\", rest, 2),
        None => ("", path, 1),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in rest.split('\\') {
        match part {
            "" | "." => {}
            ".." if parts.len() > kept => drop(parts.pop()),
            ".." => {}
            part => parts.push(part),
        }
    }
    let path = format!("{root}{}", parts.join(r"\"));
    if parts.len() == 1 && root.is_empty() { path + r"\" } else { path }
}

/// A drive is spelled as the client spells it: VS Code writes `c%3A`, and others `C:`.
#[cfg(any(windows, test))]
fn windows_uri(path: &str) -> Option<String> {
    let plain = paths::without_verbatim_prefix(path);
    let path = plain.as_deref().unwrap_or(path).strip_prefix(r"\\?\").unwrap_or(plain.as_deref().unwrap_or(path));
    let path = path.replace('\\', "/");
    let escaped = |text: &str| percent_encode(text.as_bytes(), &ESCAPED_IN_PATH).to_string();
    if let Some(rest) = path.strip_prefix("//") {
        let (server, rest) = rest.split_once('/')?;
        let server = percent_encode(server.as_bytes(), &ESCAPED);
        return (!rest.is_empty()).then(|| format!("file://{server}/{}", escaped(rest)));
    }
    let (drive, rest) = path.split_at_checked(2)?;
    let letter = drive.strip_suffix(':').filter(|letter| letter.bytes().all(|it| it.is_ascii_alphabetic()))?;
    let colon = if letter.bytes().all(|it| it.is_ascii_lowercase()) { "%3A" } else { ":" };
    rest.starts_with('/').then(|| format!("file:///{letter}{colon}{}", escaped(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::lsp::position::parse_uri;

    fn parts(uri: &str) -> (String, String) {
        let uri = parse_uri(uri).unwrap_or_else(|| panic!("{uri}"));
        let host = uri.authority().map(|authority| authority.host().to_owned()).unwrap_or_default();
        (host, uri.path().as_str().to_owned())
    }

    #[test]
    fn windows_from_uris() {
        for (uri, path) in [
            // Drives.
            ("file:///c%3A/p/spec.md", Some(r"c:\p\spec.md")),
            ("file:///c%3a/p/spec.md", Some(r"c:\p\spec.md")),
            ("file:///C%3A/p/spec.md", Some(r"C:\p\spec.md")),
            ("file:///c:/p/spec.md", Some(r"c:\p\spec.md")),
            ("file:///C:/p/spec.md", Some(r"C:\p\spec.md")),
            ("file://localhost/C:/p/spec.md", Some(r"C:\p\spec.md")),
            ("file:///C%7C/p", Some(r"C:\p")),
            ("file:///c%3A", Some(r"c:\")),
            ("file:///c%3A/", Some(r"c:\")),
            ("file:///c%3A/p/", Some(r"c:\p")),
            ("file:///c%3A//p//q", Some(r"c:\p\q")),
            ("file:///c%3A/p%5Cq", Some(r"c:\p\q")),
            ("file:///c%3A/a/./b/../c", Some(r"c:\a\c")),
            ("file:///c%3A/../../p", Some(r"c:\p")),
            ("file:///c%3A/%C3%BCn%C3%AF/a%20b/%23%25%26", Some(r"c:\ünï\a b\#%&")),
            ("file:///c%3A/nfd/u%CC%88", Some("c:\\nfd\\u\u{308}")),
            // Servers.
            ("file://server/share/p/spec.md", Some(r"\\server\share\p\spec.md")),
            ("file:////server/share/p", Some(r"\\server\share\p")),
            ("file://wsl.localhost/Ubuntu-22.04/home/u/p", Some(r"\\wsl.localhost\Ubuntu-22.04\home\u\p")),
            ("file://wsl%24/Ubuntu/home", Some(r"\\wsl$\Ubuntu\home")),
            ("file://wsl$/Ubuntu/home", Some(r"\\wsl$\Ubuntu\home")),
            ("file://server/share/a/../../../b", Some(r"\\server\share\b")),
            ("file://192.168.0.1/c$/p", Some(r"\\192.168.0.1\c$\p")),
            // Verbatim, as other servers write them.
            ("file:////%3F/C%3A/p", Some(r"C:\p")),
            ("file:////%3F/UNC/server/share/p", Some(r"\\server\share\p")),
            ("file://%3F/C%3A/p", Some(r"C:\p")),
            ("file:////%3F/Volume%7B1%7D/p", None),
            // No files.
            ("file:///home/u/p", None),
            ("file:///", None),
            ("file://server", None),
            ("file://server/", None),
            ("file://./pipe/x", None),
            ("file:///c%3Ap", None),
            ("file:///1%3A/p", None),
            ("file:///c%3A/p%00", None),
            ("file:///c%3A/%FF", None),
        ] {
            let (host, text) = parts(uri);
            assert_eq!(windows_path(&host, &text).as_deref(), path, "{uri}");
        }
    }

    #[test]
    fn windows_and_back() {
        for (path, uri) in [
            (r"c:\p\spec.md", "file:///c%3A/p/spec.md"),
            (r"C:\p\spec.md", "file:///C:/p/spec.md"),
            (r"C:\", "file:///C:/"),
            (r"C:\p\reports/verify.json", "file:///C:/p/reports/verify.json"),
            (r"c:\a b\ünï#%&", "file:///c%3A/a%20b/%C3%BCn%C3%AF%23%25%26"),
            ("c:\\u\u{308}", "file:///c%3A/u%CC%88"),
            (r"\\server\share\p", "file://server/share/p"),
            (r"\\wsl.localhost\Ubuntu\home", "file://wsl.localhost/Ubuntu/home"),
            (r"\\wsl$\Ubuntu\home", "file://wsl%24/Ubuntu/home"),
            (r"\\?\C:\p", "file:///C:/p"),
            (r"\\?\UNC\server\share\p", "file://server/share/p"),
            (r"\\?\C:\p\aux\spec.md", "file:///C:/p/aux/spec.md"),
        ] {
            assert_eq!(windows_uri(path).as_deref(), Some(uri), "{path}");
            assert!(parse_uri(uri).is_some(), "{uri}");
            if !path.starts_with(r"\\?\") {
                let (host, text) = parts(uri);
                assert_eq!(windows_path(&host, &text), Some(path.replace('/', r"\")), "{uri}, and back");
            }
        }
        for path in ["p", r"\p", r"C:p", "C:", r"\\server", r"\\server\", r"\\?\Volume{1}\p", "/home/u"] {
            assert_eq!(windows_uri(path), None, "{path}");
        }
    }

    #[test]
    fn unix_both_ways() {
        for (uri, path) in [
            ("file:///p/spec.md", Some("/p/spec.md")),
            ("file://localhost/p", Some("/p")),
            ("file:///p/", Some("/p")),
            ("file:///", Some("/")),
            ("file:///a/./b/../c", Some("/a/c")),
            ("file:///a%20b/%C3%BC/u%CC%88", Some("/a b/ü/u\u{308}")),
            ("file:///c%3A/p", Some("/c:/p")),
            ("file:///back%5Cslash", Some("/back\\slash")),
            ("file://server/share/p", None),
            ("file:///p%00", None),
        ] {
            let (host, text) = parts(uri);
            assert_eq!(unix_path(&host, &text), path.map(|path| path.as_bytes().to_vec()), "{uri}");
        }
        for path in [&b"/p/spec.md"[..], b"/", "/a b/ü/u\u{308}#%".as_bytes(), b"/back\\slash", b"/not \xff text"] {
            let (host, text) = parts(&unix_uri(path));
            assert_eq!(unix_path(&host, &text).as_deref(), Some(path));
        }
    }

    #[test]
    fn only_files_are_meant() {
        for uri in ["untitled:Untitled-1", "git:/x/spec.md", "vscode-remote://wsl/p", "https://x/spec.md"] {
            assert_eq!(to_path(&parse_uri(uri).unwrap()), None, "{uri}");
        }
        assert_eq!(of_path(Path::new("relative")), None);
    }
}

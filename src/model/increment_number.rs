//! The name of an increment -> its number.

/// The number in an increment's name, and whether the name is one: `0047-name`, or `0043G-name` with a letter
/// for its origin.
pub fn of(id: &str) -> Option<u64> {
    let digits = id.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &id[digits..];
    let rest = rest.strip_prefix(|c: char| c.is_ascii_uppercase()).unwrap_or(rest);
    let named = rest.strip_prefix('-').is_some_and(|name| !name.is_empty());
    if named { id[..digits].parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_increments() {
        assert_eq!(of("0047-us-task-linkage"), Some(47));
        assert_eq!(of("0043G-from-github"), Some(43));
        for other in ["_archive", "notes", ".hidden", "0047", "0047-", "-name", "0043gg-x", "0043g-x"] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}

//! Which increment a person means by an id or a number.

use thiserror::Error;

use crate::model::increment_number;
use crate::model::sort;
use crate::workspace::hint::Hint;

/// Why a name is not one increment.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum SelectError {
    #[error("no such increment: `{wanted}`")]
    Unknown { wanted: String, nearest: Vec<String> },
    /// The project has no increments at all.
    #[error("no such increment: `{wanted}`; the project has none")]
    NoIncrements { wanted: String },
    #[error("`{wanted}` is ambiguous: {}", candidates.join(", "))]
    Ambiguous { wanted: String, candidates: Vec<String> },
    /// Of several projects, or in a bucket too.
    #[error("`{wanted}` is ambiguous: {folders} folders are called {id}")]
    SeveralFolders { wanted: String, id: String, folders: usize },
}

impl SelectError {
    /// There are several, and it is not said which is meant.
    pub fn is_ambiguous(&self) -> bool {
        matches!(self, SelectError::Ambiguous { .. } | SelectError::SeveralFolders { .. })
    }
}

impl Hint for SelectError {
    fn hint(&self) -> Option<String> {
        match self {
            SelectError::Unknown { nearest, .. } => did_you_mean(nearest),
            SelectError::NoIncrements { .. } => None,
            SelectError::Ambiguous { .. } => Some("give the whole id".to_owned()),
            SelectError::SeveralFolders { .. } => Some("give its path".to_owned()),
        }
    }
}

/// ``did you mean `a` or `b`?``
pub fn did_you_mean(names: &[String]) -> Option<String> {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let (last, others) = quoted.split_last()?;
    Some(match others {
        [] => format!("did you mean {last}?"),
        _ => format!("did you mean {} or {last}?", others.join(", ")),
    })
}

/// The one of `names` that `wanted` names: its id, or its number (`47`, `0047`, `0043G`).
pub fn one<T: Copy>(wanted: &str, names: &[(String, T)]) -> Result<T, SelectError> {
    let matches = |name: &str| {
        name == wanted
            || name.split('-').next() == Some(wanted)
            || wanted.parse::<u64>().is_ok_and(|number| increment_number::of(name) == Some(number))
    };
    let exact: Vec<_> = names.iter().filter(|(name, _)| name == wanted).collect();
    let found = if exact.is_empty() { names.iter().filter(|(name, _)| matches(name)).collect() } else { exact };
    let wanted = wanted.to_owned();
    match found.as_slice() {
        [(_, one)] => Ok(*one),
        [] if names.is_empty() => Err(SelectError::NoIncrements { wanted }),
        [] => {
            // Names that are like a number are like it by chance.
            let is_number = wanted.bytes().all(|byte| byte.is_ascii_digit());
            let all = names.iter().map(|(name, _)| name.as_str());
            Err(SelectError::Unknown { nearest: if is_number { Vec::new() } else { nearest(&wanted, all) }, wanted })
        }
        several => {
            let mut candidates: Vec<String> = several.iter().map(|(name, _)| name.clone()).collect();
            sort::by(&mut candidates, Ord::cmp);
            candidates.dedup();
            match candidates.len() {
                1 => Err(SelectError::SeveralFolders { wanted, id: candidates.remove(0), folders: several.len() }),
                _ => Err(SelectError::Ambiguous { wanted, candidates }),
            }
        }
    }
}

/// The three names most like `wanted`; none that is like it by chance.
pub fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Vec<String> {
    const ALIKE: f64 = 0.7;
    let mut ranked: Vec<(f64, &str)> = names.map(|name| (strsim::jaro_winkler(wanted, name), name)).collect();
    ranked.retain(|(alike, _)| *alike >= ALIKE);
    sort::by(&mut ranked, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    // Several projects may have it.
    ranked.dedup_by_key(|(_, name)| *name);
    ranked.into_iter().take(3).map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_numbers_and_near_misses() {
        let names: Vec<(String, usize)> = ["0001-login", "0002-search", "0043-a", "0043G-b"]
            .iter()
            .enumerate()
            .map(|(at, name)| ((*name).to_owned(), at))
            .collect();
        assert_eq!(one("0001-login", &names), Ok(0));
        assert_eq!(one("2", &names), Ok(1));
        assert_eq!(one("0002", &names), Ok(1));
        assert_eq!(one("0043G", &names), Ok(3));
        let candidates = vec!["0043-a".to_owned(), "0043G-b".to_owned()];
        let ambiguous = SelectError::Ambiguous { wanted: "43".to_owned(), candidates };
        assert_eq!(one("43", &names).unwrap_err(), ambiguous);
        assert_eq!(ambiguous.sentences(), "`43` is ambiguous: 0043-a, 0043G-b. Give the whole id.");
        let twice: Vec<(String, usize)> = [names.clone(), names.clone()].concat();
        assert_eq!(one("43", &twice).unwrap_err(), ambiguous);
        let several = SelectError::SeveralFolders { wanted: "1".to_owned(), id: "0001-login".to_owned(), folders: 2 };
        assert_eq!(one("1", &twice).unwrap_err(), several);
        let unknown = one("0001-logni", &names).unwrap_err();
        assert!(unknown.hint().is_some_and(|hint| hint == "did you mean `0001-login`?"), "{unknown:?}");
        assert_eq!(one("77", &names).unwrap_err().sentences(), "No such increment: `77`.");
    }
}

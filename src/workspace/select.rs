//! Which increment a person means by an id or a number.

use crate::model::increment;

/// The one of `names` that `wanted` names: its id, or its number (`47`, `0047`, `0043G`).
pub fn one<T: Copy>(wanted: &str, names: &[(String, T)]) -> Result<T, String> {
    let matches = |name: &str| {
        name == wanted
            || name.split('-').next() == Some(wanted)
            || wanted.parse::<u64>().is_ok_and(|number| increment::number(name) == Some(number))
    };
    let exact: Vec<_> = names.iter().filter(|(name, _)| name == wanted).collect();
    let found = if exact.is_empty() { names.iter().filter(|(name, _)| matches(name)).collect() } else { exact };
    match found.as_slice() {
        [(_, one)] => Ok(*one),
        [] => {
            let nearest = nearest(wanted, names.iter().map(|(name, _)| name.as_str()));
            Err(match nearest.as_slice() {
                [] => format!("There is no increment `{wanted}`; the project has none."),
                _ => format!("There is no increment `{wanted}`; the nearest are {}.", nearest.join(", ")),
            })
        }
        several => {
            let mut names: Vec<&str> = several.iter().map(|(name, _)| name.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            if names.len() == 1 {
                return Err(format!("`{wanted}` is there in {} projects; name it by its path.", several.len()));
            }
            Err(format!("`{wanted}` could be {}; give the whole id.", names.join(" or ")))
        }
    }
}

/// The three names most like `wanted`.
pub fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let mut ranked: Vec<(f64, &str)> = names.map(|name| (strsim::jaro_winkler(wanted, name), name)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    ranked.into_iter().take(3).map(|(_, name)| name).collect()
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
        assert_eq!(one("43", &names).unwrap_err(), "`43` could be 0043-a or 0043G-b; give the whole id.");
        let twice: Vec<(String, usize)> = [names.clone(), names.clone()].concat();
        assert_eq!(one("43", &twice).unwrap_err(), "`43` could be 0043-a or 0043G-b; give the whole id.");
        assert_eq!(one("1", &twice).unwrap_err(), "`1` is there in 2 projects; name it by its path.");
        assert!(one("0001-logni", &names).unwrap_err().contains("nearest are 0001-login"));
    }
}

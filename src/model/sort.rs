//! Stable sorting, as `[T]::sort_by` does it. That has six kB of code for each kind of item and of order, and there would be
//! thirty of them in the program; here it is there once, for the places of the items. The listing of a project, which has
//! thousands, is sorted by the library, and so are plain numbers. Collecting into a `BTreeMap` sorts as well.

use std::cmp::Ordering;

pub fn by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    by(items, |one, other| key(one).cmp(&key(other)));
}

pub fn by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    if items.len() < 2 {
        return;
    }
    // Where each item goes.
    let mut to = places(items.len(), &|one, other| compare(&items[one], &items[other]));
    for at in 0..items.len() {
        while to[at] != at {
            let other = to[at];
            items.swap(at, other);
            to.swap(at, other);
        }
    }
}

fn places(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut from: Vec<usize> = (0..count).collect();
    from.sort_by(|one, other| compare(*one, *other));
    let mut to = vec![0; count];
    for (at, from) in from.into_iter().enumerate() {
        to[from] = at;
    }
    to
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn as_the_library_sorts(keys in prop::collection::vec(0..20_u8, 0..60)) {
            let mut ours: Vec<(u8, usize)> = keys.into_iter().zip(0..).collect();
            let mut theirs = ours.clone();
            by_key(&mut ours, |(key, _)| *key);
            theirs.sort_by_key(|(key, _)| *key);
            prop_assert_eq!(&ours, &theirs);
            by(&mut ours, |one, other| other.0.cmp(&one.0));
            theirs.sort_by_key(|(key, _)| std::cmp::Reverse(*key));
            prop_assert_eq!(ours, theirs);
        }
    }
}

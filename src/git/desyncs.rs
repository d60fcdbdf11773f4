//! From what an increment said in each commit that changed it, to the desyncs: where they began and what ended them.

use std::collections::HashSet;

/// What of a commit that changed the increment counts here. Parents come before their children.
#[derive(Clone, Debug, Default)]
pub struct DesyncLink {
    pub is_there: bool,
    pub desynced: bool,
    pub parents: Vec<usize>,
}

/// The statuses disagreed from one commit until another.
#[derive(Debug, PartialEq)]
pub struct DesyncSpan {
    pub start: usize,
    /// None when they still do.
    pub end: Option<usize>,
    /// Merges after the start in which a side that agreed met this desync, and lost.
    pub merges: Vec<usize>,
}

/// While an increment is away its statuses are those it left with; once it is gone for good it has none.
fn with_gaps(links: &[DesyncLink]) -> Vec<DesyncLink> {
    let mut comes_back = vec![false; links.len()];
    for (at, link) in links.iter().enumerate().rev() {
        let is_there = link.is_there || comes_back[at];
        link.parents.iter().for_each(|&parent| comes_back[parent] |= is_there);
    }
    let mut all: Vec<DesyncLink> = Vec::new();
    for (link, comes_back) in links.iter().zip(comes_back) {
        let is_away = !link.is_there && comes_back;
        let desynced = if is_away { link.parents.iter().any(|&at| all[at].desynced) } else { link.desynced };
        all.push(DesyncLink { desynced, ..link.clone() });
    }
    all
}

/// Neighbouring desynced commits are one desync, on however many branches it lived.
pub fn spans(links: &[DesyncLink]) -> Vec<DesyncSpan> {
    let links = &with_gaps(links)[..];
    // Each desynced commit -> the first one of its desync.
    let mut first: Vec<usize> = (0..links.len()).collect();
    for at in 0..links.len() {
        let neighbours: Vec<usize> = desynced_parents(links, at).map(|parent| first[parent]).collect();
        if links[at].desynced
            && let Some(&start) = neighbours.iter().min()
        {
            for one in &mut first[..=at] {
                if neighbours.contains(one) || *one == at {
                    *one = start;
                }
            }
        }
    }
    let starts = (0..links.len()).filter(|&at| links[at].desynced && first[at] == at);
    let merges = |start: usize| {
        let lost = |at: &usize| {
            links[*at].desynced && first[*at] == start && links[*at].parents.iter().any(|&it| !links[it].desynced)
        };
        (start + 1..links.len()).filter(|at| links[*at].parents.len() > 1).filter(lost).collect()
    };
    starts.map(|start| DesyncSpan { start, end: end(links, &first, start), merges: merges(start) }).collect()
}

fn desynced_parents(links: &[DesyncLink], at: usize) -> impl Iterator<Item = usize> {
    links[at].parents.iter().copied().filter(|&parent| links[parent].desynced)
}

/// The commit that ended a desync: the last one that agrees after it. If that is a merge which only brought in a fix made
/// on a branch, the fix.
fn end(links: &[DesyncLink], first: &[usize], start: usize) -> Option<usize> {
    let ends = |at: usize| !links[at].desynced && desynced_parents(links, at).any(|parent| first[parent] == start);
    let last = links.len() - 1;
    if links[last].desynced && first[last] == start {
        return None;
    }
    let found = (0..links.len()).rev().find(|&at| ends(at))?;
    let mut open: Vec<usize> = links[found].parents.iter().copied().filter(|&parent| !links[parent].desynced).collect();
    let mut seen = HashSet::new();
    let mut fix = None;
    while let Some(at) = open.pop() {
        if seen.insert(at) && at > start {
            if ends(at) {
                fix = fix.max(Some(at));
            }
            open.extend(links[at].parents.iter().copied().filter(|&parent| !links[parent].desynced));
        }
    }
    Some(fix.unwrap_or(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `x` is desynced, `-` is not there; the numbers are the parents.
    fn found(history: &[(&str, &[usize])]) -> Vec<DesyncSpan> {
        let link = |(state, parents): &(&str, &[usize])| DesyncLink {
            is_there: *state != "-",
            desynced: *state == "x",
            parents: parents.to_vec(),
        };
        spans(&history.iter().map(link).collect::<Vec<_>>())
    }

    fn span(start: usize, end: Option<usize>, merges: &[usize]) -> DesyncSpan {
        DesyncSpan { start, end, merges: merges.to_vec() }
    }

    #[test]
    fn a_merge_that_brings_it_back_is_named() {
        // Fixed on a branch; the merge keeps the other side.
        assert_eq!(found(&[("x", &[]), (".", &[0]), ("x", &[0]), ("x", &[2, 1])]), [span(0, None, &[3])]);
        // A branch that left before it began is no fix, but a side that agreed all the same.
        assert_eq!(found(&[(".", &[]), ("x", &[0]), (".", &[0]), ("x", &[1, 2])]), [span(1, None, &[3])]);
        assert_eq!(found(&[(".", &[]), (".", &[0]), (".", &[0]), ("x", &[1, 2])]), [span(3, None, &[])]);
    }

    #[test]
    fn an_increment_that_comes_back_was_never_mended() {
        assert_eq!(found(&[("x", &[]), ("-", &[0]), ("x", &[1]), (".", &[2])]), [span(0, Some(3), &[])]);
        assert_eq!(found(&[("x", &[]), ("-", &[0])]), [span(0, Some(1), &[])]);
        assert_eq!(found(&[(".", &[]), ("-", &[0]), ("x", &[1])]), [span(2, None, &[])]);
    }
}

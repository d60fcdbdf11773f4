//! Reads many increments on all cores.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::model::sort;

/// So many parts for each core: one that something else keeps busy takes fewer of them, and at the end none waits long for
/// another.
const PARTS: usize = 64;
/// To begin a part, and another thread, must be worth it.
const SMALLEST: usize = 16;

/// What `work` makes of each part of the folders, in their order.
pub fn parts<T: Send>(folders: &[Arc<Path>], work: impl Fn(&[Arc<Path>]) -> T + Sync) -> Vec<T> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let parts: Vec<_> = folders.chunks(folders.len().div_ceil(workers * PARTS).max(SMALLEST)).collect();
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(part) = parts.get(at) else { return done };
            // One that panicked has said so; what the others found still counts.
            done.extend(catch_unwind(AssertUnwindSafe(|| (at, work(part)))));
        }
    };
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..workers.min(parts.len())).map(|_| scope.spawn(take)).collect();
        let own = take();
        own.into_iter().chain(others.into_iter().flat_map(thread::ScopedJoinHandle::join).flatten()).collect::<Vec<_>>()
    });
    sort::by_key(&mut done, |(at, _)| *at);
    done.into_iter().map(|(_, found)| found).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_their_order_and_without_what_panicked() {
        let folders: Vec<Arc<Path>> = (0..1000).map(|number| Arc::from(Path::new(&number.to_string()))).collect();
        let found = parts(&folders, <[_]>::to_vec).concat();
        assert_eq!(found, folders);
        let bad = Path::new("7");
        let found = parts(&folders, |part| {
            assert!(!part.iter().any(|folder| **folder == *bad), "on purpose");
            part.to_vec()
        });
        let rest = found.concat();
        assert!(rest.len() < folders.len() && folders.ends_with(&rest), "{} of {}", rest.len(), folders.len());
        assert!(parts(&[], <[_]>::to_vec).is_empty());
    }
}

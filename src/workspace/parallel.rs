//! Work on many increments, on all cores.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

/// So many parts for each core: one that something else keeps busy takes fewer of them, and at the end none waits long for
/// another.
const PARTS: usize = 64;
/// To begin a part, and another thread, must be worth it.
const SMALLEST: usize = 16;

/// What `work` makes of each part of the folders, in their order.
pub fn parts<T: Send + Sync>(folders: &[Arc<Path>], work: impl Fn(&[Arc<Path>]) -> T + Sync) -> Vec<T> {
    let workers = workers();
    let parts: Vec<_> = folders.chunks(folders.len().div_ceil(workers * PARTS).max(SMALLEST)).collect();
    let done: Vec<OnceLock<T>> = parts.iter().map(|_| OnceLock::new()).collect();
    share(parts.len(), workers, &|at| drop(done[at].set(work(parts[at]))));
    done.into_iter().filter_map(OnceLock::into_inner).collect()
}

/// One for each core that the process may use.
pub fn workers() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Calls `work` once with each number below `count`. Not generic: what starts threads is in the program once.
pub fn share(count: usize, workers: usize, work: &(dyn Fn(usize) + Sync)) {
    let next = AtomicUsize::new(0);
    let take = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count {
                return;
            }
            // One that panicked has said so; what the others found still counts.
            let _ = catch_unwind(AssertUnwindSafe(|| work(at)));
        }
    };
    let wanted = workers.min(count);
    if wanted < 2 {
        return take();
    }
    thread::scope(|scope| {
        // The caller only waits. If it worked too, the thread it starts would stay behind it on the same core for
        // milliseconds, though another is idle: Linux sends only the next one there.
        let started = (0..wanted).filter(|_| thread::Builder::new().spawn_scoped(scope, take).is_ok()).count();
        // The system may have no thread to give.
        if started == 0 {
            take();
        }
    });
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

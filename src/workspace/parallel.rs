//! Reads many increments on all cores.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::thread;

/// What `work` makes of each share of the folders, in their order. The first share is this thread's own: few increments
/// are read without another one.
pub fn shares<T: Send>(folders: &[Arc<Path>], work: impl Fn(&[Arc<Path>]) -> T + Sync) -> Vec<T> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let share = folders.len().div_ceil(workers).max(1);
    thread::scope(|scope| {
        let work = &work;
        let mut shares = folders.chunks(share);
        let own = shares.next();
        let running: Vec<_> = shares.map(|folders| scope.spawn(move || work(folders))).collect();
        // A worker that panicked has said so; what the others found still counts.
        let own = own.and_then(|folders| catch_unwind(AssertUnwindSafe(|| work(folders))).ok());
        own.into_iter().chain(running.into_iter().flat_map(thread::ScopedJoinHandle::join)).collect()
    })
}

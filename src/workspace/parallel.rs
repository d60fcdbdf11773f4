//! Reading many increments on all cores.

use std::path::PathBuf;
use std::thread;

/// What `work` makes of each share of the folders, in their order.
pub fn shares<T: Send>(folders: &[PathBuf], work: impl Fn(&[PathBuf]) -> T + Sync) -> Vec<T> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let share = folders.len().div_ceil(workers).max(1);
    thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> = folders.chunks(share).map(|folders| scope.spawn(move || work(folders))).collect();
        // A worker that panicked has said so; what the others found still counts.
        running.into_iter().flat_map(thread::ScopedJoinHandle::join).collect()
    })
}

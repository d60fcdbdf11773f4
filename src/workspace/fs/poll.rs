//! Waiting for what gives no sign when it happens: a lock that another program releases.

use std::thread;
use std::time::{Duration, Instant};

/// Short beside what any change takes.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Asks `ready` until it has something, for at most `limit`.
pub fn poll<T>(limit: Duration, mut ready: impl FnMut() -> Option<T>) -> Option<T> {
    let since = Instant::now();
    loop {
        if let Some(it) = ready() {
            return Some(it);
        }
        if since.elapsed() >= limit {
            return None;
        }
        thread::sleep(LOOK_AGAIN); // a poll with a limit, not a guess
    }
}

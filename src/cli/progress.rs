//! A progress bar for what takes more than a moment. It is drawn on stderr, and only on a terminal.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is over by then needs no bar; one that flashes up only disturbs.
const A_MOMENT: Duration = Duration::from_millis(500);

pub struct ProgressLine {
    bar: ProgressBar,
    /// None once the bar is drawn.
    hidden_since: Mutex<Option<Instant>>,
}

impl ProgressLine {
    pub fn new(length: usize, what: &'static str) -> ProgressLine {
        let bar = ProgressBar::with_draw_target(Some(length as u64), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {eta}") {
            bar.set_style(style.progress_chars("█░"));
        }
        bar.set_message(what);
        ProgressLine { bar, hidden_since: Mutex::new(Some(Instant::now())) }
    }

    pub fn one_more(&self) {
        self.bar.inc(1);
        if let Ok(mut since) = self.hidden_since.lock()
            && since.is_some_and(|since| since.elapsed() > A_MOMENT)
        {
            *since = None;
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// Something is printed: the bar makes room.
    pub fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

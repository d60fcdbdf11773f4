//! A progress bar for what takes more than a moment, or is a lot. It is drawn on stderr, and only on a terminal.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is over by then needs no bar; one that flashes up only disturbs.
const A_MOMENT: Duration = Duration::from_millis(500);

pub struct ProgressLine {
    bar: ProgressBar,
    /// Of so many the bar is drawn at once, however fast they come.
    is_long: bool,
    /// None once the bar is drawn.
    hidden_since: Mutex<Option<Instant>>,
}

impl ProgressLine {
    /// For `length` steps, of which more than `a_lot` are worth a bar on any machine.
    pub fn new(length: usize, a_lot: usize, what: &'static str) -> ProgressLine {
        let bar = ProgressBar::with_draw_target(Some(length as u64), ProgressDrawTarget::hidden());
        bar.set_message(what);
        ProgressLine { bar, is_long: length > a_lot, hidden_since: Mutex::new(Some(Instant::now())) }
    }

    pub fn more(&self, steps: usize) {
        self.bar.inc(steps as u64);
        if let Ok(mut since) = self.hidden_since.lock()
            && since.is_some_and(|since| self.is_long || since.elapsed() > A_MOMENT)
        {
            *since = None;
            if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {eta}") {
                self.bar.set_style(style.progress_chars("█░"));
            }
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

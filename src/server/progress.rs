//! A reading of projects that takes more than a moment shows how far it is, and can be stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tower_lsp::ls_types::*;

use crate::server::session::{Event, Session};

/// What is over sooner than this would only flicker.
const MOMENT: Duration = Duration::from_millis(300);

/// The reading that is going on.
#[derive(Default)]
pub struct Reading {
    /// When it began; `None` when nothing is being read.
    since: Option<Instant>,
    /// The client was asked whether it shows this one.
    asked: Option<NumberOrString>,
    /// It does.
    token: Option<NumberOrString>,
    tokens: u32,
    done: usize,
    total: usize,
    /// Shared with the threads that read.
    pub(super) stop: Arc<AtomicBool>,
}

impl Session {
    pub(super) fn reading_began(&mut self) {
        self.reading += 1;
        if self.progress.since.is_none() {
            let tokens = self.progress.tokens;
            self.progress = Reading { since: Some(Instant::now()), tokens, ..Reading::default() };
        }
    }

    pub(super) fn reading_found(&mut self, increments: usize) {
        self.progress.total += increments;
    }

    pub(super) fn reading_went_on(&mut self, increments: usize) {
        self.progress.done += increments;
        let Reading { done, total, .. } = self.progress;
        let percentage = (done * 100).checked_div(total).map(|percent| percent.min(100) as u32);
        self.tell_progress(WorkDoneProgress::Report(WorkDoneProgressReport {
            cancellable: Some(true),
            message: Some(format!("{done} of {total} increments")),
            percentage,
        }));
    }

    /// When a reading that still goes on has to be shown.
    pub(super) fn progress_due(&self) -> Option<Instant> {
        let hidden = self.client.progress && self.progress.asked.is_none();
        self.progress.since.filter(|_| hidden).map(|since| since + MOMENT)
    }

    pub(super) fn show_progress(&mut self) {
        if self.progress_due().is_none_or(|due| due > Instant::now()) {
            return;
        }
        self.progress.tokens += 1;
        let token = NumberOrString::String(format!("specweave-reading-{}", self.progress.tokens));
        let create = WorkDoneProgressCreateParams { token: token.clone() };
        let events = self.events.clone();
        self.progress.asked = Some(token.clone());
        // What is said of a token before the client knows it is lost.
        self.outbox.request::<request::WorkDoneProgressCreate>(create, move |result| match result {
            Ok(()) => {
                let _ = events.send(Event::ShowsProgress(token));
            }
            Err(error) => tracing::debug!("progress is not shown: {error}"),
        });
    }

    pub(super) fn shows_progress(&mut self, token: NumberOrString) {
        // The reading may be over, and another one asked about.
        if self.progress.asked.as_ref() != Some(&token) {
            return;
        }
        self.progress.token = Some(token);
        self.tell_progress(WorkDoneProgress::Begin(WorkDoneProgressBegin {
            title: "Reading SpecWeave increments".to_owned(),
            cancellable: Some(true),
            message: None,
            percentage: Some(0),
        }));
    }

    pub(super) fn reading_ended(&mut self) {
        let Reading { done, total, .. } = self.progress;
        self.tell_progress(WorkDoneProgress::End(WorkDoneProgressEnd {
            message: Some(format!("{done} of {total} increments")),
        }));
        let stopped = self.progress.stop.load(Ordering::Relaxed);
        self.progress.since = None;
        self.progress.asked = None;
        self.progress.token = None;
        self.unread = if stopped { total.saturating_sub(done) } else { 0 };
        if self.unread > 0 {
            self.outbox.show(
                MessageType::WARNING,
                format!(
                    "Reading was stopped: {} of {total} increments are not checked until they are opened or changed. \
                     `specweave-lsp check` looks at all of them.",
                    self.unread
                ),
            );
        }
    }

    pub(super) fn progress_cancelled(&mut self, token: &NumberOrString) {
        if self.progress.token.as_ref() == Some(token) {
            self.progress.stop.store(true, Ordering::Relaxed);
        }
    }

    fn tell_progress(&self, progress: WorkDoneProgress) {
        if let Some(token) = self.progress.token.clone() {
            let value = ProgressParamsValue::WorkDone(progress);
            self.outbox.notify::<notification::Progress>(ProgressParams { token, value });
        }
    }
}

//! How far the scan of the projects is, and what the client is shown of it. It can be cancelled.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tower_lsp::ls_types::*;

/// A few increments are read before anybody could look; only more than these are worth a progress bar.
const WORTH_SHOWING: usize = 2000;

/// What is to be sent.
#[derive(Debug, PartialEq)]
pub enum Notice {
    /// Ask it for a progress bar of this token.
    Create(NumberOrString),
    Progress(ProgressParams),
    Warning(String),
}

#[derive(Debug, Default)]
pub struct Scan {
    /// How many workspace folders and projects are being read.
    running: usize,
    found: usize,
    read: usize,
    /// What the bar showed last: one that falls back looks broken.
    percentage: u32,
    bar: Bar,
    tokens: u32,
    /// Bars the client was asked for and had not made when all was read, and what is said at their end.
    ended: Vec<(NumberOrString, String)>,
    /// Shared with the threads that read.
    stop: Arc<AtomicBool>,
    /// How many increments the last scan left out.
    unread: usize,
}

#[derive(Debug, Default, PartialEq)]
enum Bar {
    #[default]
    None,
    /// The client was asked for it. What is said of a token before the client knows it is lost.
    Asked(NumberOrString),
    Shown(NumberOrString),
}

impl Scan {
    pub fn is_running(&self) -> bool {
        self.running > 0
    }

    /// How many increments were left out because somebody stopped the scan.
    pub fn unread(&self) -> usize {
        self.unread
    }

    /// Nobody has stopped it.
    pub fn is_whole(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    /// Ends the scan once it is true.
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// A folder or project is going to be read.
    pub fn begin(&mut self) {
        if self.running == 0 {
            (self.found, self.read, self.percentage, self.stop) = (0, 0, 0, Arc::default());
        }
        self.running += 1;
    }

    /// So many increments are to be read; `can_show`: the client has progress bars.
    pub fn found(&mut self, increments: usize, can_show: bool) -> Option<Notice> {
        self.found += increments;
        if !can_show || self.found <= WORTH_SHOWING || self.bar != Bar::None {
            return None;
        }
        self.tokens += 1;
        let token = NumberOrString::String(format!("specweave-scan-{}", self.tokens));
        self.bar = Bar::Asked(token.clone());
        Some(Notice::Create(token))
    }

    pub fn read(&mut self, increments: usize) -> Option<Notice> {
        self.read += increments;
        let Bar::Shown(token) = &self.bar else { return None };
        let token = token.clone();
        Some(progress(&token, WorkDoneProgress::Report(self.report())))
    }

    fn report(&mut self) -> WorkDoneProgressReport {
        let percentage = (self.read * 100).checked_div(self.found).map_or(0, |percent| percent.min(100) as u32);
        self.percentage = self.percentage.max(percentage);
        let percentage = Some(self.percentage);
        WorkDoneProgressReport { cancellable: Some(true), message: Some(self.message()), percentage }
    }

    fn message(&self) -> String {
        format!("{} of {} increments", self.read, self.found)
    }

    /// The client has made the bar, perhaps after the end.
    pub fn created(&mut self, token: &NumberOrString) -> Vec<Notice> {
        let begin = |percentage| {
            WorkDoneProgress::Begin(WorkDoneProgressBegin {
                title: "Reading SpecWeave increments".to_owned(),
                cancellable: Some(true),
                message: None,
                percentage: Some(percentage),
            })
        };
        if let Some(at) = self.ended.iter().position(|(known, _)| known == token) {
            let (token, message) = self.ended.swap_remove(at);
            return vec![progress(&token, begin(100)), progress(&token, end(message))];
        }
        if self.bar != Bar::Asked(token.clone()) {
            return Vec::new();
        }
        self.bar = Bar::Shown(token.clone());
        vec![progress(token, begin(0)), progress(token, WorkDoneProgress::Report(self.report()))]
    }

    /// The client has no bar after all.
    pub fn not_created(&mut self, token: &NumberOrString) {
        self.ended.retain(|(known, _)| known != token);
        if self.bar == Bar::Asked(token.clone()) {
            self.bar = Bar::None;
        }
    }

    /// Also before the client has made the bar.
    pub fn cancel(&mut self, token: &NumberOrString) {
        if matches!(&self.bar, Bar::Asked(known) | Bar::Shown(known) if known == token) {
            self.stop.store(true, Ordering::Relaxed);
        }
    }

    /// One of the folders and projects has been read. `None` if others are still being read.
    pub fn end(&mut self) -> Option<Vec<Notice>> {
        self.running = self.running.saturating_sub(1);
        if self.running > 0 {
            return None;
        }
        let mut notices = Vec::new();
        match std::mem::take(&mut self.bar) {
            Bar::None => {}
            Bar::Asked(token) => self.ended.push((token, self.message())),
            Bar::Shown(token) => notices.push(progress(&token, end(self.message()))),
        }
        let stopped = self.stop.load(Ordering::Relaxed);
        self.unread = if stopped { self.found.saturating_sub(self.read) } else { 0 };
        if self.unread > 0 {
            notices.push(Notice::Warning(format!(
                "The scan was cancelled: {} of {} increments are not checked until they are opened or changed. \
                 `specweave-lsp check` reads all of them.",
                self.unread, self.found
            )));
        }
        Some(notices)
    }
}

fn end(message: String) -> WorkDoneProgress {
    WorkDoneProgress::End(WorkDoneProgressEnd { message: Some(message) })
}

fn progress(token: &NumberOrString, progress: WorkDoneProgress) -> Notice {
    Notice::Progress(ProgressParams { token: token.clone(), value: ProgressParamsValue::WorkDone(progress) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(notices: &[Notice]) -> Vec<String> {
        let show = |notice: &Notice| match notice {
            Notice::Progress(ProgressParams { value: ProgressParamsValue::WorkDone(value), .. }) => match value {
                WorkDoneProgress::Begin(begin) => format!("begin {}", begin.percentage.unwrap()),
                WorkDoneProgress::Report(report) => {
                    format!("{} ({} %)", report.message.as_deref().unwrap(), report.percentage.unwrap())
                }
                WorkDoneProgress::End(end) => format!("end: {}", end.message.as_deref().unwrap()),
            },
            other => format!("{other:?}"),
        };
        notices.iter().map(show).collect()
    }

    /// A scan of 3,000 increments that the client was asked to show.
    fn asked() -> (Scan, NumberOrString) {
        let mut scan = Scan::default();
        scan.begin();
        assert_eq!(scan.found(WORTH_SHOWING, true), None, "not worth it");
        let Some(Notice::Create(token)) = scan.found(1000, true) else { panic!() };
        assert_eq!(scan.found(1, true), None, "asked once");
        (scan, token)
    }

    #[test]
    fn a_large_scan_shows_how_far_it_is() {
        let (mut scan, token) = asked();
        assert_eq!(scan.read(1001), None, "the client does not know the token yet");
        assert_eq!(shown(&scan.created(&token)), ["begin 0", "1001 of 3001 increments (33 %)"]);
        assert_eq!(shown(&scan.read(2000).into_iter().collect::<Vec<_>>()), ["3001 of 3001 increments (100 %)"]);
        scan.begin();
        assert_eq!(scan.end(), None, "another one still runs");
        assert_eq!(shown(&scan.end().unwrap()), ["end: 3001 of 3001 increments"]);
        assert_eq!((scan.unread(), scan.is_running()), (0, false));
        scan.begin();
        assert_eq!(scan.found(WORTH_SHOWING + 1, false), None, "a client without progress bars");
    }

    #[test]
    fn the_bar_never_falls_back() {
        let (mut scan, token) = asked();
        scan.created(&token);
        scan.read(1501);
        scan.found(27_000, true);
        assert_eq!(shown(&scan.read(500).into_iter().collect::<Vec<_>>()), ["2001 of 30001 increments (50 %)"]);
    }

    #[test]
    fn a_scan_that_is_faster_than_the_client_is_shown_all_the_same() {
        let (mut scan, token) = asked();
        scan.read(3001);
        assert_eq!(scan.end(), Some(vec![]));
        scan.begin();
        let Some(Notice::Create(next)) = scan.found(5000, true) else { panic!() };
        assert_eq!(shown(&scan.created(&token)), ["begin 100", "end: 3001 of 3001 increments"]);
        assert!(scan.created(&token).is_empty(), "once");
        assert_eq!(shown(&scan.created(&next)), ["begin 0", "0 of 5000 increments (0 %)"]);
    }

    #[test]
    fn what_is_cancelled_is_said_to_be_incomplete() {
        let (mut scan, token) = asked();
        let stop = scan.stop_flag();
        scan.cancel(&NumberOrString::Number(7));
        assert!(!stop.load(Ordering::Relaxed), "another bar");
        scan.cancel(&token);
        assert!(stop.load(Ordering::Relaxed), "before the client has made the bar");
        scan.read(1000);
        let notices = scan.end().unwrap();
        assert!(matches!(&notices[..], [Notice::Warning(text)] if text.contains("2001 of 3001")), "{notices:?}");
        assert_eq!(scan.unread(), 2001);
        scan.begin();
        assert!(!scan.stop_flag().load(Ordering::Relaxed), "the next one runs");
        scan.cancel(&token);
        assert!(!scan.stop_flag().load(Ordering::Relaxed), "the old bar is over");
        assert_eq!((scan.end(), scan.unread()), (Some(vec![]), 0));
    }

    #[test]
    fn a_cancel_that_comes_too_late_leaves_nothing_out() {
        let (mut scan, token) = asked();
        scan.read(3001);
        scan.cancel(&token);
        assert_eq!((scan.end(), scan.unread()), (Some(vec![]), 0));
        scan.not_created(&token);
        assert!(scan.created(&token).is_empty());
    }
}

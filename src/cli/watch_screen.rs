//! What `status --watch` shows at the moment: the list with one increment chosen, or that increment.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anstyle::Style;
use crossterm::cursor::MoveTo;
use crossterm::queue;
use crossterm::terminal::{self, Clear, ClearType};

/// A table of increments, one line each, and what is said below it.
#[derive(Debug, Default)]
pub struct RowList {
    pub head: String,
    /// The increment's folder, and its line.
    pub rows: Vec<(PathBuf, String)>,
    pub foot: Vec<String>,
}

impl RowList {
    pub fn text(&self) -> String {
        let rows = self.rows.iter().map(|(_, row)| row);
        let table: String = std::iter::once(&self.head).chain(rows).map(|line| format!("{line}\n")).collect();
        let foot: String = self.foot.iter().map(|line| format!("\n{line}\n")).collect();
        table + &foot
    }
}

/// What can be looked at.
pub trait WatchView {
    fn list(&self) -> RowList;
    /// All that is known of one increment.
    fn one(&self, folder: &Path) -> String;
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Key {
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Open,
    Back,
    Quit,
    Resize,
}

const IN_THE_LIST: &str = "↑ ↓ to choose, Enter to look into it. Press q to quit.";
const IN_ONE: &str = "← to go back. Press q to quit.";
const NOTHING_TO_CHOOSE: &str = "Press q to quit.";
/// One line for what is cut off, one for the keys.
const BELOW: usize = 2;

#[derive(Debug, Default)]
pub struct Browser {
    listing: RowList,
    /// The folder, since rows come and go.
    chosen: Option<PathBuf>,
    /// What is looked into: its lines, and how many of them are scrolled away.
    one: Option<(Vec<String>, usize)>,
}

impl Browser {
    /// Reads what is shown anew.
    pub fn refresh(&mut self, view: &impl WatchView) {
        let before = self.position();
        self.listing = view.list();
        let rows = &self.listing.rows;
        let is_there = |folder: &PathBuf| rows.iter().any(|(row, _)| row == folder);
        if !self.chosen.as_ref().is_some_and(is_there) {
            // It was closed, or removed: the one that took its place.
            self.chosen = rows.get(before.min(rows.len().saturating_sub(1))).map(|(folder, _)| folder.clone());
            self.one = None;
        }
        if let (Some((lines, _)), Some(folder)) = (&mut self.one, &self.chosen) {
            *lines = lines_of(view, folder);
        }
    }

    /// True for the key that ends it.
    pub fn press(&mut self, key: Key, view: &impl WatchView) -> bool {
        let page = height().saturating_sub(BELOW + 1).max(1);
        match (key, &mut self.one) {
            (Key::Quit, _) | (Key::Back, None) => return true,
            (Key::Back, one) => *one = None,
            (Key::Open, None) => self.one = self.chosen.as_deref().map(|folder| (lines_of(view, folder), 0)),
            (Key::Open | Key::Resize, _) => {}
            (_, Some((lines, from))) => {
                let last = (lines.len() + BELOW).saturating_sub(height());
                *from = moved(key, *from, page).min(last);
            }
            (_, None) => {
                let rows = &self.listing.rows;
                let to = moved(key, self.position(), page).min(rows.len().saturating_sub(1));
                self.chosen = rows.get(to).map(|(folder, _)| folder.clone());
            }
        }
        false
    }

    /// `notice` stands where the keys are told otherwise.
    pub fn draw(&self, notice: Option<&str>) -> std::io::Result<()> {
        let room = height() - BELOW;
        let (shown, left, keys) = match &self.one {
            Some((lines, from)) => {
                let shown: Vec<String> = lines.iter().skip(*from).take(room).cloned().collect();
                let left = lines.len() - from - shown.len();
                (shown, left, IN_ONE)
            }
            None => {
                let (shown, left) = self.list(room);
                (shown, left, if self.listing.rows.is_empty() { NOTHING_TO_CHOOSE } else { IN_THE_LIST })
            }
        };
        let mut out = anstream::stdout().lock();
        queue!(out, MoveTo(0, 0), Clear(ClearType::All))?;
        for line in &shown {
            write!(out, "{line}\r\n")?;
        }
        if left > 0 {
            write!(out, "… {left} more lines\r\n")?;
        }
        write!(out, "{}", notice.unwrap_or(keys))?;
        out.flush()
    }

    /// As much of the list as there is room for, always with the chosen row.
    fn list(&self, room: usize) -> (Vec<String>, usize) {
        let RowList { head, rows, foot } = &self.listing;
        let position = self.position();
        let row = |(at, (_, row)): (usize, &(PathBuf, String))| if at == position { marked(row) } else { row.clone() };
        let mut below: Vec<String> = rows.iter().enumerate().map(row).collect();
        for line in foot {
            below.extend([String::new(), line.clone()]);
        }
        let from = (position + 1).saturating_sub(room - 1);
        let shown: Vec<String> =
            std::iter::once(head.clone()).chain(below.iter().skip(from).cloned()).take(room).collect();
        let left = below.len() - from - (shown.len() - 1);
        (shown, left)
    }

    fn position(&self) -> usize {
        let is_chosen = |(folder, _): &(PathBuf, String)| Some(folder) == self.chosen.as_ref();
        self.listing.rows.iter().position(is_chosen).unwrap_or(0)
    }
}

fn moved(key: Key, from: usize, page: usize) -> usize {
    match key {
        Key::Up => from.saturating_sub(1),
        Key::Down => from + 1,
        Key::PageUp => from.saturating_sub(page),
        Key::PageDown => from + page,
        Key::First => 0,
        Key::Last => usize::MAX,
        Key::Open | Key::Back | Key::Quit | Key::Resize => from,
    }
}

fn lines_of(view: &impl WatchView, folder: &Path) -> Vec<String> {
    view.one(folder).lines().map(str::to_owned).collect()
}

/// Without colours of its own, which would end the reversal; the mark is for those who see no reversal.
fn marked(row: &str) -> String {
    const REVERSED: Style = Style::new().invert();
    let plain = anstream::adapter::strip_str(row).to_string();
    format!("{REVERSED}›{}{REVERSED:#}", plain.strip_prefix(' ').unwrap_or(&plain))
}

fn height() -> usize {
    terminal::size().map_or(24, |(_, height)| usize::from(height)).max(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Few(Vec<&'static str>);

    impl WatchView for Few {
        fn list(&self) -> RowList {
            let rows = self.0.iter().map(|id| (PathBuf::from(id), format!("    {id}"))).collect();
            RowList { head: "    INCREMENT".to_owned(), rows, foot: vec!["1 out of sync".to_owned()] }
        }

        fn one(&self, folder: &Path) -> String {
            format!("{}\nspec.md active\n", folder.display())
        }
    }

    fn chosen(browser: &Browser) -> &str {
        browser.chosen.as_deref().and_then(Path::to_str).unwrap_or("-")
    }

    #[test]
    fn keys_choose_and_open() {
        let view = Few(vec!["0001-a", "0002-b", "0003-c"]);
        let mut browser = Browser::default();
        browser.refresh(&view);
        assert_eq!(chosen(&browser), "0001-a");
        for (key, expected) in [
            (Key::Down, "0002-b"),
            (Key::Up, "0001-a"),
            (Key::Up, "0001-a"),
            (Key::Last, "0003-c"),
            (Key::Down, "0003-c"),
            (Key::First, "0001-a"),
            (Key::PageDown, "0003-c"),
            (Key::PageUp, "0001-a"),
            (Key::Down, "0002-b"),
            (Key::Resize, "0002-b"),
        ] {
            assert!(!browser.press(key, &view), "{key:?} ends nothing");
            assert_eq!(chosen(&browser), expected, "after {key:?}");
        }
        assert!(!browser.press(Key::Open, &view));
        assert_eq!(browser.one.as_ref().map(|(lines, _)| lines.concat()), Some("0002-bspec.md active".to_owned()));
        assert!(!browser.press(Key::Back, &view) && browser.one.is_none());
        assert!(browser.press(Key::Back, &view) && browser.press(Key::Quit, &view));
    }

    #[test]
    fn what_is_chosen_stays_chosen() {
        let mut browser = Browser::default();
        browser.refresh(&Few(vec!["0001-a", "0002-b", "0003-c"]));
        browser.press(Key::Down, &Few(vec![]));
        browser.refresh(&Few(vec!["0000-new", "0001-a", "0002-b", "0003-c"]));
        assert_eq!(chosen(&browser), "0002-b");
        browser.press(Key::Open, &Few(vec![]));
        browser.refresh(&Few(vec!["0000-new", "0001-a", "0003-c"]));
        assert_eq!((chosen(&browser), browser.one.is_some()), ("0003-c", false), "it is gone");
        browser.refresh(&Few(vec![]));
        assert_eq!(chosen(&browser), "-");
    }

    #[test]
    fn the_chosen_row_is_always_seen() {
        let view = Few(vec!["0001-a", "0002-b", "0003-c", "0004-d"]);
        let mut browser = Browser::default();
        browser.refresh(&view);
        let seen = |browser: &Browser, room| {
            let (lines, left) = browser.list(room);
            (lines.iter().map(|line| anstream::adapter::strip_str(line).to_string()).collect::<Vec<_>>(), left)
        };
        let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        assert_eq!(seen(&browser, 3), (lines(&["    INCREMENT", "›   0001-a", "    0002-b"]), 4));
        browser.press(Key::Last, &view);
        assert_eq!(seen(&browser, 3), (lines(&["    INCREMENT", "    0003-c", "›   0004-d"]), 2));
        assert_eq!(seen(&browser, 9).1, 0);
    }
}

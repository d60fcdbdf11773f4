//! A table without lines, one row a line: what can be copied (ids, commits) stays whole, and what is only to be read gives
//! way where the terminal is narrow.

use std::path::PathBuf;

use anstyle::Style;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::cli::output::links;

/// Less of a title says nothing.
const SHORTEST: usize = 10;
const BETWEEN: &str = "  ";

#[derive(Clone, Debug, Default)]
pub struct Cell {
    text: String,
    style: Style,
    link: Option<PathBuf>,
}

impl Cell {
    pub fn style(self, style: Style) -> Cell {
        Cell { style, ..self }
    }

    /// Where the terminal has links, it leads to this file.
    pub fn link(self, path: PathBuf) -> Cell {
        Cell { link: Some(path), ..self }
    }

    fn shown(&self, width: usize) -> String {
        let text = shortened(&self.text, width);
        let blanks = " ".repeat(width - text.width());
        let linked = self.link.as_ref().map_or_else(|| text.clone(), |path| links::to_file(path, &text));
        let style = self.style;
        if text.is_empty() { blanks } else { format!("{style}{linked}{style:#}{blanks}") }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell { text, ..Cell::default() }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::from(text.to_owned())
    }
}

#[derive(Debug)]
pub struct Table {
    /// None where nobody knows: then nothing gives way.
    width: Option<usize>,
    header: Vec<Cell>,
    rows: Vec<Vec<Cell>>,
    /// Columns that are left out before anything that stays is broken, the first one first.
    expendable: Vec<usize>,
}

impl Table {
    pub fn new(width: Option<usize>) -> Table {
        Table { width, header: Vec::new(), rows: Vec::new(), expendable: Vec::new() }
    }

    pub fn set_header<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        self.header = names.into_iter().map(Cell::from).collect();
    }

    pub fn add_row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// These columns are left out where there is no room, the first one first.
    pub fn leave_out(&mut self, columns: &[usize]) {
        self.expendable = columns.to_vec();
    }

    /// The header and each row, a line each. The last column is the one that is shortened.
    pub fn lines(&self) -> Vec<String> {
        let all = || std::iter::once(&self.header).chain(&self.rows);
        let mut widths: Vec<Option<usize>> = (0..self.header.len())
            .map(|column| all().filter_map(|row| row.get(column)).map(|cell| cell.text.width()).max())
            // Nothing is in it. The column of the marks stays, or all would move when the first one comes.
            .map(|width| width.filter(|width| *width > 0))
            .collect();
        if let Some(mark) = widths.first_mut() {
            *mark = Some(mark.unwrap_or(1));
        }
        if let Some(room) = self.width {
            self.fit(&mut widths, room);
        }
        let line = |row: &Vec<Cell>| {
            let shown = row.iter().zip(&widths).filter_map(|(cell, width)| width.map(|width| cell.shown(width)));
            // The first column is a mark: a blank keeps it off the edge.
            format!(" {}", shown.collect::<Vec<_>>().join(BETWEEN)).trim_end().to_owned()
        };
        all().map(line).collect()
    }

    fn fit(&self, widths: &mut [Option<usize>], room: usize) {
        let needed = |widths: &[Option<usize>]| {
            let shown: Vec<usize> = widths.iter().flatten().copied().collect();
            1 + shown.iter().sum::<usize>() + BETWEEN.len() * shown.len().saturating_sub(1)
        };
        let last = widths.len().saturating_sub(1);
        let shorten = |widths: &mut [Option<usize>]| {
            let over = needed(widths).saturating_sub(room);
            if let Some(width) = widths.get_mut(last).and_then(Option::as_mut) {
                *width = width.saturating_sub(over).max(SHORTEST.min(*width));
            }
            needed(widths) <= room
        };
        for column in &self.expendable {
            if shorten(widths) {
                return;
            }
            widths[*column] = None;
        }
        shorten(widths);
    }
}

/// `Payment pro…`
fn shortened(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut room = width.saturating_sub(1);
    let fits = |c: &char| {
        let wide = c.width().unwrap_or(0);
        let fits = wide <= room;
        room = room.saturating_sub(wide);
        fits
    };
    let kept: String = text.chars().take_while(fits).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(width: Option<usize>) -> Vec<String> {
        let mut table = Table::new(width);
        table.set_header(["", "ID", "DONE", "TITLE"]);
        table.add_row(["x", "0001-first-one", "1/2", "全角文字 and more words"]);
        table.add_row(["", "0002-b", "-", ""]);
        table.leave_out(&[3, 2]);
        table.lines()
    }

    #[test]
    fn what_is_to_be_read_gives_way() {
        let whole = [
            "    ID              DONE  TITLE",
            " x  0001-first-one  1/2   全角文字 and more words",
            "    0002-b          -",
        ];
        assert_eq!(table(None), whole);
        assert_eq!(table(Some(200)), whole);
        assert_eq!(table(Some(40))[1], " x  0001-first-one  1/2   全角文字 and…");
        assert_eq!(table(Some(36))[1], " x  0001-first-one  1/2   全角文字…", "half a wide character is none");
        assert_eq!(table(Some(30))[1], " x  0001-first-one  1/2");
        assert_eq!(table(Some(10))[1], " x  0001-first-one", "an id stays whole");
    }
}

//! A table without lines, one row a line. Where the terminal is narrow, cells take their short forms, columns are left out,
//! and what is only to be read is cut; what can be copied (ids, commits) is never cut.

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
    /// For a narrow terminal.
    brief: Option<String>,
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

    /// What it says where there is little room.
    pub fn brief(self, text: impl Into<String>) -> Cell {
        Cell { brief: Some(text.into()), ..self }
    }

    fn said(&self, is_brief: bool) -> &str {
        self.brief.as_deref().filter(|_| is_brief).unwrap_or(&self.text)
    }

    fn shown(&self, column: Column) -> String {
        let Column { width, is_brief } = column;
        let text = shortened(self.said(is_brief), width);
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

/// How a column is shown.
#[derive(Clone, Copy, Debug)]
struct Column {
    width: usize,
    is_brief: bool,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Brief(usize),
    LeaveOut(usize),
}

#[derive(Debug)]
pub struct Table {
    /// None where nobody knows: then nothing gives way.
    width: Option<usize>,
    header: Vec<Cell>,
    rows: Vec<Vec<Cell>>,
    /// What is done until there is room, the first one first.
    steps: Vec<Step>,
    /// As much of the last column is worth more than what the steps take away.
    wanted: usize,
}

impl Table {
    pub fn new(width: Option<usize>) -> Table {
        Table { width, header: Vec::new(), rows: Vec::new(), steps: Vec::new(), wanted: SHORTEST }
    }

    pub fn set_header<C: Into<Cell>>(&mut self, names: impl IntoIterator<Item = C>) {
        self.header = names.into_iter().map(Into::into).collect();
    }

    pub fn add_row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// These columns take their short forms where there is no room, the first one first.
    pub fn make_brief(&mut self, columns: &[usize]) {
        self.steps.extend(columns.iter().copied().map(Step::Brief));
    }

    /// These columns are left out where there is no room, the first one first.
    pub fn leave_out(&mut self, columns: &[usize]) {
        self.steps.extend(columns.iter().copied().map(Step::LeaveOut));
    }

    /// There is no room while less than this of the last column can be read.
    pub fn keep_of_last(&mut self, width: usize) {
        self.wanted = width;
    }

    /// The header and each row, a line each. The last column is the one that is cut.
    pub fn lines(&self) -> Vec<String> {
        let mut columns: Vec<Option<Column>> = (0..self.header.len()).map(|at| self.column(at, false)).collect();
        // The column of the marks stays, or all would move when the first one comes.
        if let Some(mark) = columns.first_mut() {
            *mark = Some(mark.unwrap_or(Column { width: 1, is_brief: false }));
        }
        if let Some(room) = self.width {
            self.fit(&mut columns, room);
        }
        let line = |row: &Vec<Cell>| {
            let shown = row.iter().zip(&columns).filter_map(|(cell, column)| column.map(|column| cell.shown(column)));
            // The first column is a mark: a blank keeps it off the edge.
            format!(" {}", shown.collect::<Vec<_>>().join(BETWEEN)).trim_end().to_owned()
        };
        std::iter::once(&self.header).chain(&self.rows).map(line).collect()
    }

    /// None where nothing is in it.
    fn column(&self, at: usize, is_brief: bool) -> Option<Column> {
        let cells = std::iter::once(&self.header).chain(&self.rows).filter_map(|row| row.get(at));
        let width = cells.map(|cell| cell.said(is_brief).width()).max().filter(|width| *width > 0)?;
        Some(Column { width, is_brief })
    }

    fn fit(&self, columns: &mut [Option<Column>], room: usize) {
        let over = |columns: &[Option<Column>]| {
            let widths: Vec<usize> = columns.iter().flatten().map(|column| column.width).collect();
            let needed = 1 + widths.iter().sum::<usize>() + BETWEEN.len() * widths.len().saturating_sub(1);
            needed.saturating_sub(room)
        };
        let last = columns.len().saturating_sub(1);
        let give = |columns: &[Option<Column>], least: usize| {
            let width = columns.get(last).copied().flatten().map_or(0, |column| column.width);
            width.saturating_sub(least)
        };
        for step in &self.steps {
            if over(columns) <= give(columns, self.wanted) {
                break;
            }
            match *step {
                Step::Brief(at) => columns[at] = columns[at].map(|column| self.column(at, true).unwrap_or(column)),
                Step::LeaveOut(at) => columns[at] = None,
            }
        }
        let cut = over(columns).min(give(columns, SHORTEST));
        if let Some(column) = columns.get_mut(last).and_then(Option::as_mut) {
            column.width -= cut;
        }
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

    #[test]
    fn short_forms_come_before_columns_are_left_out() {
        let shown = |width| {
            let mut table = Table::new(Some(width));
            table.set_header(["", "WHEN", "BY", "WHAT"]);
            let when = Cell::from("2025-11-20 09:41").brief("2025-11-20");
            table.add_row([Cell::from("x"), when, "Anna".into(), "A subject that is long".into()]);
            table.make_brief(&[1]);
            table.leave_out(&[2]);
            table.keep_of_last(20);
            table.lines().remove(1)
        };
        assert_eq!(shown(80), " x  2025-11-20 09:41  Anna  A subject that is long");
        assert_eq!(shown(48), " x  2025-11-20 09:41  Anna  A subject that is l…", "little is missing");
        assert_eq!(shown(45), " x  2025-11-20  Anna  A subject that is long");
        assert_eq!(shown(40), " x  2025-11-20  A subject that is long");
        assert_eq!(shown(30), " x  2025-11-20  A subject tha…");
    }
}

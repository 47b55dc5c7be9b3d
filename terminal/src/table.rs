//! Tables for people.
//!
//! Where a terminal is too narrow for a table, three things are done, each only as far as it has to be: words are
//! broken into lines within their cell, the columns that still have no room go to further lines of the same row, and
//! titles are broken between words. A number, a name and an interval are never torn apart.

use crate::page::{Page, between_words};
use std::fmt::Write;
use textwrap::Options;
use unicode_width::UnicodeWidthStr;

/// Between two columns.
const GAP: &str = "  ";
/// Before the second and later lines of a row.
const INDENT: &str = "    ";
/// Lines into which the longest words of a column may be broken so that it still stands beside the others.
const LINES: usize = 3;
/// Columns of the terminal that are enough for words, however many lines they then take.
const WORDS: usize = 24;

/// How a column is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Flush right, whole.
    Number,
    /// Flush left, whole.
    Name,
    /// Flush left, broken between words where there is no room.
    Words,
}

/// What is said once above the table instead of in each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shared {
    Nothing,
    /// The cell, where all rows have the same.
    Cell,
    /// Those of its words that all rows have.
    Words,
}

/// A column of a table: its title and how it is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    title: String,
    kind: Kind,
    shared: Shared,
}

impl Column {
    fn new(title: impl Into<String>, kind: Kind) -> Self {
        Self { title: clean(&title.into()), kind, shared: Shared::Nothing }
    }

    /// Numbers, flush right.
    pub fn number(title: impl Into<String>) -> Self {
        Self::new(title, Kind::Number)
    }

    /// Names, intervals and codes, which stay whole.
    pub fn name(title: impl Into<String>) -> Self {
        Self::new(title, Kind::Name)
    }

    /// Words, which may be broken into lines.
    pub fn words(title: impl Into<String>) -> Self {
        Self::new(title, Kind::Words)
    }

    /// Said once above the table where all rows have the same.
    pub fn shared(mut self) -> Self {
        self.shared = Shared::Cell;
        self
    }

    /// Each cell is a list of words, such as letters of notes. Those that all rows have are said once above the table, and a
    /// row shows what it has besides.
    pub fn shared_words(mut self) -> Self {
        self.shared = Shared::Words;
        self
    }
}

/// What stands in one place of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    text: String,
    whole: bool,
}

impl Cell {
    /// A text that stays whole also in a column of words: an interval among reasons.
    pub fn whole(text: impl Into<String>) -> Self {
        Self { whole: true, ..Self::from(text.into()) }
    }

    fn of_markdown(&self) -> String {
        self.text.replace('|', "\\|")
    }

    fn width(&self) -> usize {
        self.text.width()
    }

    /// Its lines in a column of this kind and width.
    fn lines(&self, kind: Kind, width: usize) -> Vec<String> {
        if self.whole || kind != Kind::Words || self.width() <= width {
            return vec![self.text.clone()];
        }
        lines(&self.text, width)
    }

    /// The least width that it needs.
    fn least(&self, kind: Kind) -> usize {
        if self.whole || kind != Kind::Words { self.width() } else { least(&self.text) }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text: clean(&text), whole: false }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// Rows of cells under titles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row. Cells beyond the columns are not shown, and absent ones are empty.
    pub fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        let mut row: Vec<Cell> = cells.into_iter().map(Into::into).collect();
        row.resize_with(self.columns.len(), || Cell::from(""));
        self.rows.push(row);
    }

    /// Whether it has no rows.
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table on a page; each line ends, and none ends in blanks.
    pub fn print(&self, page: Page) -> String {
        if page.is_markdown() {
            return self.markdown();
        }
        let common = self.common_words();
        if common.iter().any(|words| !words.is_empty()) {
            return self.without(&common).laid_out(&common, page);
        }
        self.laid_out(&common, page)
    }

    /// Of each column, the words that all rows have, where they are said once.
    fn common_words(&self) -> Vec<Vec<String>> {
        let of = |(at, column): (usize, &Column)| {
            let mut rows = self.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.text.split(' '));
            let may = column.shared == Shared::Words && self.rows.len() > 1;
            let Some(first) = rows.next().filter(|_| may) else { return Vec::new() };
            let mut common: Vec<String> = first.filter(|word| !word.is_empty()).map(str::to_owned).collect();
            for row in rows {
                let row: Vec<&str> = row.collect();
                common.retain(|word| row.contains(&word.as_str()));
            }
            common
        };
        self.columns.iter().enumerate().map(of).collect()
    }

    /// The table without these words in the cells of each column.
    fn without(&self, words: &[Vec<String>]) -> Self {
        let mut table = self.clone();
        for row in &mut table.rows {
            for (cell, words) in row.iter_mut().zip(words).filter(|(_, words)| !words.is_empty()) {
                let own = cell.text.split(' ').filter(|word| !words.iter().any(|common| common == word));
                cell.text = own.collect::<Vec<_>>().join(" ");
            }
        }
        table
    }

    fn laid_out(&self, common: &[Vec<String>], page: Page) -> String {
        let (shared, own): (Vec<usize>, Vec<usize>) = (0..self.columns.len()).partition(|at| self.is_shared(*at));
        let mut text = self.said_once(&shared, common, page);
        let (rows, placed) = self.placed(&own, page.width());
        let header = self.columns.iter().map(|column| Cell::from(column.title.as_str())).collect::<Vec<_>>();
        for (row, is_header) in std::iter::once((&header, true)).chain(self.rows.iter().map(|row| (row, false))) {
            for (number, line) in placed.iter().take(rows).enumerate() {
                self.set(&mut text, row, line, (number > 0, is_header));
            }
        }
        text
    }

    /// Whether all rows have the same in a column, so that it is said above.
    fn is_shared(&self, at: usize) -> bool {
        let mut cells = self.rows.iter().map(|row| row.get(at));
        let first = cells.next().flatten();
        let may = self.columns.get(at).is_some_and(|column| column.shared != Shared::Nothing);
        may && self.rows.len() > 1 && cells.all(|cell| cell == first)
    }

    fn said_once(&self, shared: &[usize], common: &[Vec<String>], page: Page) -> String {
        let said = |(at, column): (usize, &Column)| {
            let cell =
                shared.contains(&at).then(|| self.rows.first()?.get(at).map(|cell| cell.text.as_str())).flatten();
            let words = common.get(at).into_iter().flatten().map(String::as_str);
            let text = words.chain(cell.filter(|text| !text.is_empty())).collect::<Vec<_>>().join(" ");
            // What no row has is not worth a word.
            (!text.is_empty()).then(|| format!("{} {text}", column.title))
        };
        let said: Vec<String> = self.columns.iter().enumerate().filter_map(said).collect();
        if said.is_empty() { String::new() } else { page.line("In all rows: ", &said.join("; ")) + "\n\n" }
    }

    /// Which columns stand in which line of a row, and how wide they are.
    fn placed(&self, own: &[usize], room: Option<usize>) -> (usize, Vec<Vec<Place>>) {
        let mut placed: Vec<Vec<Place>> = Vec::new();
        let mut line: Vec<Place> = Vec::new();
        let mut used = 0;
        for place in own.iter().map(|at| self.place(*at, room.is_some())) {
            let indent = if placed.is_empty() { 0 } else { INDENT.len() };
            let gap = if line.is_empty() { indent } else { GAP.len() };
            if room.is_some_and(|room| used + gap + place.least > room) && !line.is_empty() {
                placed.push(std::mem::take(&mut line));
                used = INDENT.len() + place.least;
            } else {
                used += gap + place.least;
            }
            line.push(place);
        }
        placed.push(line);
        if let Some(room) = room {
            for (number, line) in placed.iter_mut().enumerate() {
                widen(line, room.saturating_sub(if number == 0 { 0 } else { INDENT.len() }));
            }
        }
        (placed.len(), placed)
    }

    /// A column with the width that it would like and the one that it needs; the width it has is the latter at first,
    /// unless there is room without end.
    fn place(&self, at: usize, narrow: bool) -> Place {
        let column = self.columns.get(at);
        let (kind, title) = column.map_or((Kind::Name, ""), |column| (column.kind, column.title.as_str()));
        let cells = || self.rows.iter().filter_map(|row| row.get(at));
        let natural = cells().map(Cell::width).max().unwrap_or(0);
        let needed = cells().map(|cell| cell.least(kind)).max().unwrap_or(0);
        let wish = natural.max(title.width());
        let cells = if kind == Kind::Words { needed.max(natural.div_ceil(LINES).min(WORDS)) } else { natural };
        // Titles are broken as well, to no less than the cells need.
        let least = cells.max(least(title)).min(wish);
        Place { at, kind, wish, least, width: if narrow { least } else { wish } }
    }

    /// Adds the lines that one row has in one line of columns.
    fn set(&self, text: &mut String, row: &[Cell], line: &[Place], (further, is_header): (bool, bool)) {
        let cells: Vec<Vec<String>> = line
            .iter()
            .map(|place| match row.get(place.at) {
                Some(cell) if is_header => lines(&cell.text, place.width),
                Some(cell) => cell.lines(place.kind, place.width),
                None => Vec::new(),
            })
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        // A further line of a row without anything in it is none.
        if further && cells.iter().flatten().all(String::is_empty) {
            return;
        }
        for number in 0..height {
            let mut out = String::from(if further { INDENT } else { "" });
            for (nth, (place, cell)) in line.iter().zip(&cells).enumerate() {
                // Titles stand right above the rows.
                let above = if is_header { height - cell.len() } else { 0 };
                let part = number.checked_sub(above).and_then(|at| cell.get(at)).map_or("", String::as_str);
                let blanks = " ".repeat(place.width.saturating_sub(part.width()));
                let gap = if nth == 0 { "" } else { GAP };
                // Writing to a string cannot fail.
                let _ = match place.kind {
                    Kind::Number => write!(out, "{gap}{blanks}{part}"),
                    Kind::Name | Kind::Words => write!(out, "{gap}{part}{blanks}"),
                };
            }
            let _ = writeln!(text, "{}", out.trim_end());
        }
    }

    fn markdown(&self) -> String {
        let line = |cells: &mut dyn Iterator<Item = String>| format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
        let mut text = line(&mut self.columns.iter().map(|column| Cell::from(column.title.as_str()).of_markdown()));
        let rule = |column: &Column| if column.kind == Kind::Number { "---:" } else { "---" }.to_owned();
        text += &line(&mut self.columns.iter().map(rule));
        for row in &self.rows {
            text += &line(&mut row.iter().take(self.columns.len()).map(Cell::of_markdown));
        }
        text
    }
}

/// Where a column stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    at: usize,
    kind: Kind,
    wish: usize,
    least: usize,
    width: usize,
}

/// Gives the room that is left in a line to the columns that wish for more, in equal parts.
fn widen(line: &mut [Place], room: usize) {
    let gaps = GAP.len() * line.len().saturating_sub(1);
    let mut left = room.saturating_sub(gaps + line.iter().map(|place| place.least).sum::<usize>());
    while left > 0 && line.iter().any(|place| place.width < place.wish) {
        for place in line.iter_mut().filter(|place| place.width < place.wish) {
            let more = left.min(1);
            place.width += more;
            left -= more;
        }
    }
}

/// The lines of a text within a width; a word that is wider stays whole.
fn lines(text: &str, width: usize) -> Vec<String> {
    between_words(text, Options::new(width))
}

/// The width of the widest word.
fn least(text: &str) -> usize {
    text.split(' ').map(UnicodeWidthStr::width).max().unwrap_or(0)
}

/// A text on one line, without what would steer a terminal or turn the writing around: names come from data.
fn clean(text: &str) -> String {
    let steers = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let shown = |c: char| match c {
        '\n' | '\t' | '\r' => ' ',
        c if steers(c) => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(width: usize) -> Page {
        Page::Lines { width: Some(width) }
    }

    fn summary() -> Table {
        let mut table = Table::new([
            Column::name("system"),
            Column::name("tuning").shared(),
            Column::number("value"),
            Column::words("interval"),
            Column::name("covers").shared(),
            Column::name("notes"),
        ]);
        table.row([
            Cell::from("tinc"),
            "default".into(),
            "13.5".into(),
            Cell::whole("[10.8, 19.2]"),
            "blocks".into(),
            "a".into(),
        ]);
        let reason = "no attempt of this cell ended as ok";
        table.row([Cell::from("wireguard"), "default".into(), "–".into(), reason.into(), "blocks".into(), "".into()]);
        table
    }

    #[test]
    fn what_all_rows_share_is_said_once() {
        let wanted = "In all rows: tuning default; covers blocks\n\n\
                      system     value  interval                             notes\n\
                      tinc        13.5  [10.8, 19.2]                         a\n\
                      wireguard      –  no attempt of this cell ended as ok\n";
        assert_eq!(summary().print(Page::PIPE), wanted);
        assert_eq!(summary().print(at(80)), wanted);
    }

    #[test]
    fn a_narrow_page_breaks_words_first_and_rows_next() {
        let wanted = "In all rows: tuning default; covers\n            blocks\n\n\
                      system     value  interval      notes\n\
                      tinc        13.5  [10.8, 19.2]  a\n\
                      wireguard      –  no attempt\n                  of this cell\n                  ended as ok\n";
        assert_eq!(summary().print(at(37)), wanted);
        let wanted = "In all rows: tuning default; covers\n            blocks\n\n\
                      system     value  interval\n    notes\n\
                      tinc        13.5  [10.8, 19.2]\n    a\n\
                      wireguard      –  no attempt of this\n                  cell ended as ok\n";
        assert_eq!(summary().print(at(36)), wanted);
    }

    #[test]
    fn one_row_has_all_its_columns_and_markdown_has_them_always() {
        let mut table = Table::new([Column::name("system").shared(), Column::number("n|m")]);
        table.row(["a|b\u{1b}[31m\nc", "1"]);
        assert_eq!(table.print(Page::PIPE), "system      n|m\na|b\u{fffd}[31m c    1\n");
        table.row(["a|b\u{1b}[31m\nc", "2"]);
        let cell = "a\\|b\u{fffd}[31m c";
        assert_eq!(
            table.print(Page::Markdown),
            format!("| system | n\\|m |\n| --- | ---: |\n| {cell} | 1 |\n| {cell} | 2 |\n")
        );
    }

    #[test]
    fn titles_are_broken_where_cells_are_narrow() {
        let mut table =
            Table::new([Column::number("time a block"), Column::number("time a run"), Column::words("note")]);
        table.row(["12 min", "3 s", "measured"]);
        let wanted = " time a   time\n  block  a run  note\n 12 min    3 s  measured\n";
        assert_eq!(table.print(at(24)), wanted);
    }

    proptest! {
        /// No line is wider than the page unless a single cell is, and every word and number is there whole.
        #[test]
        fn nothing_is_lost_or_torn(
            rows in prop::collection::vec(prop::collection::vec("[0-9.]{1,7}( [a-zé中]{1,9}){0,5}", 5), 1..6),
            width in 24_usize..140,
        ) {
            let columns = [Column::name("system"), Column::number("value"), Column::words("reason"), Column::name("covers").shared(), Column::words("notes")];
            let mut table = Table::new(columns);
            for row in &rows {
                table.row(row.iter().enumerate().map(|(at, text)| {
                    // Names and numbers are one word.
                    if matches!(at, 2 | 4) { text.clone() } else { text.split(' ').next().unwrap_or_default().to_owned() }
                }));
            }
            let text = table.print(at(width));
            let words: Vec<&str> = text.split_whitespace().collect();
            prop_assert!(text.lines().all(|line| line.width() <= width), "{width}\n{text}");
            for cell in table.rows.iter().flatten() {
                for word in cell.text.split_whitespace() {
                    prop_assert!(words.iter().any(|shown| shown.trim_end_matches(';') == word), "{word}\n{text}");
                }
            }
        }
    }

    #[test]
    fn words_that_all_rows_have_are_said_once() {
        let mut table = Table::new([Column::name("system"), Column::words("notes").shared_words()]);
        table.row(["tinc", "a b c"]);
        table.row(["nebula", "a b"]);
        table.row(["zerotier", "a b d"]);
        let text = "In all rows: notes a b\n\nsystem    notes\ntinc      c\nnebula\nzerotier  d\n";
        assert_eq!(table.print(Page::PIPE), text);
        assert!(table.print(Page::Markdown).contains("| tinc | a b c |"));
        // What all have alike leaves no column, and what they have not in common stays as it is.
        let mut same = Table::new([Column::name("system"), Column::words("notes").shared_words()]);
        same.row(["tinc", "a b"]);
        same.row(["nebula", "a b"]);
        assert_eq!(same.print(Page::PIPE), "In all rows: notes a b\n\nsystem\ntinc\nnebula\n");
        same.row(["zerotier", ""]);
        assert_eq!(same.print(Page::PIPE), "system    notes\ntinc      a b\nnebula    a b\nzerotier\n");
    }
}

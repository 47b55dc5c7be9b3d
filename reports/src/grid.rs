//! A table in plain text, whatever shows it: groups of rows, cells, and remarks that become notes.

mod html;
mod latex;

pub use latex::numeral;

use crate::notes::letter;
use crate::number::Digits;
use crate::words;
use meshbench_schemas::words::Answer;
use std::collections::BTreeSet;

/// How a column is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A value with its interval.
    Value,
    /// A number alone, flush right.
    Number,
    /// Words.
    Words,
    /// Answers, as signs.
    Sign,
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing stands here.
    Nothing,
    /// Words, also where a number is missing.
    Words(String),
    /// A value with its interval, or without one.
    Value(Digits),
    /// A number, `3`, `< 0.001` or `62 %`.
    Number(String),
    /// An answer, as its sign.
    Sign(Answer),
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its name.
    pub label: String,
    /// Its cells, one a column.
    pub cells: Vec<Cell>,
    /// Marks of the notes that hold for it, `a,c`.
    pub marks: String,
}

/// Rows under one heading.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The heading; empty for none.
    pub title: String,
    /// The rows.
    pub rows: Vec<Line>,
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// The stem of its file.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// What the rows are.
    pub rows_are: &'static str,
    /// Heads of the columns.
    pub columns: Vec<(String, Kind)>,
    /// The rows.
    pub groups: Vec<Group>,
    /// Sentences for the whole table.
    pub notes: Vec<String>,
    /// Marked sentences, with their marks.
    pub marked: Vec<(String, String)>,
}

/// A table in the making.
#[derive(Debug)]
pub struct Draft {
    grid: Grid,
    bases: Vec<(String, Vec<usize>)>,
    remarks: Vec<(String, Vec<usize>)>,
    rows: usize,
}

impl Draft {
    /// An empty table.
    pub fn new(name: String, title: String, rows_are: &'static str, columns: &[(&str, Kind)]) -> Self {
        let columns = columns.iter().map(|(head, kind)| ((*head).to_owned(), *kind)).collect();
        let grid = Grid { name, title, rows_are, columns, groups: Vec::new(), notes: Vec::new(), marked: Vec::new() };
        Self { grid, bases: Vec::new(), remarks: Vec::new(), rows: 0 }
    }

    /// Adds a row to the group with this heading, which is opened where it is not the last one. Remarks are
    /// sentences that hold for this row; a remark that holds for every row becomes a note on the table.
    pub fn row(&mut self, group: &str, label: String, cells: Vec<Cell>, remarks: Vec<String>) {
        let line = Line { label, cells, marks: String::new() };
        match self.grid.groups.last_mut() {
            Some(last) if last.title == group => last.rows.push(line),
            _ => self.grid.groups.push(Group { title: group.to_owned(), rows: vec![line] }),
        }
        for remark in remarks {
            remember(&mut self.remarks, remark, self.rows);
        }
        self.rows += 1;
    }

    /// Says what the numbers of the last row are: how they were made, n, and what intervals cover. What most rows have in
    /// common becomes a note on the table, and the others are marked.
    pub fn basis(&mut self, basis: String) {
        remember(&mut self.bases, basis, self.rows.saturating_sub(1));
    }

    /// Adds a sentence for the whole table.
    pub fn note(&mut self, text: impl AsRef<str>) {
        let text = words::sentence(text.as_ref());
        if !text.is_empty() && !self.grid.notes.contains(&text) {
            self.grid.notes.push(text);
        }
    }

    /// The table; `None` where it has no rows.
    pub fn finish(mut self) -> Option<Grid> {
        let numbered: usize = self.bases.iter().map(|(_, rows)| rows.len()).sum();
        // The sort is stable, so ties go to the first row.
        self.bases.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
        let mut bases = std::mem::take(&mut self.bases).into_iter();
        let common = bases.next();
        let mut everywhere: Vec<String> = Vec::new();
        let mut some: Vec<(String, Vec<usize>)> = bases.collect();
        if let Some((basis, _)) = &common {
            let unless = if some.is_empty() { "" } else { "unless marked: " };
            everywhere.push(format!("{unless}{basis}"));
        }
        let has_number: BTreeSet<usize> =
            common.iter().chain(&some).flat_map(|(_, rows)| rows.iter().copied()).collect();
        for (remark, rows) in self.remarks {
            let of_all = rows.len() == self.rows && self.rows > 1;
            let of_numbers = numbered > 1 && rows.len() == numbered && rows.iter().all(|row| has_number.contains(row));
            if of_all || of_numbers { everywhere.push(remark) } else { some.push((remark, rows)) }
        }
        let mut marks: Vec<Vec<String>> = vec![Vec::new(); self.rows];
        for (remark, rows) in some {
            let mark = letter(self.grid.marked.len());
            for row in rows {
                if let Some(marks) = marks.get_mut(row) {
                    marks.push(mark.clone());
                }
            }
            self.grid.marked.push((mark, words::sentence(&remark)));
        }
        self.grid.notes.splice(0..0, everywhere.iter().map(|text| words::sentence(text)));
        let lines = self.grid.groups.iter_mut().flat_map(|group| &mut group.rows);
        for (line, marks) in lines.zip(marks) {
            line.marks = marks.join(",");
        }
        (self.rows > 0).then_some(self.grid)
    }
}

/// Adds a row to those that a sentence holds for.
fn remember(list: &mut Vec<(String, Vec<usize>)>, text: String, row: usize) {
    match list.iter_mut().find(|(known, _)| *known == text) {
        Some((_, rows)) if rows.last() == Some(&row) => {}
        Some((_, rows)) => rows.push(row),
        None => list.push((text, vec![row])),
    }
}

/// The sign of an answer.
pub fn sign(answer: Answer) -> &'static str {
    match answer {
        Answer::Better => "▲",
        Answer::Worse => "▼",
        Answer::Different => "≠",
        Answer::Equivalent => "≈",
        Answer::NotResolved => "∼",
        Answer::CannotTell => "·",
        Answer::NoData => "–",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        Draft::new("t".into(), "T".into(), "System", &[("A", Kind::Number)])
    }

    #[test]
    fn what_holds_for_every_row_is_said_once() {
        let mut made = draft();
        made.row("low", "a".into(), vec![Cell::Nothing], vec!["all".into(), "one".into(), "one".into()]);
        made.row("low", "b".into(), vec![Cell::Nothing], vec!["all".into()]);
        made.row("high", "a".into(), vec![Cell::Nothing], vec!["all".into()]);
        let grid = made.finish().unwrap();
        assert_eq!(grid.notes, ["All."]);
        assert_eq!(grid.marked, [("a".to_owned(), "One.".to_owned())]);
        assert_eq!(grid.groups.len(), 2);
        assert_eq!((grid.groups[0].rows[0].marks.as_str(), grid.groups[0].rows[1].marks.as_str()), ("a", ""));
        assert!(draft().finish().is_none());
    }

    #[test]
    fn the_common_basis_is_said_once_and_rows_without_a_number_do_not_hinder() {
        let mut made = draft();
        for (label, basis) in [("a", "x"), ("b", "x"), ("c", "y")] {
            made.row("", label.into(), vec![Cell::Nothing], vec!["warned".into()]);
            made.basis(basis.into());
        }
        made.row("", "d".into(), vec![Cell::Nothing], vec!["no data".into()]);
        let grid = made.finish().unwrap();
        assert_eq!(grid.notes, ["Unless marked: x.", "Warned."]);
        let marks: Vec<&str> = grid.groups[0].rows.iter().map(|row| row.marks.as_str()).collect();
        assert_eq!(marks, ["", "", "a", "b"]);
        assert_eq!(grid.marked, [("a".to_owned(), "Y.".to_owned()), ("b".to_owned(), "No data.".to_owned())]);
    }
}

//! What travels with a number in a printed table: a letter in its row for each code, explained once below the table.

use meshbench_schemas::finding::{Code, Findings};
use meshbench_schemas::warning::{Warning, Warnings};
use meshbench_terminal::Page;

/// What a letter stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Note {
    Warning(Warning),
    Finding(Code),
}

impl Note {
    const fn code(self) -> &'static str {
        match self {
            Self::Warning(warning) => warning.as_str(),
            Self::Finding(code) => code.as_str(),
        }
    }

    fn meaning(self) -> String {
        match self {
            Self::Warning(warning) => format!("{warning}: {}", warning.explanation()),
            Self::Finding(code) => format!("{code}: {}; see `analyze explain {code}`", code.info().title),
        }
    }
}

/// The warnings and findings that some rows have.
#[derive(Debug, Clone)]
pub struct Notes {
    page: Page,
    known: Vec<Note>,
}

impl Notes {
    /// No notes yet.
    pub const fn new(page: Page) -> Self {
        Self { page, known: Vec::new() }
    }

    /// What the row of a table says: a letter for each code. In Markdown, whose rows are copied to other places, the codes
    /// themselves, those of warnings first.
    pub fn of_row(&mut self, warnings: &Warnings, findings: &Findings) -> String {
        let notes: Vec<Note> = warnings.iter().map(Note::Warning).chain(findings.iter().map(Note::Finding)).collect();
        let mut places: Vec<usize> = notes.iter().map(|note| self.place(*note)).collect();
        if self.page.is_markdown() {
            return notes.iter().map(|note| note.code()).collect::<Vec<_>>().join(" ");
        }
        places.sort_unstable();
        places.into_iter().map(letters).collect::<Vec<_>>().join(" ")
    }

    fn place(&mut self, note: Note) -> usize {
        self.known.iter().position(|known| *known == note).unwrap_or_else(|| {
            self.known.push(note);
            self.known.len() - 1
        })
    }

    /// The codes by letter, a sentence for each.
    pub fn lines(&self) -> String {
        let line = |(at, note): (usize, &Note)| {
            let lead = if self.page.is_markdown() { "* ".to_owned() } else { letters(at) + "  " };
            self.page.line(&lead, &note.meaning()) + "\n"
        };
        self.known.iter().enumerate().map(line).collect()
    }
}

/// `a` to `z`, then `aa`.
fn letters(mut at: usize) -> String {
    let mut out = Vec::new();
    loop {
        out.push(char::from(b'a' + u8::try_from(at % 26).unwrap_or(0)));
        at /= 26;
        match at.checked_sub(1) {
            Some(less) => at = less,
            None => break,
        }
    }
    out.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_stands_for_a_code_and_is_explained_once() {
        let [summary, links]: [Warnings; 2] =
            [Warning::SummaryOnly, Warning::LinksOnly].map(|warning| std::iter::once(warning).collect());
        let (none, drift): (Warnings, Findings) = (Warnings::default(), "drift".parse().unwrap());
        let mut notes = Notes::new(Page::PIPE);
        assert_eq!(notes.of_row(&summary, &drift), "a b");
        assert_eq!(notes.of_row(&links, &drift), "b c");
        let lines = notes.lines();
        assert!(lines.starts_with("a  summary-only: ") && lines.contains("\nb  drift: "), "{lines}");
        assert_eq!(lines.lines().count(), 3);
        let mut notes = Notes::new(Page::Markdown);
        assert_eq!(notes.of_row(&none, &drift), "drift");
        assert!(notes.lines().starts_with("* drift: "));
    }

    #[test]
    fn letters_go_on_behind_z() {
        assert_eq!([0, 25, 26, 51, 52, 701, 702].map(letters), ["a", "z", "aa", "az", "ba", "zz", "aaa"]);
    }
}

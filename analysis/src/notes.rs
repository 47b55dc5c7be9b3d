//! What travels with a number in a printed table: a letter in its row for each code, explained once below the table.

use meshbench_reports::warnings;
use meshbench_schemas::finding::Code;
use meshbench_terminal::Page;

/// The codes of warnings and findings that some rows have.
#[derive(Debug, Clone)]
pub struct Notes {
    page: Page,
    codes: Vec<String>,
}

impl Notes {
    /// No notes yet.
    pub const fn new(page: Page) -> Self {
        Self { page, codes: Vec::new() }
    }

    /// What the row of a table says: a letter for each code. In Markdown, whose rows are copied to other places, the codes
    /// themselves, those of warnings first.
    pub fn of_row(&mut self, warnings: &str, findings: &str) -> String {
        let codes: Vec<&str> = warnings::codes(warnings).into_iter().chain(warnings::codes(findings)).collect();
        let mut places: Vec<usize> = codes.iter().map(|code| self.place(code)).collect();
        if self.page.is_markdown() {
            return codes.join(" ");
        }
        places.sort_unstable();
        places.into_iter().map(letters).collect::<Vec<_>>().join(" ")
    }

    fn place(&mut self, code: &str) -> usize {
        self.codes.iter().position(|known| known == code).unwrap_or_else(|| {
            self.codes.push(code.to_owned());
            self.codes.len() - 1
        })
    }

    /// The codes by letter, a sentence for each.
    pub fn lines(&self) -> String {
        let line = |(at, code): (usize, &String)| {
            let meaning = match code.parse::<Code>() {
                Ok(finding) => format!("{code}: {}; see `analyze explain {code}`", finding.info().title),
                Err(_) => format!("{code}: {}", warnings::sentence(code)),
            };
            let lead = if self.page.is_markdown() { "* ".to_owned() } else { letters(at) + "  " };
            self.page.line(&lead, &meaning) + "\n"
        };
        self.codes.iter().enumerate().map(line).collect()
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
        let mut notes = Notes::new(Page::PIPE);
        assert_eq!(notes.of_row("summary-only", "drift"), "a b");
        assert_eq!(notes.of_row("", "drift links-only"), "b c");
        let lines = notes.lines();
        assert!(lines.starts_with("a  summary-only: ") && lines.contains("\nb  drift: "), "{lines}");
        assert_eq!(lines.lines().count(), 3);
        let mut notes = Notes::new(Page::Markdown);
        assert_eq!(notes.of_row("", "drift"), "drift");
        assert!(notes.lines().starts_with("* drift: "));
    }

    #[test]
    fn letters_go_on_behind_z() {
        assert_eq!([0, 25, 26, 51, 52, 701, 702].map(letters), ["a", "z", "aa", "az", "ba", "zz", "aaa"]);
    }
}

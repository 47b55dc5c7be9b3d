//! What a text is written on: a terminal of some width, a file or pipe, or Markdown.

use std::num::ParseIntError;
use std::str::FromStr;
use std::{fmt, io};
use terminal_size::{Height, Width, terminal_size_of};
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};
use unicode_width::UnicodeWidthStr;

/// Columns beyond which prose is no longer easy to read.
const PROSE: usize = 100;

/// How large a terminal is. As a text: `120x40`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// Characters in a line.
    pub columns: u16,
    /// Lines.
    pub rows: u16,
}

impl Screen {
    /// That of standard error, where it is a terminal.
    pub fn of_stderr() -> Option<Self> {
        let (Width(columns), Height(rows)) = terminal_size_of(io::stderr())?;
        Some(Self { columns, rows })
    }
}

impl fmt::Display for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.columns, self.rows)
    }
}

impl FromStr for Screen {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let (columns, rows) = text.split_once('x').unwrap_or((text, ""));
        Ok(Self { columns: columns.parse()?, rows: rows.parse()? })
    }
}

/// What a text is written on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Lines for people. On a terminal they are no wider than it is; in a file or a pipe a row or sentence is a line,
    /// however long, so that it is the same wherever it was written.
    Lines {
        /// Columns of the terminal; `None` where there is none.
        width: Option<usize>,
    },
    /// Markdown, in which a row is a line as well.
    Markdown,
}

impl Page {
    /// A file or a pipe.
    pub const PIPE: Self = Self::Lines { width: None };

    /// What standard output is, for people.
    pub fn of_stdout() -> Self {
        Self::Lines { width: terminal_size_of(io::stdout()).map(|(Width(columns), _)| usize::from(columns)) }
    }

    /// What standard error is, for people.
    pub fn of_stderr() -> Self {
        Self::Lines { width: terminal_size_of(io::stderr()).map(|(Width(columns), _)| usize::from(columns)) }
    }

    /// Whether it is Markdown.
    pub const fn is_markdown(self) -> bool {
        matches!(self, Self::Markdown)
    }

    /// Columns of the terminal, where it is one.
    pub const fn width(self) -> Option<usize> {
        match self {
            Self::Lines { width } => width,
            Self::Markdown => None,
        }
    }

    /// A sentence behind `lead`, without a line end: on a terminal in lines between words, the later ones indented by as
    /// much as the lead is wide, elsewhere in one line.
    pub fn line(self, lead: &str, text: &str) -> String {
        match self.width() {
            Some(width) => wrapped(lead, text, width.min(PROSE)),
            None => format!("{lead}{text}"),
        }
    }

    /// A paragraph behind `lead`: like [`Page::line`], and in a file or a pipe in lines as well.
    pub fn prose(self, lead: &str, text: &str) -> String {
        wrapped(lead, text, self.width().unwrap_or(PROSE).min(PROSE))
    }

    /// A text that is laid out already, as `label   words`: on a terminal its lines are broken between words where they
    /// are wider, and go on below the words.
    pub fn fit(self, text: &str) -> String {
        let Some(width) = self.width() else { return text.to_owned() };
        let fitted = |line: &str| {
            let hang = " ".repeat(hang(line).min(width / 2));
            between_words(line, Options::new(width).subsequent_indent(&hang)).join("\n")
        };
        text.split('\n').map(fitted).collect::<Vec<_>>().join("\n")
    }
}

/// Where the words of a laid out line begin: behind the first gap that is wider than a blank, or its own indent.
fn hang(line: &str) -> usize {
    let indent = line.len() - line.trim_start().len();
    let (before, rest) = line.split_at(indent);
    let words = rest.find("  ").map(|gap| {
        let (label, words) = rest.split_at(gap);
        label.width() + words.len() - words.trim_start().len()
    });
    before.width() + words.unwrap_or(2)
}

fn wrapped(lead: &str, text: &str, width: usize) -> String {
    // A lead that leaves no room is not repeated as blanks.
    let hang = " ".repeat(lead.width().min(width / 3));
    let options = Options::new(width).initial_indent(lead).subsequent_indent(&hang);
    between_words(text, options).join("\n")
}

/// The lines of a text that is broken at blanks only: no word, no number and no percentage is ever torn apart.
pub(crate) fn between_words(text: &str, options: Options<'_>) -> Vec<String> {
    let options = options
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    let tied = tied(text);
    textwrap::wrap(&tied, options).iter().map(|line| line.replace(TIE, " ")).collect()
}

/// A blank at which no line is broken.
const TIE: char = '\u{a0}';
/// What belongs to the number before it.
const UNITS: [&str; 18] = [
    "%", "ns", "µs", "ms", "s", "min", "h", "d", "bit/s", "kbit/s", "Mbit/s", "Gbit/s", "B", "kB", "MB", "GB", "KiB",
    "MiB",
];

/// A text in which no number is torn from its unit.
fn tied(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, word) in text.split(' ').enumerate() {
        if at > 0 {
            let unit = word.trim_end_matches([',', '.', ';', ':', ')', ']', '?']);
            let number = out.ends_with(|c: char| c.is_ascii_digit());
            out.push(if number && UNITS.contains(&unit) { TIE } else { ' ' });
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_can_be_handed_on_as_a_text() {
        let screen = Screen { columns: 60, rows: 45 };
        assert_eq!((screen.to_string().as_str(), "60x45".parse()), ("60x45", Ok(screen)));
        for bad in ["", "60", "60x", "x45", "60x45x1", "-1x45", "70000x1"] {
            assert!(bad.parse::<Screen>().is_err(), "{bad}");
        }
    }

    #[test]
    fn sentences_fit_a_terminal_and_are_one_line_elsewhere() {
        let text = "one two three four five six seven";
        let narrow = Page::Lines { width: Some(20) };
        assert_eq!(narrow.line("note: ", text), "note: one two three\n      four five six\n      seven");
        assert_eq!(narrow.line("", "an interval of 95 % each"), "an interval of 95 %\neach");
        assert_eq!(Page::PIPE.line("note: ", text), format!("note: {text}"));
        assert_eq!(narrow.line("", "1234567890123456789012345"), "1234567890123456789012345", "a number is whole");
        assert!(Page::PIPE.prose("", &text.repeat(9)).lines().all(|line| line.width() <= PROSE));
        assert_eq!(narrow.fit("runs   one two three four\n\nshort"), "runs   one two three\n       four\n\nshort");
        assert_eq!(narrow.fit("    → one two three four five"), "    → one two three\n      four five");
        assert_eq!(Page::PIPE.fit("a  b\n"), "a  b\n");
        let wide = Page::Lines { width: Some(500) };
        assert!(wide.line("", &text.repeat(9)).lines().all(|line| line.width() <= PROSE));
    }

    #[test]
    fn a_number_stays_with_its_unit() {
        let text = "its mean is 40.5 Mbit/s (12 ms), or 5 %; of 3 systems";
        for width in 8..60 {
            let lines = between_words(text, Options::new(width));
            assert_eq!(lines.join(" "), text);
            let torn = lines.iter().any(|line| ["Mbit/s", "ms", "%"].iter().any(|unit| line.starts_with(unit)));
            assert!(!torn, "{width}: {lines:?}");
        }
    }
}

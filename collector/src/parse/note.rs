//! What was odd about an output and was tolerated.

use meshbench_schemas::note::NoteCode;
use std::fmt;

/// More notes than this say nothing new; a hostile file must not fill memory with them.
const MOST_NOTES: usize = 64;

/// Something odd in a tool's output that was read all the same.
///
/// A note travels with the values it concerns; [`Note::code`] is stable and meant for datasets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Note {
    /// Text before the report, for instance a warning of ssh.
    TextBefore,
    /// Text after the report, for instance an error message of the tool.
    TextAfter,
    /// More than one whole report; the last one with data was taken.
    Doubled,
    /// A key occurred twice in one object with different values; the last one was taken.
    DuplicateKey(String),
    /// The sums of both directions stood under this one key, and were told apart.
    BothDirections(String),
    /// The output ends in the middle; complete records before the end were kept.
    Truncated,
    /// The output is broken here (line, column, from 1); complete records before it were kept.
    Broken {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
    },
    /// Commas are missing or superfluous.
    Commas,
    /// A number is written with a blank in its exponent, where a sign was lost.
    BlankInNumber,
    /// This field holds `null`, NaN, an infinity or no number at all; it is absent.
    NonFinite(String),
    /// This field was missing, and the record it belongs to is absent or incomplete.
    MissingField(String),
    /// The sum of an interval was not printed and is the sum of its streams.
    DerivedSum,
    /// This total was not printed and was computed from the streams.
    DerivedTotal(String),
    /// The far end's totals are placeholders in this report and were left out.
    FarEndUnknown,
    /// These counts of the receiving end are those of the server's own report.
    ServerReport(String),
    /// The server's own output is text, of which only what it says of the whole test was read.
    ServerText,
    /// The datagrams lost in an interval were fewer than none: some that had been counted before came later.
    LateDatagrams,
    /// The file begins with a byte order mark.
    ByteOrderMark,
    /// NUL bytes were skipped.
    NulBytes,
    /// Bytes that are not UTF-8 were replaced.
    InvalidUtf8,
    /// A value was nested too deeply and skipped.
    TooDeep,
    /// A line in the middle of the output was not understood and skipped (its number, from 1).
    UnknownLine(usize),
    /// Numbers of the output contradict each other (what, printed, counted).
    Contradiction(String),
    /// The clock was set while the tool measured: this value, which no time can have, is absent (where, printed).
    ClockSet(String),
    /// A value of zero in units that are too coarse for it; it is absent (where, printed).
    BelowResolution(String),
    /// Replies came from another address than the one that was asked.
    OtherAddress,
    /// Probes left at another pace than was asked (asked, seen).
    OtherPace(String),
    /// So many further commands stand in the export beside the first one.
    OtherCommands(usize),
}

impl Note {
    /// What it is, without the details: the word in a dataset.
    #[must_use]
    pub const fn kind(&self) -> NoteCode {
        match self {
            Self::TextBefore => NoteCode::TextBefore,
            Self::TextAfter => NoteCode::TextAfter,
            Self::Doubled => NoteCode::Doubled,
            Self::DuplicateKey(_) => NoteCode::DuplicateKey,
            Self::BothDirections(_) => NoteCode::BothDirections,
            Self::Truncated => NoteCode::Truncated,
            Self::Broken { .. } => NoteCode::Broken,
            Self::Commas => NoteCode::Commas,
            Self::BlankInNumber => NoteCode::BlankInNumber,
            Self::NonFinite(_) => NoteCode::NonFinite,
            Self::MissingField(_) => NoteCode::MissingField,
            Self::DerivedSum => NoteCode::DerivedSum,
            Self::DerivedTotal(_) => NoteCode::DerivedTotal,
            Self::FarEndUnknown => NoteCode::FarEndUnknown,
            Self::ServerReport(_) => NoteCode::ServerReport,
            Self::ServerText => NoteCode::ServerText,
            Self::LateDatagrams => NoteCode::LateDatagrams,
            Self::ByteOrderMark => NoteCode::ByteOrderMark,
            Self::NulBytes => NoteCode::NulBytes,
            Self::InvalidUtf8 => NoteCode::InvalidUtf8,
            Self::TooDeep => NoteCode::TooDeep,
            Self::UnknownLine(_) => NoteCode::UnknownLine,
            Self::Contradiction(_) => NoteCode::Contradiction,
            Self::ClockSet(_) => NoteCode::ClockSet,
            Self::BelowResolution(_) => NoteCode::BelowResolution,
            Self::OtherAddress => NoteCode::OtherAddress,
            Self::OtherPace(_) => NoteCode::OtherPace,
            Self::OtherCommands(_) => NoteCode::OtherCommands,
        }
    }

    /// The stable name of its [kind](Self::kind), in kebab case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind().as_str()
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TextBefore => f.write_str("text before the report was skipped"),
            Self::TextAfter => f.write_str("text after the report was skipped"),
            Self::Doubled => f.write_str("several reports; the last one with data was taken"),
            Self::DuplicateKey(key) => write!(f, "key `{key}` occurs twice; the last was taken"),
            Self::BothDirections(key) => write!(f, "`{key}` stands for both directions; they were told apart"),
            Self::Truncated => f.write_str("cut off; complete records were kept"),
            Self::Broken { line, column } => {
                write!(f, "broken at line {line}, column {column}; complete records were kept")
            }
            Self::Commas => f.write_str("commas are missing or superfluous"),
            Self::BlankInNumber => f.write_str("the exponent of a number has a blank in it"),
            Self::NonFinite(field) => write!(f, "`{field}` is not a number and was left out"),
            Self::MissingField(field) => write!(f, "`{field}` is missing"),
            Self::DerivedSum => f.write_str("interval sums were added up from the streams"),
            Self::DerivedTotal(what) => write!(f, "`{what}` was computed from the streams"),
            Self::FarEndUnknown => f.write_str("placeholders for the far end were left out"),
            Self::ServerReport(what) => write!(f, "`{what}` is the server's own"),
            Self::ServerText => f.write_str("of the server's text output only the totals were read"),
            Self::LateDatagrams => f.write_str("datagrams counted as lost came in a later interval"),
            Self::ByteOrderMark => f.write_str("begins with a byte order mark"),
            Self::NulBytes => f.write_str("NUL bytes were skipped"),
            Self::InvalidUtf8 => f.write_str("bytes that are not UTF-8 were replaced"),
            Self::TooDeep => f.write_str("a value nested too deeply was skipped"),
            Self::UnknownLine(line) => write!(f, "line {line} was not understood and skipped"),
            Self::Contradiction(what) => write!(f, "numbers contradict each other: {what}"),
            Self::ClockSet(what) => write!(f, "the clock was set meanwhile: {what} was left out"),
            Self::BelowResolution(what) => write!(f, "too coarse to be read: {what} was left out"),
            Self::OtherAddress => f.write_str("replies came from another address than was asked"),
            Self::OtherPace(what) => write!(f, "probes left at another pace: {what}"),
            Self::OtherCommands(count) => write!(f, "{count} further commands were left out"),
        }
    }
}

/// Notes collected while reading: each once, in order, bounded.
#[derive(Debug, Default, Clone)]
pub(crate) struct Notes(Vec<Note>);

impl Notes {
    /// Adds a note unless it is there already.
    pub(crate) fn add(&mut self, note: Note) {
        if self.0.len() < MOST_NOTES && !self.0.contains(&note) {
            self.0.push(note);
        }
    }

    /// Whether this very note is there.
    pub(crate) fn has(&self, note: &Note) -> bool {
        self.0.contains(note)
    }

    /// Adds all of `others`.
    pub(crate) fn extend(&mut self, others: Self) {
        for note in others.0 {
            self.add(note);
        }
    }

    /// Whether the output was found broken somewhere.
    pub(crate) fn has_break(&self) -> bool {
        self.0.iter().any(|note| matches!(note, Note::Broken { .. }))
    }

    /// The notes, in the order they came up.
    pub(crate) fn into_vec(self) -> Vec<Note> {
        self.0
    }
}

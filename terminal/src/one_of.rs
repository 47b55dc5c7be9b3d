//! Options of the command line whose value is one of some words: found in any case, and refused with what is near.

use crate::words::Known;
use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command, ValueEnum};
use std::ffi::OsStr;

/// Takes one of some words for a value of an option, as [`Known`] finds it.
#[derive(Debug, Clone)]
pub struct OneOf<T>(Vec<(PossibleValue, T)>);

impl<T: Clone> OneOf<T> {
    /// These words, each with its value.
    pub fn new(words: impl IntoIterator<Item = (&'static str, T)>) -> Self {
        Self(words.into_iter().map(|(word, value)| (PossibleValue::new(word), value)).collect())
    }

    /// The words of an enum, with their help.
    pub fn of() -> Self
    where
        T: ValueEnum,
    {
        Self::among(T::value_variants().iter().cloned())
    }

    /// Some words of an enum, with their help.
    pub fn among(values: impl IntoIterator<Item = T>) -> Self
    where
        T: ValueEnum,
    {
        Self(values.into_iter().filter_map(|value| Some((value.to_possible_value()?, value))).collect())
    }
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for OneOf<T> {
    type Value = T;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<T, clap::Error> {
        let named = argument.and_then(Arg::get_long).map(|long| format!("--{long}"));
        let of = named.or_else(|| argument.map(ToString::to_string)).unwrap_or_default();
        let what = format!("value of {of}");
        let known = Known::new(&what, self.0.iter().map(|(word, _)| word.get_name()));
        let meant = known
            .find(&value.to_string_lossy())
            .map_err(|unknown| clap::Error::raw(ErrorKind::InvalidValue, format!("{unknown}\n")).with_cmd(command))?;
        let found = self.0.iter().find(|(word, _)| word.get_name() == meant);
        let nothing = || clap::Error::raw(ErrorKind::InvalidValue, format!("{what}: {meant}\n")).with_cmd(command);
        found.map(|(_, value)| value.clone()).ok_or_else(nothing)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().map(|(word, _)| word.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
    enum Format {
        Table,
        LongTable,
    }

    #[derive(Debug, Parser)]
    struct Line {
        #[arg(long, value_parser = OneOf::<Format>::of())]
        format: Option<Format>,
        #[arg(long, value_parser = OneOf::new([("low", 1), ("high", 2)]), value_delimiter = ',')]
        level: Vec<i32>,
    }

    fn line(arguments: &[&str]) -> Result<Line, String> {
        Line::try_parse_from([&["program"], arguments].concat()).map_err(|error| error.to_string())
    }

    #[test]
    fn words_are_found_in_any_case_and_refused_with_what_is_near() {
        let read = line(&["--format", "Long_Table", "--level", "HIGH,low"]).unwrap();
        assert_eq!((read.format, read.level), (Some(Format::LongTable), vec![2, 1]));
        let error = line(&["--format", "tabel"]).unwrap_err();
        assert!(
            error.starts_with(
                "error: no value of --format is called `tabel` (did you mean table?); there are table, long-table\n"
            ),
            "{error}"
        );
        let error = line(&["--level", "low,hihg"]).unwrap_err();
        assert!(
            error.contains("no value of --level is called `hihg` (did you mean high?); there are low, high"),
            "{error}"
        );
        assert!(line(&["--level", ""]).is_err());
    }
}

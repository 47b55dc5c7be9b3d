//! `analyze query`: SQL over the dataset and its stages. Everything about DuckDB is in `meshbench-query`; here are the
//! options and the list of stages.

use crate::options::OptionArgs;
use clap::{Args, ValueEnum};
use meshbench_terminal::OneOf;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What to run, and how to write the result.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// The dataset
    pub dataset: PathBuf,
    /// One SELECT; without it, the views are listed
    pub sql: Option<String>,
    /// List the views and what their columns mean
    #[arg(long, conflicts_with_all = ["sql", "format", "output"])]
    pub tables: bool,
    /// How to write; without it, as the ending of the file's name says (.csv, .json, .md, .parquet, .txt), and else as a
    /// table
    #[arg(long, value_parser = OneOf::<Format>::of(), value_enum)]
    pub format: Option<Format>,
    /// Write to this file instead of the terminal; it must not exist
    #[arg(short, long, value_name = "FILE", requires = "sql")]
    pub output: Option<PathBuf>,
    /// Most rows of a table; the other formats have all rows
    #[arg(long, value_name = "ROWS", default_value = "1000", allow_negative_numbers = true, value_parser = rows)]
    pub limit: usize,
    /// Memory that the query may take, such as 500MB or 2GiB; nothing goes to disk instead
    #[arg(long, value_name = "SIZE", default_value = "1GB", allow_negative_numbers = true, value_parser = memory)]
    pub memory: String,
    /// Seconds that the query may take
    #[arg(long, value_name = "SECONDS", default_value = "60", allow_negative_numbers = true, value_parser = seconds)]
    pub timeout: Duration,
    /// Threads; with several, sums of floats may differ in their last digits from one run to the next
    #[arg(long, default_value = "1", allow_negative_numbers = true)]
    pub threads: NonZeroU32,
    /// How the stages are computed
    #[command(flatten)]
    pub options: OptionArgs,
}

/// How to write a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns for a terminal
    Table,
    /// Markdown
    Md,
    /// Comma-separated values
    Csv,
    /// An array of objects
    Json,
    /// Parquet, with -o
    Parquet,
}

/// What files are called that hold a format, each by the ending of their names.
const ENDINGS: &[(&str, Format)] = &[
    ("txt", Format::Table),
    ("md", Format::Md),
    ("csv", Format::Csv),
    ("json", Format::Json),
    ("parquet", Format::Parquet),
];

/// A format and the name of a file that do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The name says another format.
    #[error("{} is a name for {says}, and --format says {asked}: change one of them", path.display())]
    Contradiction {
        /// The file.
        path: PathBuf,
        /// The format of such names.
        says: &'static str,
        /// The format that is asked for.
        asked: &'static str,
    },
    /// The name says nothing.
    #[error("the name of {} does not say how to write: end it in {}, or give --format", .0.display(), endings())]
    Unknown(PathBuf),
}

fn endings() -> String {
    ENDINGS.iter().map(|(ending, _)| format!(".{ending}")).collect::<Vec<_>>().join(", ")
}

impl Format {
    /// The word for it.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Md => "md",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Parquet => "parquet",
        }
    }

    /// The format that is meant by an option and by the name of the file that is written.
    pub fn meant(asked: Option<Self>, output: Option<&Path>) -> Result<Self, FormatError> {
        let Some(path) = output else { return Ok(asked.unwrap_or(Self::Table)) };
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let says = ending.and_then(|ending| ENDINGS.iter().find(|(known, _)| *known == ending));
        match (asked, says) {
            // Anything may be read as a text.
            (Some(asked), Some((_, says))) if *says != asked && *says != Self::Table => {
                let (says, asked) = (says.as_str(), asked.as_str());
                Err(FormatError::Contradiction { path: path.to_owned(), says, asked })
            }
            (Some(asked), _) => Ok(asked),
            (None, Some((_, says))) => Ok(*says),
            (None, None) => Err(FormatError::Unknown(path.to_owned())),
        }
    }
}

/// Reads a number of rows.
fn rows(text: &str) -> Result<usize, String> {
    let rows = text.trim().parse().ok().filter(|rows| *rows > 0);
    rows.ok_or_else(|| format!("{text} is no number of rows; give 1 or more, such as 1000"))
}

/// What a size is given in.
const SIZES: &[&str] = &["KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"];

/// Reads a size in the form that DuckDB takes.
fn memory(text: &str) -> Result<String, String> {
    let digits = text.trim();
    let (number, unit) = digits.split_at(digits.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(digits.len()));
    let number = number.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
    let unit = SIZES.iter().find(|known| known.eq_ignore_ascii_case(unit));
    match number.zip(unit) {
        Some((number, unit)) => Ok(format!("{number}{unit}")),
        None => Err(format!(
            "{text} is no size of memory; give a number above 0 and one of {}, such as 500MB",
            SIZES.join(", ")
        )),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

/// Without DuckDB: says how to get it.
#[cfg(not(feature = "query"))]
pub fn run(_: &Options) -> Result<(), crate::error::AnalysisError> {
    Err(crate::error::AnalysisError::NoQuery)
}

/// Without DuckDB: that there is none.
#[cfg(not(feature = "query"))]
pub fn version() -> String {
    "none; built without `query`".to_owned()
}

#[cfg(feature = "query")]
pub use linked::{run, version};

#[cfg(feature = "query")]
mod linked {
    use super::{Format, Options};
    use crate::error::AnalysisError;
    use crate::options::Options as Settings;
    use crate::stages::{self, Depth};
    use crate::ui;
    use meshbench_query::{Database, Format as Written, Limits, QueryError, Views};
    use meshbench_schemas::dataset::{Dataset, OutputError, output};
    use meshbench_schemas::metrics;
    use meshbench_schemas::stage::{Stages, Visit};
    use meshbench_schemas::table::Table;
    use meshbench_terminal::Page;
    #[cfg(target_os = "linux")]
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use std::collections::BTreeSet;
    use std::io::{BufWriter, Write};
    use std::path::Path;
    use tempfile::Builder;

    /// The version of the DuckDB that is loaded.
    pub fn version() -> String {
        meshbench_query::version().unwrap_or_else(|error| error.to_string())
    }

    /// Runs the query, or lists the views.
    pub fn run(options: &Options) -> Result<(), AnalysisError> {
        let asked = Format::meant(options.format, options.output.as_deref())?;
        let format = match asked {
            Format::Table | Format::Md => Written::Table,
            Format::Csv => Written::Csv,
            Format::Json => Written::Json,
            Format::Parquet if options.output.is_none() => return Err(QueryError::ParquetNeedsFile.into()),
            Format::Parquet => Written::Parquet,
        };
        // Said before the stages are computed.
        if let Some(path) = &options.output {
            output::folder_of(path)?;
            if path.symlink_metadata().is_ok() {
                return Err(QueryError::OutputExists(path.clone()).into());
            }
        }
        let dataset = Dataset::open(&options.dataset)?;
        let database = open(&dataset, options)?;
        let Some(sql) = options.sql.as_ref().filter(|_| !options.tables) else {
            return ui::result(&database.tables(ui::page())?).map_err(AnalysisError::Print);
        };
        fill(&database, &dataset, sql, &options.options.clone().into())?;
        wall(database.memory_byte());
        let (page, limit) = match asked {
            Format::Md => (Page::Markdown, usize::MAX),
            _ if options.output.is_some() => (Page::PIPE, options.limit),
            _ => (ui::page(), options.limit),
        };
        let query = |sink: &mut dyn Write| database.query(sql, format, (limit, page), sink);
        match &options.output {
            Some(path) => into_file(path, query),
            None => {
                let mut sink = ui::results();
                let result = query(&mut sink).and_then(|()| Ok(sink.flush()?));
                // What a failed query has left in the buffer is not printed.
                let _ = sink.into_parts();
                match result {
                    Err(QueryError::Write(error)) => ui::printed(Err(error)).map_err(AnalysisError::Print),
                    result => Ok(result?),
                }
            }
        }
    }

    /// Every table of the dataset and of the analysis; the stages are declared only.
    fn open(dataset: &Dataset, options: &Options) -> Result<Database, AnalysisError> {
        let mut views = Declared(Views::of(dataset)?);
        Stages::default().visit(&mut views)?;
        let Declared(mut views) = views;
        views.add(&metrics::rows())?;
        let (memory, threads, timeout) = (options.memory.clone(), options.threads, options.timeout);
        Ok(Database::lock(views, &Limits { memory, threads, timeout })?)
    }

    /// Texts are not in DuckDB's own count of its memory, so the process as a whole may take so many times as much on top of
    /// what it has, and no more: to ask for more then fails.
    const WALL: f64 = 4.0;

    /// Limits the memory of this process, where the system can, and says what the limit was before.
    #[cfg(target_os = "linux")]
    fn wall(limit: Option<f64>) -> Option<Rlimit> {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmData:"));
        let kibibyte = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        let (limit, kibibyte) = limit.zip(kibibyte)?;
        let old = getrlimit(Resource::Data);
        let new = (kibibyte * 1024.0 + limit * WALL) as u64;
        // A lower limit that is there already stays; to lower it is always allowed.
        if old.current.is_none_or(|current| current > new) {
            let _ = setrlimit(Resource::Data, Rlimit { current: Some(new), maximum: old.maximum });
        }
        Some(old)
    }

    /// Puts the limit back, which stays below the system's own.
    #[cfg(target_os = "linux")]
    fn unwall(before: Option<Rlimit>) {
        if let Some(before) = before {
            let _ = setrlimit(Resource::Data, before);
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn wall(_: Option<f64>) -> Option<()> {
        None
    }

    #[cfg(not(target_os = "linux"))]
    fn unwall(_: Option<()>) {}

    /// Computes the stages that a query reads, and no others: a comparison of all pairs of systems takes minutes, and a count of
    /// runs needs none of it.
    fn fill(database: &Database, dataset: &Dataset, sql: &str, settings: &Settings) -> Result<(), AnalysisError> {
        // To look a query up already computes what is constant in it; what an analysis takes is no matter of the query's.
        let before = wall(database.memory_byte());
        let reads = database.reads(sql);
        unwall(before);
        let reads = reads?;
        let depth = reads.iter().map(|table| Depth::of(table)).max().unwrap_or_default();
        stages::up_to(dataset, settings, depth)?.visit(&mut Filled { database, reads })
    }

    /// Stages become views without rows.
    struct Declared(Views);

    impl Visit for Declared {
        type Error = AnalysisError;

        fn table<T: Table>(&mut self, _: &[T]) -> Result<(), AnalysisError> {
            Ok(self.0.declare::<T>()?)
        }
    }

    /// Those that are read get their rows.
    struct Filled<'a> {
        database: &'a Database,
        reads: BTreeSet<String>,
    }

    impl Visit for Filled<'_> {
        type Error = AnalysisError;

        fn table<T: Table>(&mut self, rows: &[T]) -> Result<(), AnalysisError> {
            if self.reads.contains(T::NAME) {
                self.database.fill(rows)?;
            }
            Ok(())
        }
    }

    /// The whole result under this name, or nothing.
    fn into_file(
        path: &Path,
        query: impl FnOnce(&mut dyn Write) -> Result<(), QueryError>,
    ) -> Result<(), AnalysisError> {
        use std::os::unix::fs::PermissionsExt;
        let folder = output::folder_of(path)?;
        let mut builder = Builder::new();
        builder.permissions(std::fs::Permissions::from_mode(0o666)).prefix(".meshbench-query-");
        // The library's own message names a file that nobody asked for.
        let made = builder.tempfile_in(folder).map_err(|error| OutputError::refused(path)(error.kind().into()));
        let file = made?;
        let mut sink = BufWriter::new(file);
        query(&mut sink)?;
        let file = sink.into_inner().map_err(|error| AnalysisError::Print(error.into_error()))?;
        match file.persist_noclobber(path) {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
                Err(QueryError::OutputExists(path.to_owned()).into())
            }
            Err(error) => Err(AnalysisError::io("write", path)(error.error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_rows_are_read_as_they_are_meant() {
        assert_eq!([memory("500mb"), memory(" 1.5 GiB ")], [Ok("500MB".to_owned()), Ok("1.5GiB".to_owned())]);
        for wrong in ["1", "0MB", "-1GB", "GB", "1 potato", ""] {
            assert!(memory(wrong).is_err_and(|error| error.contains("such as 500MB")), "{wrong}");
        }
        assert_eq!(rows("7"), Ok(7));
        assert!(["0", "-1", "x"].iter().all(|wrong| rows(wrong).is_err_and(|error| error.contains("1 or more"))));
    }

    #[test]
    fn a_format_is_that_of_the_option_or_of_the_name_and_never_of_two() {
        let meant = |asked: Option<Format>, path: &str| Format::meant(asked, Some(Path::new(path)));
        assert_eq!(Format::meant(None, None), Ok(Format::Table));
        assert_eq!(Format::meant(Some(Format::Csv), None), Ok(Format::Csv));
        for (path, says) in [
            ("q.parquet", Format::Parquet),
            ("a.b/q.CSV", Format::Csv),
            ("q.json", Format::Json),
            ("q.md", Format::Md),
            ("q.csv.txt", Format::Table),
        ] {
            assert_eq!(meant(None, path), Ok(says), "{path}");
            assert_eq!(meant(Some(says), path), Ok(says), "{path}");
        }
        assert_eq!(meant(Some(Format::Csv), "q"), Ok(Format::Csv));
        assert_eq!(meant(Some(Format::Csv), "q.txt"), Ok(Format::Csv));
        assert_eq!(meant(Some(Format::Csv), "q.tsv"), Ok(Format::Csv));
        for path in ["q", "q.tsv", "q.csv.gz", ".csv"] {
            let error = meant(None, path).unwrap_err().to_string();
            assert!(error.contains(path) && error.contains(".parquet"), "{error}");
        }
        assert_eq!(
            meant(Some(Format::Table), "q.csv").unwrap_err().to_string(),
            "q.csv is a name for csv, and --format says table: change one of them"
        );
        assert!(meant(Some(Format::Parquet), "q.json").is_err());
    }
}

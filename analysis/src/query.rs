//! `analyze query`: SQL over the dataset and its stages. Everything about DuckDB is in `meshbench-query`; here are the
//! options and the list of stages.

use crate::options::OptionArgs;
use clap::{Args, ValueEnum};
use std::num::NonZeroU32;
use std::path::PathBuf;
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
    /// How to write
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Write to this file instead of the terminal; it must not exist
    #[arg(short, long, value_name = "FILE", requires = "sql")]
    pub output: Option<PathBuf>,
    /// Most rows of a table; the other formats have all rows
    #[arg(long, value_name = "ROWS", default_value_t = 1000)]
    pub limit: usize,
    /// Memory that the query may take; nothing goes to disk instead
    #[arg(long, default_value = "1GB")]
    pub memory: String,
    /// Seconds that the query may take
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub timeout: Duration,
    /// Threads; with several, sums of floats may differ in their last digits from one run to the next
    #[arg(long, default_value = "1")]
    pub threads: NonZeroU32,
    /// How the stages are computed
    #[command(flatten)]
    pub options: OptionArgs,
}

/// How to write a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Aligned columns for a terminal
    #[default]
    Table,
    /// Comma-separated values
    Csv,
    /// An array of objects
    Json,
    /// Parquet, with -o
    Parquet,
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
    use crate::stages::{Stages, Visit};
    use crate::ui;
    use meshbench_query::{Database, Format as Written, Limits, QueryError, Views};
    use meshbench_schemas::dataset::Dataset;
    use meshbench_schemas::metrics;
    use meshbench_schemas::table::Table;
    use meshbench_terminal::Page;
    use std::io::{BufWriter, Write};
    use std::path::Path;
    use tempfile::Builder;

    /// The version of the DuckDB that is loaded.
    pub fn version() -> String {
        meshbench_query::version().unwrap_or_else(|error| error.to_string())
    }

    /// Runs the query, or lists the views.
    pub fn run(options: &Options) -> Result<(), AnalysisError> {
        let format = match options.format {
            Format::Table => Written::Table,
            Format::Csv => Written::Csv,
            Format::Json => Written::Json,
            Format::Parquet if options.output.is_none() => return Err(QueryError::ParquetNeedsFile.into()),
            Format::Parquet => Written::Parquet,
        };
        // Said before the stages are computed.
        if let Some(path) = options.output.as_ref().filter(|path| path.symlink_metadata().is_ok()) {
            return Err(QueryError::OutputExists(path.clone()).into());
        }
        let database = open(options)?;
        wall(database.memory_byte());
        let Some(sql) = options.sql.as_ref().filter(|_| !options.tables) else {
            return ui::result(&database.tables(ui::page())?).map_err(AnalysisError::Print);
        };
        let page = if options.output.is_some() { Page::PIPE } else { ui::page() };
        let query = |sink: &mut dyn Write| database.query(sql, format, (options.limit, page), sink);
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

    /// Every table of the dataset and of the analysis.
    fn open(options: &Options) -> Result<Database, AnalysisError> {
        let dataset = Dataset::open(&options.dataset)?;
        let stages = Stages::of(&dataset, &options.options.clone().into())?;
        let mut views = Shown(Views::of(&dataset)?);
        stages.visit(&mut views)?;
        let Shown(mut views) = views;
        views.add(&metrics::rows())?;
        let (memory, threads, timeout) = (options.memory.clone(), options.threads, options.timeout);
        Ok(Database::lock(views, &Limits { memory, threads, timeout })?)
    }

    /// Texts are not in DuckDB's own count of its memory, so the process as a whole may take so many times as much on top of
    /// what it has, and no more: to ask for more then fails.
    const WALL: f64 = 4.0;

    /// Limits the memory of this process, where the system can.
    #[cfg(target_os = "linux")]
    fn wall(limit: Option<f64>) {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmData:"));
        let kibibyte = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        let (Some(limit), Some(kibibyte)) = (limit, kibibyte) else { return };
        let old = getrlimit(Resource::Data);
        let new = (kibibyte * 1024.0 + limit * WALL) as u64;
        // A lower limit that is there already stays; to lower it is always allowed.
        if old.current.is_none_or(|current| current > new) {
            let _ = setrlimit(Resource::Data, Rlimit { current: Some(new), maximum: old.maximum });
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn wall(_: Option<f64>) {}

    /// Stages become views.
    struct Shown(Views);

    impl Visit for Shown {
        fn table<T: Table>(&mut self, rows: &[T]) -> Result<(), AnalysisError> {
            Ok(self.0.add(rows)?)
        }
    }

    /// The whole result under this name, or nothing.
    fn into_file(
        path: &Path,
        query: impl FnOnce(&mut dyn Write) -> Result<(), QueryError>,
    ) -> Result<(), AnalysisError> {
        use std::os::unix::fs::PermissionsExt;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = Builder::new();
        builder.permissions(std::fs::Permissions::from_mode(0o666)).prefix(".meshbench-query-");
        let file = builder.tempfile_in(folder).map_err(AnalysisError::io("write to", folder))?;
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

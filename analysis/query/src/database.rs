//! The locked database: limits, and one query at a time.

use crate::error::{QueryError, TOO_LONG};
use crate::gate;
use crate::output::{self, Column, Format, Kind, Layout};
use crate::views::{self, Views, list, text, unicode};
use duckdb::Connection;
use meshbench_schemas::dataset::parquet_file;
use meshbench_schemas::table::Table;
use meshbench_terminal::Page;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// What a query may take.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Memory in the words of DuckDB, such as `1GB`. Nothing is put on disk instead.
    pub memory: String,
    /// Threads. With more than one, sums of floats and the order of unsorted groups may differ from run to run.
    pub threads: NonZeroU32,
    /// Time for one query, the writing of its result included.
    pub timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory: "1GB".to_owned(), threads: NonZeroU32::MIN, timeout: Duration::from_secs(60) }
    }
}

/// Views that can be read, and nothing else. Its private folder goes away with it.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    folder: TempDir,
    timeout: Duration,
}

/// The version of the DuckDB that is loaded, such as `v1.5.6`.
pub fn version() -> Result<String, QueryError> {
    Ok(Connection::open_in_memory()?.query_row("SELECT version()", [], |row| row.get(0))?)
}

/// How often a query that has no time left is told so: DuckDB forgets it between two steps.
const AGAIN: Duration = Duration::from_millis(50);

impl Database {
    /// Takes the views and closes everything else.
    pub fn lock(views: Views, limits: &Limits) -> Result<Self, QueryError> {
        let Views { connection, folder, files } = views;
        connection.execute_batch(&format!(
            "SET memory_limit = {memory};
             SET threads = {threads};
             SET temp_directory = '';
             SET TimeZone = 'UTC';
             SET autoinstall_known_extensions = false;
             SET autoload_known_extensions = false;
             SET allow_community_extensions = false;
             SET allow_persistent_secrets = false;
             SET allowed_paths = {files};
             SET enable_external_access = false;
             SET lock_configuration = true;",
            memory = text(&limits.memory),
            threads = limits.threads,
            files = list(&[files, vec![unicode(&result_file(&folder))?]].concat()),
        ))?;
        Ok(Self { connection, folder, timeout: limits.timeout })
    }

    /// The memory that DuckDB may have by its own count, in bytes; `None` where it is not told.
    pub fn memory_byte(&self) -> Option<f64> {
        let limit = self.connection.query_row("SELECT current_setting('memory_limit')", [], |row| row.get(0));
        byte(&limit.unwrap_or_else(|_| String::new()))
    }

    /// The tables that a SELECT reads, as it names them in lower case: every one of a view that it would need, and perhaps
    /// others, such as those of its own `WITH`. Refuses what [`Database::query`] would refuse before it reads anything.
    pub fn reads(&self, sql: &str) -> Result<BTreeSet<String>, QueryError> {
        self.timed(|| {
            gate::check(&self.connection, sql)?;
            self.prepared(sql)?;
            gate::tables(&self.connection, sql)
        })
    }

    /// Gives a table that was declared its rows.
    pub fn fill<T: Table>(&self, rows: &[T]) -> Result<(), QueryError> {
        let path = views::computed::<T>(&self.folder);
        parquet_file::write(&path, rows)?;
        views::create(&self.connection, T::NAME, (T::DOC, T::COLUMNS), &views::from(&[unicode(&path)?]))
    }

    /// Lets DuckDB look up every name of a text, as it was given, so that its messages show that.
    fn prepared(&self, sql: &str) -> Result<(), QueryError> {
        if self.connection.prepare(sql)?.parameter_count() > 0 {
            return Err(QueryError::NotOneSelect("it has parameters, and nobody gives them values".to_owned()));
        }
        Ok(())
    }

    /// Runs one SELECT and writes its rows: as a table at most `limit` of them on the page, all of them in other formats.
    pub fn query(
        &self,
        sql: &str,
        format: Format,
        (limit, page): (usize, Page),
        sink: &mut dyn Write,
    ) -> Result<(), QueryError> {
        self.timed(|| {
            gate::check(&self.connection, sql)?;
            // By itself first.
            self.prepared(sql)?;
            let source = format!("query({})", text(sql));
            if format == Format::Parquet {
                return self.parquet(&source, sink);
            }
            let columns = self.columns(&source)?;
            let names: Vec<String> = (0..columns.len()).map(|at| format!("c{at}")).collect();
            let texts: Vec<String> = columns
                .iter()
                .zip(&names)
                .map(|(column, name)| {
                    let nested = column.kind == Kind::Nested && format == Format::Json;
                    let text = if nested { format!("to_json({name})::VARCHAR") } else { format!("{name}::VARCHAR") };
                    format!("{text} AS {name}")
                })
                .collect();
            // A row that DuckDB can hold, but we cannot copy, ends with its error and not with ours.
            let lengths: Vec<String> = names.iter().map(|name| format!("coalesce(strlen({name}), 0)")).collect();
            let most = self.memory_byte().map_or(MOST_ROW, |memory| (memory / 16.0) as usize);
            let names = names.join(", ");
            let sql = format!(
                "SELECT {names} FROM (SELECT {texts} FROM {source} AS result({names}))
                 WHERE CASE WHEN {lengths} > {most} THEN error({message}) ELSE true END",
                texts = texts.join(", "),
                lengths = lengths.join(" + "),
                message = text(TOO_LONG),
            );
            let mut statement = self.connection.prepare(&sql)?;
            // Row by row, so that memory does not grow with the result.
            drop(statement.stream_arrow([])?);
            let mut rows = statement.raw_query();
            let mut next = || -> Result<Option<Vec<Option<String>>>, QueryError> {
                let Some(row) = rows.next()? else { return Ok(None) };
                Ok(Some((0..columns.len()).map(|at| row.get(at)).collect::<Result<_, _>>()?))
            };
            output::write(&columns, &mut next, format, Layout { page, limit, most }, sink)
        })
    }

    /// The views with their columns, as a text on a page.
    pub fn tables(&self, page: Page) -> Result<String, QueryError> {
        let mut statement = self.connection.prepare(
            "SELECT v.view_name, v.comment, c.column_name, c.data_type, c.comment
             FROM duckdb_views() v JOIN duckdb_columns() c ON c.table_oid = v.view_oid AND c.database_oid = v.database_oid
             WHERE NOT v.internal ORDER BY v.view_oid, c.column_index",
        )?;
        let rows = statement.query_map([], |row| {
            Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get::<_, Option<String>>(4)?])
        })?;
        Ok(output::tables(&rows.collect::<Result<Vec<_>, _>>()?, page))
    }

    fn columns(&self, source: &str) -> Result<Vec<Column>, QueryError> {
        let mut statement = self.connection.prepare(&format!("DESCRIBE FROM {source}"))?;
        let columns =
            statement.query_map([], |row| Ok(Column::new(row.get::<_, String>(0)?, &row.get::<_, String>(1)?)))?;
        Ok(columns.collect::<Result<_, _>>()?)
    }

    fn parquet(&self, source: &str, sink: &mut dyn Write) -> Result<(), QueryError> {
        let path = result_file(&self.folder);
        // DuckDB writes it itself, so that each column keeps its type.
        self.connection.execute_batch(&format!(
            "COPY (FROM {source}) TO {} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)",
            text(&unicode(&path)?)
        ))?;
        let mut file = File::open(&path).map_err(QueryError::io("read", &path))?;
        io::copy(&mut file, sink)?;
        Ok(())
    }

    /// Does `work`, and interrupts DuckDB when its time is up.
    fn timed<T>(&self, work: impl FnOnce() -> Result<T, QueryError>) -> Result<T, QueryError> {
        let (done, waiting) = mpsc::channel::<()>();
        let (late, handle, timeout) = (AtomicBool::new(false), self.connection.interrupt_handle(), self.timeout);
        thread::scope(|scope| {
            scope.spawn(|| {
                // The receiver belongs to this thread.
                let waiting = waiting;
                let mut wait = timeout;
                while waiting.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                    late.store(true, Ordering::Relaxed);
                    handle.interrupt();
                    wait = AGAIN;
                }
            });
            let result = work();
            drop(done);
            match result {
                Err(QueryError::Sql(_)) if late.load(Ordering::Relaxed) => Err(QueryError::Timeout(timeout)),
                result => result,
            }
        })
    }
}

/// The longest row in bytes, where DuckDB does not say how much memory it has.
const MOST_ROW: usize = 1 << 26;

/// `953.6 MiB` in bytes.
fn byte(text: &str) -> Option<f64> {
    let (number, unit) = text.split_once(' ')?;
    let power = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"].iter().position(|known| *known == unit)?;
    Some(number.parse::<f64>().ok()? * 1024f64.powi(i32::try_from(power).ok()?))
}

/// The only file that is ever written, by us.
fn result_file(folder: &TempDir) -> std::path::PathBuf {
    Path::join(folder.path(), "result.parquet")
}

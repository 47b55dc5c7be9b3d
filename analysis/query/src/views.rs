//! Tables as views: the dataset's own files, and stages written to a private folder.

use crate::error::QueryError;
use duckdb::Connection;
use meshbench_schemas::dataset::{Dataset, parquet_file};
use meshbench_schemas::table::Table;
use meshbench_schemas::tables::{Host, Phase, Run, Sample, Summary, System};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What queries will be able to read, before the database is locked.
#[derive(Debug)]
pub struct Views {
    pub(crate) connection: Connection,
    pub(crate) folder: TempDir,
    pub(crate) files: Vec<String>,
}

impl Views {
    /// Views of the tables of a dataset: `runs`, `samples`, `summaries`, `hosts`, `systems` and `phases`.
    pub fn of(dataset: &Dataset) -> Result<Self, QueryError> {
        let temporary = std::env::temp_dir();
        let folder = tempfile::Builder::new()
            .prefix("meshbench-query-")
            .tempdir()
            .map_err(QueryError::io("make a folder in", &temporary))?;
        let mut views = Self { connection: Connection::open_in_memory()?, folder, files: Vec::new() };
        // Behind this link no character of the dataset's own path is a wildcard or a `key=value` to DuckDB.
        let link = views.folder.path().join("dataset");
        let path = dataset.path().canonicalize().map_err(QueryError::io("find", dataset.path()))?;
        std::os::unix::fs::symlink(&path, &link).map_err(QueryError::io("link", &link))?;
        let table = |name: &str| vec![link.join(format!("{name}.parquet"))];
        views.own::<Run>(&table(Run::NAME))?;
        views.own::<Summary>(&table(Summary::NAME))?;
        views.own::<Host>(&table(Host::NAME))?;
        views.own::<System>(&table(System::NAME))?;
        let phases = if dataset.has::<Phase>() { table(Phase::NAME) } else { Vec::new() };
        views.own::<Phase>(&phases)?;
        let samples: Vec<PathBuf> = dataset
            .sample_files()
            .iter()
            .filter_map(|file| file.strip_prefix(dataset.path()).ok())
            .map(|file| link.join(file))
            .collect();
        views.own::<Sample>(&samples)?;
        Ok(views)
    }

    /// Adds a view of the rows of a computed table, under its own name.
    pub fn add<T: Table>(&mut self, rows: &[T]) -> Result<(), QueryError> {
        let path = computed::<T>(&self.folder);
        parquet_file::write(&path, rows)?;
        self.view::<T>(&[path])
    }

    /// Adds a view of a table that is not computed yet: its columns are there, and to read it is an error until
    /// [`crate::Database::fill`] has been given its rows.
    pub fn declare<T: Table>(&mut self) -> Result<(), QueryError> {
        let columns = self.columns::<T>()?;
        self.files.extend([unicode(&columns)?, unicode(&computed::<T>(&self.folder))?]);
        let guard = format!(
            "SELECT rows.* FROM (SELECT 1 AS one) AS guard LEFT JOIN ({rows}) AS rows ON true
             WHERE CASE WHEN one = 1 THEN error({message}) ELSE true END",
            rows = from(&[unicode(&columns)?]),
            message = text(&format!("the table {} was not computed for this query", T::NAME)),
        );
        create::<T>(&self.connection, &guard)
    }

    /// A view of the dataset's own files of a table, which may be none. Before them stands one without rows and with every
    /// column: what an older version of the format does not have is null.
    fn own<T: Table>(&mut self, files: &[PathBuf]) -> Result<(), QueryError> {
        let columns = self.columns::<T>()?;
        self.view::<T>(&[&[columns], files].concat())
    }

    /// A file with every column of a table and no row.
    fn columns<T: Table>(&self) -> Result<PathBuf, QueryError> {
        let path = self.folder.path().join(format!("{}.columns.parquet", T::NAME));
        parquet_file::write::<T>(&path, &[])?;
        Ok(path)
    }

    /// A view of Parquet files, and its documentation.
    fn view<T: Table>(&mut self, files: &[PathBuf]) -> Result<(), QueryError> {
        let files: Vec<String> = files.iter().map(|file| unicode(file)).collect::<Result<_, _>>()?;
        create::<T>(&self.connection, &from(&files))?;
        self.files.extend(files);
        Ok(())
    }
}

/// The file of a computed table.
pub fn computed<T: Table>(folder: &TempDir) -> PathBuf {
    folder.path().join(format!("{}.parquet", T::NAME))
}

/// The rows of Parquet files.
pub fn from(files: &[String]) -> String {
    format!("FROM read_parquet({}, hive_partitioning = false, union_by_name = true)", list(files))
}

/// Makes the view of a table, or makes it anew, with its documentation.
pub fn create<T: Table>(connection: &Connection, rows: &str) -> Result<(), QueryError> {
    let view = name(T::NAME);
    let doc = text(&one_line(T::DOC));
    connection.execute_batch(&format!("CREATE OR REPLACE VIEW {view} AS {rows}; COMMENT ON VIEW {view} IS {doc}"))?;
    for column in T::COLUMNS {
        let unit = if column.unit.is_empty() { String::new() } else { format!(" [{}]", column.unit) };
        let meaning = text(&(one_line(column.doc) + &unit));
        connection.execute_batch(&format!("COMMENT ON COLUMN {view}.{} IS {meaning}", name(column.name)))?;
    }
    Ok(())
}

/// A path as DuckDB takes it.
pub fn unicode(path: &Path) -> Result<String, QueryError> {
    path.to_str().map(str::to_owned).ok_or_else(|| QueryError::Path(path.to_owned()))
}

/// A text as a literal of SQL.
pub fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Texts as a list of SQL.
pub fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|path| text(path)).collect::<Vec<_>>().join(", "))
}

/// A name as an identifier of SQL.
fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

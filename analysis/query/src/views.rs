//! Tables as views: the dataset's own files, and stages written to a private folder.

use crate::error::QueryError;
use duckdb::Connection;
use meshbench_schemas::dataset::{Dataset, parquet_file};
use meshbench_schemas::list::TableInfo;
use meshbench_schemas::table::{Column, Table};
use meshbench_schemas::tables;
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
    /// Views of the tables of a dataset.
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
        for table in tables::TABLES {
            let files = dataset.files(table.name);
            let behind =
                files.iter().filter_map(|file| file.strip_prefix(dataset.path()).ok()).map(|file| link.join(file));
            views.own(table, behind.collect())?;
        }
        Ok(views)
    }

    /// Adds a view of the rows of a computed table, under its own name.
    pub fn add<T: Table>(&mut self, rows: &[T]) -> Result<(), QueryError> {
        let path = computed::<T>(&self.folder);
        parquet_file::write(&path, rows)?;
        self.view(T::NAME, T::DOC, T::COLUMNS, &[path])
    }

    /// Adds a view of a table that is not computed yet: its columns are there, and to read it is an error until
    /// [`crate::Database::fill`] has been given its rows.
    pub fn declare<T: Table>(&mut self) -> Result<(), QueryError> {
        let columns = columns(&self.folder, T::NAME);
        parquet_file::write::<T>(&columns, &[])?;
        self.files.extend([unicode(&columns)?, unicode(&computed::<T>(&self.folder))?]);
        let guard = format!(
            "SELECT rows.* FROM (SELECT 1 AS one) AS guard LEFT JOIN ({rows}) AS rows ON true
             WHERE CASE WHEN one = 1 THEN error({message}) ELSE true END",
            rows = from(&[unicode(&columns)?]),
            message = text(&format!("the table {} was not computed for this query", T::NAME)),
        );
        create(&self.connection, T::NAME, (T::DOC, T::COLUMNS), &guard)
    }

    /// A view of the dataset's own files of a table, which may be none. Before them stands one without rows and with every
    /// column: what an older version of the format does not have is null.
    fn own(&mut self, table: &TableInfo, files: Vec<PathBuf>) -> Result<(), QueryError> {
        let columns = columns(&self.folder, table.name);
        (table.write_empty)(&columns)?;
        self.view(table.name, table.doc, table.columns, &[vec![columns], files].concat())
    }

    /// A view of Parquet files, and its documentation.
    fn view(&mut self, table: &str, doc: &str, columns: &[Column], files: &[PathBuf]) -> Result<(), QueryError> {
        let files: Vec<String> = files.iter().map(|file| unicode(file)).collect::<Result<_, _>>()?;
        create(&self.connection, table, (doc, columns), &from(&files))?;
        self.files.extend(files);
        Ok(())
    }
}

/// The file with every column of a table and no row.
fn columns(folder: &TempDir, table: &str) -> PathBuf {
    folder.path().join(format!("{table}.columns.parquet"))
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
pub fn create(
    connection: &Connection,
    table: &str,
    (doc, columns): (&str, &[Column]),
    rows: &str,
) -> Result<(), QueryError> {
    let view = name(table);
    let doc = text(&one_line(doc));
    connection.execute_batch(&format!("CREATE OR REPLACE VIEW {view} AS {rows}; COMMENT ON VIEW {view} IS {doc}"))?;
    for column in columns {
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

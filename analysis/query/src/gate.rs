//! Which texts are run at all. DuckDB's own parser decides, on the tree that it makes of the text: what a comment,
//! a string or a name is, is never guessed here.

use crate::error::QueryError;
use duckdb::Connection;
use std::collections::BTreeSet;

/// The table functions that a query may call: those that compute, and those that describe what there is.
///
/// A list of what is allowed, because DuckDB has more than its settings can take away: `enable_logging` opens a file
/// of any name although file access is off, `query` takes a text that is parsed later, `checkpoint` and
/// `truncate_duckdb_logs` are commands.
pub const TABLE_FUNCTIONS: &[&str] = &[
    "duckdb_columns",
    "duckdb_functions",
    "duckdb_keywords",
    "duckdb_settings",
    "duckdb_tables",
    "duckdb_types",
    "duckdb_views",
    "generate_series",
    "json_each",
    "json_tree",
    "pragma_table_info",
    "pragma_version",
    "range",
    "repeat",
    "unnest",
];

/// The syntax tree of a text: what kept it from being one, its number of statements, and the table functions in it.
const TREE: &str = "
    WITH parsed AS MATERIALIZED (SELECT json_serialize_sql(?::VARCHAR) AS tree)
    SELECT tree->>'$.error_message', json_array_length(tree, '$.statements')::BIGINT,
        (SELECT string_agg(DISTINCT lower(value->>'$.function.function_name'), ' ')
         FROM json_tree((SELECT tree FROM parsed)) WHERE value->>'$.type' = 'TABLE_FUNCTION')
    FROM parsed";

/// Passes exactly one SELECT with allowed table functions only. Nothing of the text is run or looked up.
pub fn check(connection: &Connection, sql: &str) -> Result<(), QueryError> {
    let (error, statements, functions): (Option<String>, Option<i64>, Option<String>) =
        connection.query_row(TREE, [sql], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    if let Some(error) = error {
        // DuckDB says this of every other kind of statement.
        let other = error.contains("Only SELECT statements");
        return Err(QueryError::NotOneSelect(if other { "this is another statement".to_owned() } else { error }));
    }
    match statements {
        Some(1) => {}
        Some(0) | None => return Err(QueryError::NotOneSelect("there is no statement".to_owned())),
        Some(count) => return Err(QueryError::NotOneSelect(format!("there are {count} statements"))),
    }
    let mut names = functions.iter().flat_map(|names| names.split(' '));
    match names.find(|name| !TABLE_FUNCTIONS.contains(name)) {
        Some(name) => Err(QueryError::TableFunction(name.to_owned())),
        None => Ok(()),
    }
}

/// What the syntax tree of a text names as tables: in a FROM, wherever it stands, and in a DESCRIBE or SUMMARIZE.
const TABLES: &str = "
    WITH parsed AS MATERIALIZED (SELECT json_serialize_sql(?::VARCHAR) AS tree)
    SELECT DISTINCT lower(named) FROM (
        SELECT (value->>'$.table_name') AS named FROM json_tree((SELECT tree FROM parsed)) WHERE type = 'OBJECT'
    ) WHERE named IS NOT NULL";

/// The tables that a text names, in lower case. A name may be one of its own `WITH`; none that it reads is left out.
pub fn tables(connection: &Connection, sql: &str) -> Result<BTreeSet<String>, QueryError> {
    let mut statement = connection.prepare(TABLES)?;
    let names = statement.query_map([sql], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

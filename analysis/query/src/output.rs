//! Results as text. DuckDB turns values into text; here is only how text is put down.

use crate::error::QueryError;
use meshbench_terminal::{Column as Shape, Page, Table};
use serde::de::IgnoredAny;
use std::fmt::Write as _;
use std::io::Write;

/// How to write a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns. A missing value is `NULL`; a text of that very word, and an empty one, are in quotes.
    Table,
    /// Comma-separated values (RFC 4180). A missing value is an empty field, an empty text is `""`.
    Csv,
    /// An array of objects. NaN and infinities, which JSON has no words for, are the texts `nan`, `inf`, `-inf`.
    Json,
    /// Parquet.
    Parquet,
}

/// What a column's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Number,
    Boolean,
    Text,
    /// Lists, structs, maps, JSON.
    Nested,
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
}

impl Column {
    /// From DuckDB's own name of the type.
    pub fn new(name: String, data_type: &str) -> Self {
        let word = data_type.split('(').next().unwrap_or_default();
        let kind = match word {
            _ if data_type.ends_with(']') => Kind::Nested,
            "STRUCT" | "MAP" | "UNION" | "JSON" | "VARIANT" => Kind::Nested,
            "BOOLEAN" => Kind::Boolean,
            "TINYINT" | "SMALLINT" | "INTEGER" | "BIGINT" | "HUGEINT" | "UTINYINT" | "USMALLINT" | "UINTEGER"
            | "UBIGINT" | "UHUGEINT" | "BIGNUM" | "FLOAT" | "DOUBLE" | "DECIMAL" => Kind::Number,
            _ => Kind::Text,
        };
        Self { name, kind }
    }
}

/// How a table is laid out: on which page, at most how many rows, in at most how many bytes.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    pub page: Page,
    pub limit: usize,
    pub most: usize,
}

/// One row after the other.
type Next<'a> = &'a mut dyn FnMut() -> Result<Option<Vec<Option<String>>>, QueryError>;

/// Writes rows in a format of text.
pub fn write(
    columns: &[Column],
    next: Next<'_>,
    format: Format,
    layout: Layout,
    sink: &mut dyn Write,
) -> Result<(), QueryError> {
    match format {
        Format::Table => table(columns, next, layout, sink),
        Format::Csv => csv(columns, next, sink),
        Format::Json => json(columns, next, sink),
        Format::Parquet => Err(QueryError::ParquetNeedsFile),
    }
}

/// At most `limit` rows, whose columns, padded to their widest text, take at most so many bytes.
fn table(columns: &[Column], next: Next<'_>, layout: Layout, sink: &mut dyn Write) -> Result<(), QueryError> {
    let Layout { page, limit, most } = layout;
    let mut widths = vec![0; columns.len()];
    let mut table = Table::new(columns.iter().map(|column| {
        let title = shown(&column.name);
        if column.kind == Kind::Number { Shape::number(title) } else { Shape::words(title) }
    }));
    let mut rows = 0;
    let mut more = false;
    while let Some(row) = next()? {
        if rows == limit {
            more = true;
            break;
        }
        rows += 1;
        for (width, text) in widths.iter_mut().zip(row.iter().flatten()) {
            *width = text.len().max(*width);
        }
        if rows.saturating_mul(widths.iter().sum()) > most {
            return Err(QueryError::TooWide);
        }
        table.row(row.iter().map(|value| match value.as_deref() {
            None => "NULL".to_owned(),
            Some(text @ ("" | "NULL")) => format!("'{text}'"),
            Some(text) => shown(text),
        }));
    }
    sink.write_all(table.print(page).as_bytes())?;
    if more {
        writeln!(sink, "\nthe first {limit} rows; --limit shows more")?;
    }
    Ok(())
}

/// What a terminal can be given: characters that steer it, or turn the writing around, are written as escapes, and so
/// is the backslash.
fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '"' | '\'') { out.push(c) } else { out.extend(c.escape_debug()) }
    }
    out
}

fn csv(columns: &[Column], next: Next<'_>, sink: &mut dyn Write) -> Result<(), QueryError> {
    let field = |text: &str| {
        if text.is_empty() || text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    writeln!(sink, "{}", columns.iter().map(|column| field(&column.name)).collect::<Vec<_>>().join(","))?;
    while let Some(row) = next()? {
        let fields: Vec<String> = row.iter().map(|value| value.as_deref().map(field).unwrap_or_default()).collect();
        writeln!(sink, "{}", fields.join(","))?;
    }
    Ok(())
}

fn json(columns: &[Column], next: Next<'_>, sink: &mut dyn Write) -> Result<(), QueryError> {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut rows = 0;
    while let Some(row) = next()? {
        write!(sink, "{}\n{{", if rows == 0 { "[" } else { "," })?;
        for (at, (value, column)) in row.iter().zip(columns).enumerate() {
            let text = match (value.as_deref(), column.kind) {
                (None, _) => "null".to_owned(),
                (Some(text), Kind::Boolean) => text.to_owned(),
                (Some(text @ ("nan" | "inf" | "-inf")), Kind::Number) => quoted(text),
                (Some(text), Kind::Number) => text.to_owned(),
                (Some(text), Kind::Text) => quoted(text),
                (Some(text), Kind::Nested) => {
                    serde_json::from_str::<IgnoredAny>(text).map_err(|_| QueryError::NotJson(column.name.clone()))?;
                    text.to_owned()
                }
            };
            write!(sink, "{}{}:{text}", if at == 0 { "" } else { "," }, quoted(&column.name))?;
        }
        write!(sink, "}}")?;
        rows += 1;
    }
    writeln!(sink, "{}", if rows == 0 { "[]" } else { "\n]" })?;
    Ok(())
}

/// The views with their columns: rows of view, its meaning, column, type, its meaning.
pub fn tables(rows: &[[Option<String>; 5]], page: Page) -> String {
    let mut text = String::new();
    for group in rows.chunk_by(|[a, ..], [b, ..]| a == b) {
        let mut table = Table::new([Shape::name("column"), Shape::name("type"), Shape::words("meaning")]);
        for [_, _, column, data_type, meaning] in group {
            table.row([column, data_type, meaning].map(|text| shown(text.as_deref().unwrap_or_default())));
        }
        if let Some([Some(view), meaning, ..]) = group.first() {
            let meaning = shown(meaning.as_deref().unwrap_or_default());
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}\n", page.line(&format!("{}: ", shown(view)), &meaning));
        }
        let _ = writeln!(text, "{}", table.print(page));
    }
    text
}

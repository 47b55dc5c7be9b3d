//! The lists of tables. Whatever shows, writes or documents every table reads them: JSON Schemas, the documents of the
//! format, files of stages, views of SQL, the downloads of a report. So a table is one file with its declaration and one
//! line in its list: [`crate::tables`], [`crate::stage`] or [`crate::printed`].

use crate::dataset::{DatasetError, parquet_file};
use crate::manifest::{TableSchema, table_schema};
use crate::metrics::MetricRow;
use crate::table::{Column, Table};
use crate::{printed, stage, tables};
use schemars::{JsonSchema, Schema, schema_for};
use std::path::Path;

/// A table without the type of its rows.
#[derive(Debug, Clone, Copy)]
pub struct TableInfo {
    /// The table's name, also its file's stem.
    pub name: &'static str,
    /// What one row is.
    pub doc: &'static str,
    /// Its columns, in order.
    pub columns: &'static [Column],
    /// A row's name, by which its JSON Schema is called.
    pub row: &'static str,
    /// The JSON Schema of a row.
    pub json_schema: fn() -> Schema,
    /// The schema in the words of Frictionless.
    pub frictionless: fn() -> TableSchema,
    /// Writes a new Parquet file with every column and no row.
    pub write_empty: fn(&Path) -> Result<(), DatasetError>,
}

impl TableInfo {
    /// The table of these rows.
    pub const fn of<T: Table + JsonSchema>(row: &'static str) -> Self {
        Self {
            name: T::NAME,
            doc: T::DOC,
            columns: T::COLUMNS,
            row,
            json_schema: || schema_for!(T),
            frictionless: table_schema::<T>,
            write_empty: |path| parquet_file::write::<T>(path, &[]).map(drop),
        }
    }

    /// What a row is, in one line without a full stop.
    pub fn phrase(&self) -> String {
        let line = self.doc.split_whitespace().collect::<Vec<_>>().join(" ");
        let first = line.split_once(". ").map_or(line.as_str(), |(first, _)| first);
        first.trim_end_matches('.').to_owned()
    }
}

/// The metric catalogue as a table: a view of SQL, and no file.
pub const CATALOGUE: TableInfo = TableInfo::of::<MetricRow>("metric_row");

/// Every table that a file or an output may hold: those of a dataset, the stages, and what single commands print.
pub fn files() -> impl Iterator<Item = &'static TableInfo> {
    tables::TABLES.iter().chain(stage::TABLES).chain(printed::TABLES)
}

/// Every table that a query can read.
pub fn views() -> impl Iterator<Item = &'static TableInfo> {
    tables::TABLES.iter().chain(stage::TABLES).chain([&CATALOGUE])
}

/// Lists tables, a row's module and type each.
macro_rules! list_tables {
    ($($module:ident::$Row:ident),+ $(,)?) => {
        $(mod $module;)+
        $(pub use $module::$Row;)+

        /// Every table of this kind, in order.
        pub const TABLES: &[$crate::list::TableInfo] =
            &[$($crate::list::TableInfo::of::<$Row>(stringify!($module)),)+];
    };
}
pub(crate) use list_tables;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_keys_are_columns() {
        let all: Vec<&TableInfo> = files().chain([&CATALOGUE]).collect();
        let names: BTreeSet<&str> = all.iter().map(|table| table.name).collect();
        let rows: BTreeSet<&str> = all.iter().map(|table| table.row).collect();
        assert_eq!((names.len(), rows.len()), (all.len(), all.len()));
        for table in all {
            let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
            for key in (table.frictionless)().primary_key {
                assert!(columns.contains(&key.as_str()), "{} has no column {key}", table.name);
            }
            assert!(!table.phrase().is_empty() && !table.phrase().contains('\n'), "{}", table.name);
        }
    }
}

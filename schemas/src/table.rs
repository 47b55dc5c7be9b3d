//! Tables as Rust structs: one declaration gives the struct, its Arrow schema, its documentation and
//! both conversions. A new column is one line in its file.

use crate::named::Word;
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DictionaryArray, Float64Array, PrimitiveBuilder, RecordBatch, StringArray,
    StringBuilder, TimestampMicrosecondArray, UInt32Array, UInt64Array, new_null_array,
};
use arrow::datatypes::{
    DataType, Field, Float64Type, Int32Type, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType, UInt32Type,
    UInt64Type,
};
use arrow::error::ArrowError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// A text that occurs in many rows; cheap to clone, dictionary-encoded on disk.
pub type Symbol = Arc<str>;

/// A moment, in microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// From seconds since the epoch; `None` where that is no time of our era.
    pub fn from_unix_seconds(seconds: f64) -> Option<Self> {
        let micros = seconds * 1e6;
        (micros.is_finite() && micros.abs() < 1e17).then_some(Self(micros.round() as i64))
    }

    /// RFC 3339 in UTC, for people.
    pub fn rfc3339(self) -> String {
        jiff::Timestamp::from_microsecond(self.0).map_or_else(|_| format!("{} µs", self.0), |time| time.to_string())
    }
}

/// Why a file's table is not the table it should be.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A column is absent.
    #[error("table `{table}` has no column `{column}`")]
    MissingColumn {
        /// The table's name.
        table: &'static str,
        /// The column's name.
        column: &'static str,
    },
    /// A column holds something else than the format says.
    #[error("column `{column}` of table `{table}` holds {found}, not {expected}")]
    WrongType {
        /// The table's name.
        table: &'static str,
        /// The column's name.
        column: &'static str,
        /// What the file holds.
        found: String,
        /// What the format says.
        expected: String,
    },
    /// A value is missing where the format demands one, or is no word of this version.
    #[error("column `{column}` of table `{table}`, row {row}: {what}")]
    BadValue {
        /// The table's name.
        table: &'static str,
        /// The column's name.
        column: &'static str,
        /// The row within the batch, from 0.
        row: usize,
        /// What is wrong with it.
        what: String,
    },
    /// Arrow's own error.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
}

/// One column of a table, as documentation and schema see it.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub doc: &'static str,
    /// The unit of its numbers: `s`, `bit/s`, `byte`, `ratio`, `count`, or empty.
    pub unit: &'static str,
    /// Its Arrow type.
    pub data_type: fn() -> DataType,
    /// Whether a value may be missing.
    pub nullable: bool,
    /// Its type in the words of Frictionless Table Schema.
    pub frictionless: &'static str,
}

/// A struct that is a row of a table.
pub trait Table: Sized {
    /// The table's name, also its file's stem.
    const NAME: &'static str;
    /// What one row is.
    const DOC: &'static str;
    /// The columns that tell one row from another; empty where rows have no key.
    const KEY: &'static [&'static str];
    /// Its columns, in order.
    const COLUMNS: &'static [Column];

    /// Turns rows into one Arrow batch.
    fn batch(rows: &[Self]) -> Result<RecordBatch, TableError>;

    /// Reads every row of a batch. Columns are found by name; further columns are ignored, so that a
    /// newer minor version of the format can add some.
    fn rows(batch: &RecordBatch) -> Result<Vec<Self>, TableError>;

    /// The Arrow schema; each field carries its description and unit as metadata.
    fn schema() -> SchemaRef {
        let fields: Vec<Field> = Self::COLUMNS
            .iter()
            .map(|column| {
                let mut metadata = HashMap::from([("description".to_owned(), column.doc.trim().to_owned())]);
                if !column.unit.is_empty() {
                    metadata.insert("unit".to_owned(), column.unit.to_owned());
                }
                Field::new(column.name, (column.data_type)(), column.nullable).with_metadata(metadata)
            })
            .collect();
        Arc::new(Schema::new(fields))
    }
}

/// A value that a column can hold.
pub trait Value: Sized + Clone {
    /// Its type in the words of Frictionless Table Schema.
    const FRICTIONLESS: &'static str;
    /// Its Arrow type.
    fn data_type() -> DataType;
    /// Builds the column.
    fn build(values: &mut dyn Iterator<Item = Option<Self>>) -> ArrayRef;
    /// Reads the column, which has the type [`Value::data_type`]; an error names the row and the word.
    fn read(array: &dyn Array) -> Result<Vec<Option<Self>>, (usize, String)>;
}

/// A value or an optional value: what a field of a row is.
pub trait Cell: Sized {
    /// The value's type.
    type Of: Value;
    /// Whether it may be missing.
    const NULLABLE: bool;
    /// As an optional value.
    fn to_option(&self) -> Option<Self::Of>;
    /// Back from an optional value; `None` where a value is demanded and missing.
    fn from_option(value: Option<Self::Of>) -> Option<Self>;
}

impl<V: Value> Cell for V {
    type Of = V;
    const NULLABLE: bool = false;
    fn to_option(&self) -> Option<V> {
        Some(self.clone())
    }
    fn from_option(value: Option<V>) -> Option<Self> {
        value
    }
}

impl<V: Value> Cell for Option<V> {
    type Of = V;
    const NULLABLE: bool = true;
    fn to_option(&self) -> Option<V> {
        self.clone()
    }
    fn from_option(value: Option<V>) -> Option<Self> {
        Some(value)
    }
}

macro_rules! primitive_value {
    ($($T:ty => $Array:ty, $Type:ty, $data_type:expr, $frictionless:literal;)+) => {$(
        impl Value for $T {
            const FRICTIONLESS: &'static str = $frictionless;
            fn data_type() -> DataType { $data_type }
            fn build(values: &mut dyn Iterator<Item = Option<Self>>) -> ArrayRef {
                Arc::new(<$Array>::from_iter(values))
            }
            fn read(array: &dyn Array) -> Result<Vec<Option<Self>>, (usize, String)> {
                Ok(array.as_primitive::<$Type>().iter().collect())
            }
        }
    )+};
}

primitive_value! {
    f64 => Float64Array, Float64Type, DataType::Float64, "number";
    u32 => UInt32Array, UInt32Type, DataType::UInt32, "integer";
    u64 => UInt64Array, UInt64Type, DataType::UInt64, "integer";
}

impl Value for bool {
    const FRICTIONLESS: &'static str = "boolean";
    fn data_type() -> DataType {
        DataType::Boolean
    }
    fn build(values: &mut dyn Iterator<Item = Option<Self>>) -> ArrayRef {
        Arc::new(BooleanArray::from_iter(values))
    }
    fn read(array: &dyn Array) -> Result<Vec<Option<Self>>, (usize, String)> {
        Ok(array.as_boolean().iter().collect())
    }
}

impl Value for String {
    const FRICTIONLESS: &'static str = "string";
    fn data_type() -> DataType {
        DataType::Utf8
    }
    fn build(values: &mut dyn Iterator<Item = Option<Self>>) -> ArrayRef {
        Arc::new(StringArray::from_iter(values))
    }
    fn read(array: &dyn Array) -> Result<Vec<Option<Self>>, (usize, String)> {
        Ok(array.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect())
    }
}

impl Value for Timestamp {
    const FRICTIONLESS: &'static str = "datetime";
    fn data_type() -> DataType {
        DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
    }
    fn build(values: &mut dyn Iterator<Item = Option<Self>>) -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from_iter(values.map(|time| time.map(|t| t.0))).with_timezone("UTC"))
    }
    fn read(array: &dyn Array) -> Result<Vec<Option<Self>>, (usize, String)> {
        Ok(array.as_primitive::<TimestampMicrosecondType>().iter().map(|time| time.map(Timestamp)).collect())
    }
}

fn dictionary_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// Rows of one run follow each other, so most values are the one before: those are not looked up.
fn build_dictionary<S: AsRef<str>>(values: &mut dyn Iterator<Item = Option<S>>) -> ArrayRef {
    let mut known: HashMap<Box<str>, i32> = HashMap::new();
    let mut words = StringBuilder::new();
    let mut last: Option<(S, i32)> = None;
    let mut keys = PrimitiveBuilder::<Int32Type>::new();
    for value in values {
        let Some(value) = value else {
            keys.append_null();
            continue;
        };
        let key = match &last {
            Some((word, key)) if word.as_ref() == value.as_ref() => *key,
            _ => {
                let next = i32::try_from(known.len()).unwrap_or(i32::MAX);
                *known.entry(value.as_ref().into()).or_insert_with(|| {
                    words.append_value(value.as_ref());
                    next
                })
            }
        };
        keys.append_value(key);
        last = Some((value, key));
    }
    Arc::new(DictionaryArray::new(keys.finish(), Arc::new(words.finish())))
}

/// Reads a dictionary column, converting each distinct word once.
fn read_dictionary<T: Clone>(
    array: &dyn Array,
    convert: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<Option<T>>, (usize, String)> {
    let dictionary: &DictionaryArray<Int32Type> = array.as_dictionary();
    let words: Vec<Option<Result<T, String>>> =
        dictionary.values().as_string::<i32>().iter().map(|word| word.map(&convert)).collect();
    let mut out = Vec::with_capacity(dictionary.len());
    for (row, key) in dictionary.keys_iter().enumerate() {
        out.push(match key.and_then(|key| words.get(key)).and_then(Option::as_ref) {
            None => None,
            Some(Ok(value)) => Some(value.clone()),
            Some(Err(what)) => return Err((row, what.clone())),
        });
    }
    Ok(out)
}

impl Value for Symbol {
    const FRICTIONLESS: &'static str = "string";
    fn data_type() -> DataType {
        dictionary_type()
    }
    fn build(values: &mut dyn Iterator<Item = Option<Self>>) -> ArrayRef {
        build_dictionary(values)
    }
    fn read(array: &dyn Array) -> Result<Vec<Option<Self>>, (usize, String)> {
        read_dictionary(array, |word| Ok(Arc::from(word)))
    }
}

impl<W: Word> Value for W {
    const FRICTIONLESS: &'static str = "string";
    fn data_type() -> DataType {
        dictionary_type()
    }
    fn build(values: &mut dyn Iterator<Item = Option<Self>>) -> ArrayRef {
        build_dictionary(&mut values.map(|value| value.map(W::name)))
    }
    fn read(array: &dyn Array) -> Result<Vec<Option<Self>>, (usize, String)> {
        read_dictionary(array, |word| word.parse::<W>().map_err(|error| error.to_string()))
    }
}

/// Builds one column of a batch from a field of every row.
pub fn build_column<R, C: Cell>(rows: &[R], field: impl Fn(&R) -> &C) -> ArrayRef {
    C::Of::build(&mut rows.iter().map(|row| field(row).to_option()))
}

/// One column of a batch with the type that the format gives it, whatever string or number type another writer chose.
pub fn typed_column<C: Cell>(
    batch: &RecordBatch,
    table: &'static str,
    column: &'static str,
) -> Result<ArrayRef, TableError> {
    let expected = C::Of::data_type();
    // An older minor version of the format had fewer columns, and each that came later may be null.
    let absent = || C::NULLABLE.then(|| new_null_array(&expected, batch.num_rows()));
    let array = batch.column_by_name(column).cloned().or_else(absent);
    let array = array.ok_or(TableError::MissingColumn { table, column })?;
    if *array.data_type() == expected {
        return Ok(array);
    }
    arrow::compute::cast(&array, &expected).map_err(|_| TableError::WrongType {
        table,
        column,
        found: array.data_type().to_string(),
        expected: expected.to_string(),
    })
}

/// Reads one column of a batch: [`typed_column`] as values.
pub fn read_column<C: Cell>(
    batch: &RecordBatch,
    table: &'static str,
    column: &'static str,
) -> Result<Vec<C>, TableError> {
    let array = typed_column::<C>(batch, table, column)?;
    let values = C::Of::read(&array).map_err(|(row, what)| TableError::BadValue { table, column, row, what })?;
    values
        .into_iter()
        .enumerate()
        .map(|(row, value)| {
            C::from_option(value).ok_or_else(|| TableError::BadValue {
                table,
                column,
                row,
                what: "the value is missing".to_owned(),
            })
        })
        .collect()
}

/// Declares a table: a struct whose fields are columns, each with its documentation and unit.
macro_rules! table {
    (
        $(#[doc = $doc:literal])+
        $vis:vis struct $Row:ident = $name:literal, key [$($key:literal),*] {
            $($(#[doc = $cdoc:literal])+ $field:ident: $Type:ty [$unit:literal],)+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        $vis struct $Row { $($(#[doc = $cdoc])+ pub $field: $Type,)+ }

        impl $crate::table::Table for $Row {
            const NAME: &'static str = $name;
            const DOC: &'static str = concat!($($doc, "\n"),+);
            const KEY: &'static [&'static str] = &[$($key),*];
            const COLUMNS: &'static [$crate::table::Column] = &[$($crate::table::Column {
                name: stringify!($field),
                doc: concat!($($cdoc),+),
                unit: $unit,
                data_type: <<$Type as $crate::table::Cell>::Of as $crate::table::Value>::data_type,
                nullable: <$Type as $crate::table::Cell>::NULLABLE,
                frictionless: <<$Type as $crate::table::Cell>::Of as $crate::table::Value>::FRICTIONLESS,
            },)+];

            fn batch(rows: &[Self]) -> Result<arrow::array::RecordBatch, $crate::table::TableError> {
                let columns = vec![$($crate::table::build_column(rows, |row| &row.$field),)+];
                Ok(arrow::array::RecordBatch::try_new(<Self as $crate::table::Table>::schema(), columns)?)
            }

            fn rows(batch: &arrow::array::RecordBatch) -> Result<Vec<Self>, $crate::table::TableError> {
                $(let mut $field = $crate::table::read_column::<$Type>(batch, $name, stringify!($field))?.into_iter();)+
                let mut rows = Vec::with_capacity(batch.num_rows());
                while let ($(Some($field),)+) = ($($field.next(),)+) {
                    rows.push(Self { $($field,)+ });
                }
                Ok(rows)
            }
        }
    };
}
pub(crate) use table;

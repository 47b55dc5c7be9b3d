//! Tables as Parquet files: zstd where it helps, key-value metadata, and the same rows give the same bytes.

use super::error::DatasetError;
use crate::manifest::FORMAT;
use crate::table::{Table, TableError};
use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// Rows per Arrow batch when reading.
const BATCH_ROWS: usize = 64 * 1024;

fn properties<T: Table>() -> Result<WriterProperties, ParquetError> {
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_created_by(concat!("meshbench ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(vec![
            KeyValue::new("meshbench.format".to_owned(), FORMAT.to_string()),
            KeyValue::new("meshbench.table".to_owned(), T::NAME.to_owned()),
        ]));
    // A column of few words is run lengths of a dictionary already: zstd would cost more time than it saves bytes.
    for column in T::COLUMNS {
        if matches!((column.data_type)(), DataType::Dictionary(_, _)) {
            builder = builder.set_column_compression(ColumnPath::from(column.name), Compression::UNCOMPRESSED);
        }
    }
    Ok(builder.build())
}

/// Encodes the rows of one table.
pub fn encode<T: Table>(rows: &[T], sink: impl Write + Send) -> Result<(), DatasetParquetError> {
    let mut writer = ArrowWriter::try_new(sink, T::schema(), Some(properties::<T>()?))?;
    for chunk in rows.chunks(BATCH_ROWS) {
        writer.write(&T::batch(chunk)?)?;
    }
    writer.close()?;
    Ok(())
}

/// Either half of an encoding error.
#[derive(Debug, thiserror::Error)]
pub enum DatasetParquetError {
    /// Parquet's own.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// The table's.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl DatasetParquetError {
    /// Names the file.
    pub fn at(self, path: &Path) -> DatasetError {
        match self {
            // A full disk arrives inside Parquet's error: say it as what it is.
            Self::Parquet(ParquetError::External(source)) => match source.downcast::<std::io::Error>() {
                Ok(source) => DatasetError::Io { action: "write", path: path.to_owned(), source: *source },
                Err(source) => DatasetError::Parquet { path: path.to_owned(), source: ParquetError::External(source) },
            },
            Self::Parquet(source) => DatasetError::Parquet { path: path.to_owned(), source },
            Self::Table(source) => DatasetError::Table { path: path.to_owned(), source },
        }
    }
}

/// Writes the rows of one table to a new file, and returns its bytes, so that nobody needs to read it for its hash.
pub fn write<T: Table>(path: &Path, rows: &[T]) -> Result<Vec<u8>, DatasetError> {
    let mut file = File::create_new(path).map_err(DatasetError::io("create", path))?;
    let mut bytes = Vec::new();
    encode(rows, &mut bytes).map_err(|error| error.at(path))?;
    file.write_all(&bytes).map_err(DatasetError::io("write", path))?;
    Ok(bytes)
}

/// The batches of a Parquet file, read one after another.
pub fn batches(path: &Path) -> Result<impl Iterator<Item = Result<RecordBatch, DatasetError>> + use<>, DatasetError> {
    read_batches(path, None)
}

/// The batches of a Parquet file with only some of its columns. A column that the file lacks is absent there too.
pub fn batches_of(
    path: &Path,
    columns: &[&str],
) -> Result<impl Iterator<Item = Result<RecordBatch, DatasetError>> + use<>, DatasetError> {
    read_batches(path, Some(columns))
}

fn read_batches(
    path: &Path,
    columns: Option<&[&str]>,
) -> Result<impl Iterator<Item = Result<RecordBatch, DatasetError>> + use<>, DatasetError> {
    let owned = path.to_owned();
    let parquet_error = |source: ParquetError| DatasetError::Parquet { path: owned.clone(), source };
    let file = File::open(path).map_err(DatasetError::io("read", path))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(parquet_error)?;
    let mask = columns.map_or_else(ProjectionMask::all, |columns| {
        ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied())
    });
    let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build().map_err(parquet_error)?;
    let path = path.to_owned();
    Ok(reader
        .map(move |batch| batch.map_err(|source| DatasetError::Parquet { path: path.clone(), source: source.into() })))
}

/// Every row of a table's file.
pub fn read<T: Table>(path: &Path) -> Result<Vec<T>, DatasetError> {
    let mut rows = Vec::new();
    for batch in batches(path)? {
        rows.extend(T::rows(&batch?).map_err(|source| DatasetError::Table { path: path.to_owned(), source })?);
    }
    Ok(rows)
}

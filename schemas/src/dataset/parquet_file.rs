//! Tables as Parquet files: zstd where it helps, key-value metadata, and the same rows give the same bytes.

use super::error::DatasetError;
use crate::manifest::FORMAT;
use crate::table::{Table, TableError};
use arrow::array::{RecordBatch, RecordBatchOptions, new_null_array};
use arrow::datatypes::{DataType, Schema};
use arrow::error::ArrowError;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, ParquetMetaData};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

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
    for column in T::COLUMNS {
        let path = ColumnPath::from(column.name);
        builder = match (column.data_type)() {
            // A column of few words is run lengths of a dictionary already: zstd would cost more time than it saves bytes.
            DataType::Dictionary(_, _) => builder.set_column_compression(path, Compression::UNCOMPRESSED),
            // Numbers that are nearly all different: zstd finds what they share once their bytes lie side by side.
            DataType::Float64 if matches!(column.name, "t_s" | "value") => builder
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::BYTE_STREAM_SPLIT),
            // Counts on; not every reader knows split bytes of whole numbers.
            DataType::UInt32 if column.name == "seq" => builder
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED),
            _ => builder,
        };
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

/// The batches of a Parquet file with only some of its columns. A column that the file lacks is absent there too;
/// one without any value is not decoded.
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
    let (schema, empty) = (Arc::clone(builder.schema()), empty_columns(builder.metadata()));
    let wanted = |name: &str| columns.is_none_or(|columns| columns.contains(&name));
    let fields = schema.fields().iter().enumerate().filter(|(_, field)| wanted(field.name()));
    let (absent, present): (Vec<_>, Vec<_>) =
        fields.map(|(at, _)| at).partition(|at| schema.field(*at).is_nullable() && empty.contains(at));
    let mask = ProjectionMask::roots(builder.parquet_schema(), present.iter().copied());
    let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build().map_err(parquet_error)?;
    let path = path.to_owned();
    Ok(reader.map(move |batch| {
        batch
            .and_then(|batch| with_nulls(&batch, &schema, &present, &absent))
            .map_err(|source| DatasetError::Parquet { path: path.clone(), source: source.into() })
    }))
}

/// Columns without any value in the file, as its statistics tell.
fn empty_columns(metadata: &ParquetMetaData) -> Vec<usize> {
    let description = metadata.file_metadata().schema_descr();
    let empty = |leaf: usize| {
        metadata.row_groups().iter().all(|group| {
            let statistics = group.columns().get(leaf).and_then(|column| column.statistics());
            let nulls = statistics.and_then(|statistics| statistics.null_count_opt());
            nulls.is_some_and(|nulls| i64::try_from(nulls) == Ok(group.num_rows()))
        })
    };
    let leaves = (0..description.num_columns()).filter(|leaf| description.column(*leaf).path().parts().len() == 1);
    leaves.filter(|leaf| empty(*leaf)).map(|leaf| description.get_column_root_idx(leaf)).collect()
}

/// The columns that were read, and in their places those that have no value.
fn with_nulls(
    batch: &RecordBatch,
    schema: &Schema,
    present: &[usize],
    absent: &[usize],
) -> Result<RecordBatch, ArrowError> {
    let rows = batch.num_rows();
    let nulls = absent.iter().map(|at| (*at, new_null_array(schema.field(*at).data_type(), rows)));
    let mut columns: Vec<_> = present.iter().copied().zip(batch.columns().iter().cloned()).chain(nulls).collect();
    columns.sort_by_key(|(at, _)| *at);
    let (places, columns): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(schema.project(&places)?), columns, &options)
}

/// Every row of a table's file.
pub fn read<T: Table>(path: &Path) -> Result<Vec<T>, DatasetError> {
    let mut rows = Vec::new();
    for batch in batches(path)? {
        rows.extend(T::rows(&batch?).map_err(|source| DatasetError::Table { path: path.to_owned(), source })?);
    }
    Ok(rows)
}

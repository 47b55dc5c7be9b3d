//! Stage tables as polars data frames, and as CSV.

use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use meshbench_schemas::table::{Table, TableError};
use parquet::arrow::ArrowWriter;
use polars::error::{PolarsError, PolarsResult};
use polars::frame::DataFrame;
use polars::io::{SerReader, SerWriter};
use polars::prelude::{CsvWriter, ParquetReader};
use std::io::{Cursor, Write};
use std::sync::Arc;

/// The rows as a data frame; texts are plain strings, whatever their encoding on disk.
pub fn of<T: Table>(rows: &[T]) -> PolarsResult<DataFrame> {
    let failed = |error: TableError| PolarsError::ComputeError(error.to_string().into());
    let batch = plain(&T::batch(rows).map_err(failed)?).map_err(failed)?;
    // Arrow's and polars' memory have no crate in common; Parquet in memory is what both read.
    let parquet = |error: parquet::errors::ParquetError| PolarsError::ComputeError(error.to_string().into());
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).map_err(parquet)?;
    writer.write(&batch).map_err(parquet)?;
    writer.close().map_err(parquet)?;
    ParquetReader::new(Cursor::new(bytes)).finish()
}

fn plain(batch: &RecordBatch) -> Result<RecordBatch, TableError> {
    let mut fields = Vec::new();
    let mut columns = Vec::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let is_dictionary = matches!(field.data_type(), DataType::Dictionary(_, _));
        let data_type = if is_dictionary { DataType::Utf8 } else { field.data_type().clone() };
        columns.push(cast(column, &data_type)?);
        fields.push(Field::new(field.name(), data_type, field.is_nullable()));
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

/// Writes the rows as CSV with a header; a missing value is an empty field.
pub fn write_csv<T: Table>(rows: &[T], sink: impl Write) -> PolarsResult<()> {
    CsvWriter::new(sink).include_header(true).finish(&mut of(rows)?)
}

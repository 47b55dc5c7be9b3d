//! Datasets on disk: writing them whole or not at all, reading them, verifying them.

pub mod error;
pub mod hash;
mod instead;
pub mod output;
pub mod parquet_file;
pub mod read;
pub mod verify;
pub mod write;

pub use error::DatasetError;
pub use output::OutputError;
pub use read::Dataset;
pub use write::{DatasetWriter, Description, finish_interrupted, staging, vacant};

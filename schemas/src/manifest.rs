//! The manifest of a dataset: `datapackage.json`, a Frictionless Data Package (version 2) whose key
//! `meshbench` says what the general format cannot.

use crate::table::Table;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Name of the manifest within a dataset.
pub const FILE_NAME: &str = "datapackage.json";

/// The version of the dataset format that this code writes.
pub const FORMAT: FormatVersion = FormatVersion { major: 1, minor: 2 };

/// Version of the dataset format. A reader takes every minor version of its own major one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FormatVersion {
    /// Changes when older readers would misread the data.
    pub major: u32,
    /// Changes when something is added that older readers can ignore.
    pub minor: u32,
}

impl std::fmt::Display for FormatVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The whole manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// The profile that this package follows.
    #[serde(rename = "$schema")]
    pub profile: String,
    /// Short name of the campaign.
    pub name: String,
    /// One line about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Licences under which the data may be used; absent where nobody gave one.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub licenses: Vec<Licence>,
    /// Every file but the raw artifacts, which are named by their own hash.
    pub resources: Vec<Resource>,
    /// What is particular to meshbench.
    pub meshbench: Meshbench,
}

/// A licence of the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Licence {
    /// SPDX identifier or Open Definition name, such as `CC-BY-4.0`.
    pub name: String,
}

/// One file of the dataset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Resource {
    /// Unique name: the path without its ending, `/` written as `.`.
    pub name: String,
    /// Path within the dataset, with `/`.
    pub path: String,
    /// `parquet`, `jsonl` or `toml`.
    pub format: String,
    /// MIME type.
    pub mediatype: String,
    /// Length of the file.
    pub bytes: u64,
    /// `sha256:` and 64 hexadecimal digits.
    pub hash: String,
    /// Its columns, where it is a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<TableSchema>,
}

/// Frictionless Table Schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TableSchema {
    /// The columns, in order.
    pub fields: Vec<TableField>,
    /// Columns that tell one row from another.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub primary_key: Vec<String>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TableField {
    /// Its name.
    pub name: String,
    /// Its type: `string`, `number`, `integer`, `boolean` or `datetime`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it says.
    pub description: String,
    /// Unit of its numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What values must fulfil.
    #[serde(skip_serializing_if = "Constraints::is_empty", default)]
    pub constraints: Constraints,
}

/// Constraints on a column.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Constraints {
    /// Whether every row has a value.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub required: bool,
}

impl Constraints {
    fn is_empty(&self) -> bool {
        !self.required
    }
}

/// What the general format cannot say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Meshbench {
    /// Version of the dataset format.
    pub format: FormatVersion,
    /// Program and version that wrote the dataset.
    pub producer: Producer,
    /// Where the measurements come from.
    pub origin: Origin,
    /// Seed of the plan; absent where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Names of systems for people, by their id.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// What a reader must know about the whole campaign.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// The program that wrote a dataset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Producer {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Where the measurements come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Origin {
    /// Measured by `collect` on hosts that exist for themselves.
    Hosts,
    /// Measured by `collect` in the embedded lab on one machine.
    Lab {
        /// How the hosts were made, for example `namespaces` or `namespaces in User-Mode Linux 7.3.4`.
        hosts: String,
    },
    /// Measured by another framework and imported.
    Imported {
        /// The framework.
        framework: String,
    },
}

/// The schema of a table in the words of Frictionless.
pub fn table_schema<T: Table>() -> TableSchema {
    TableSchema {
        fields: T::COLUMNS
            .iter()
            .map(|column| TableField {
                name: column.name.to_owned(),
                kind: column.frictionless.to_owned(),
                description: column.doc.trim().to_owned(),
                unit: (!column.unit.is_empty()).then(|| column.unit.to_owned()),
                constraints: Constraints { required: !column.nullable },
            })
            .collect(),
        primary_key: T::KEY.iter().map(|&column| column.to_owned()).collect(),
    }
}

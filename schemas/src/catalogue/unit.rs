//! Base units.

use crate::named::named;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

named! {
    /// A base unit. Scaling to Mbit/s or ms is for reports.
    pub enum Unit {
        /// Seconds.
        Second = "s",
        /// Bits per second.
        BitPerSecond = "bit/s",
        /// Bytes.
        Byte = "byte",
        /// A share, 1 being all.
        Ratio = "ratio",
        /// A number of things.
        Count = "count",
        /// Things per second.
        PerSecond = "1/s",
    }
}

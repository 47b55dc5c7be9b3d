//! From shapes to files: SVG by plotters, PDF and PNG from that very SVG.

pub mod font;

mod convert;
mod svg;

pub use convert::{parse, pdf, png};
pub use svg::svg;

//! The bundled font: subsets of Roboto (Apache-2.0, see `fonts/README.md`).

use crate::ReportError;
use ab_glyph::{Font, FontRef};
use plotters::style::{FontStyle, register_font};
use resvg::usvg::fontdb;
use std::sync::{Arc, OnceLock};

/// Its family name, in SVG and in the font itself.
pub const FAMILY: &str = "Roboto";

const REGULAR: &[u8] = include_bytes!("../../fonts/roboto-regular-subset.ttf");
const BOLD: &[u8] = include_bytes!("../../fonts/roboto-bold-subset.ttf");
/// The same for browsers, half the size.
pub const REGULAR_WOFF2: &[u8] = include_bytes!("../../fonts/roboto-regular-subset.woff2");
/// The same for browsers, half the size.
pub const BOLD_WOFF2: &[u8] = include_bytes!("../../fonts/roboto-bold-subset.woff2");

/// Makes plotters know the font.
pub fn register() -> Result<(), ReportError> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let ok = *REGISTERED.get_or_init(|| {
        register_font(FAMILY, FontStyle::Normal, REGULAR).is_ok()
            && register_font(FAMILY, FontStyle::Bold, BOLD).is_ok()
    });
    if ok { Ok(()) } else { Err(ReportError::Font) }
}

/// Whether the font has a glyph for this character.
pub fn has(c: char) -> bool {
    static FONT: OnceLock<Option<FontRef<'static>>> = OnceLock::new();
    let font = FONT.get_or_init(|| FontRef::try_from_slice(REGULAR).ok());
    font.as_ref().is_some_and(|font| font.glyph_id(c).0 != 0)
}

/// A font database with nothing but the bundled font: no system's fonts can change a figure.
pub fn database() -> Arc<fontdb::Database> {
    static DATABASE: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    Arc::clone(DATABASE.get_or_init(|| {
        let mut database = fontdb::Database::new();
        database.load_font_data(REGULAR.to_vec());
        database.load_font_data(BOLD.to_vec());
        database.set_sans_serif_family(FAMILY);
        Arc::new(database)
    }))
}

//! One description of a figure, whatever draws it: panels of places, each with a mark, its links' values
//! and a word where there is no number; or places of systems and what joins them. [`values`], [`response`],
//! [`kept`] and [`critical`] describe the kinds of figure; [`layout`] turns a description into shapes on
//! paper and the back ends draw those.

pub mod axis;
pub mod critical;
pub mod kept;
pub mod layout;
pub mod legend;
pub mod response;
pub mod scene;
pub mod text;
pub mod values;

mod columns;
mod joined;
mod rows;

/// Where the places of a panel lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orientation {
    /// One below the other; values run to the right.
    Rows,
    /// Side by side; values run upwards.
    Columns,
}

/// A figure, in the units that its axis shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The stem of its files.
    pub name: String,
    /// The series, by name, that it belongs to.
    pub series: String,
    /// What it shows, above it.
    pub title: String,
    /// What is drawn.
    pub body: Body,
    /// What the marks mean, what intervals cover and n, below it.
    pub notes: Vec<String>,
    /// The same in a sentence for those who cannot see it.
    pub alternative: String,
}

/// What a figure draws.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Values on axes.
    Panels(Panels),
    /// Critical-difference diagrams, one below the other.
    Rankings(Vec<critical::Ranking>),
}

/// Small multiples.
#[derive(Debug, Clone, PartialEq)]
pub struct Panels {
    /// How the places of a panel lie.
    pub orientation: Orientation,
    /// Panels in reading order, all with the same places.
    pub panels: Vec<Panel>,
    /// Names of the places of every panel.
    pub places: Vec<String>,
    /// What the value axes show: quantity, unit and scale, in words.
    pub quantity: String,
    /// Names of links, in the order of their markers; empty where no value belongs to one.
    pub links: Vec<String>,
}

/// One panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Its title.
    pub title: String,
    /// Its value axis.
    pub axis: axis::Axis,
    /// What stands at each place, as many as [`Panels::places`].
    pub slots: Vec<Slot>,
}

/// What stands at one place of a panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    /// The estimate, a bound, or words.
    pub mark: Mark,
    /// Values of single runs: index of the link, and value.
    pub links: Vec<(usize, f64)>,
}

/// The main mark of a place.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// A value with its interval.
    Estimate {
        /// The value.
        value: f64,
        /// Lower end; infinite where it is open.
        low: Option<f64>,
        /// Upper end; infinite where it is open.
        high: Option<f64>,
    },
    /// A value that is only known to be larger: an arrow that starts there.
    MoreThan {
        /// The bound.
        limit: f64,
        /// The bound in words.
        words: String,
    },
    /// No number: these words stand at its place.
    Words(String),
}

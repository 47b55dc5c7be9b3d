//! How each system answers to impairment: a panel a system, profiles side by side.

use super::values::{finish, slot};
use super::{Figure, Orientation};
use crate::view::Series;

/// The response figure of a series; `None` where there is one profile only.
pub fn describe(series: &Series<'_>) -> Option<Figure> {
    if series.profiles.len() < 2 {
        return None;
    }
    let panels = series.rows.iter().enumerate().map(|(row, name)| {
        (name.label.clone(), (0..series.profiles.len()).map(|profile| slot(series, row, profile)).collect())
    });
    let title = format!("{}, by profile", series.title());
    let places = series.profiles.iter().map(|name| (*name).to_owned()).collect();
    Some(finish(series, format!("{}-response", series.name()), Orientation::Columns, title, panels.collect(), places))
}

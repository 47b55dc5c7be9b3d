//! Scalars as tools print them: each takes whatever JSON value stands there, none fails.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::text::{as_count, number};
use super::{Note, Notes};

/// A number: integer, float or text of one; anything else counts as unreadable.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) enum Num {
    /// The key was not there.
    #[default]
    Absent,
    /// The key was there with `null`, NaN or something that is no number.
    Unreadable,
    /// A finite number.
    Value(f64),
}

impl Num {
    /// A number that was read.
    pub(crate) const fn of(value: f64) -> Self {
        if value.is_finite() { Self::Value(value) } else { Self::Unreadable }
    }

    /// The number, if there is one.
    pub(crate) const fn get(self) -> Option<f64> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Unreadable => None,
        }
    }

    /// The number, if there is one; says so when something else stands in its place.
    /// `place` is the record and the field.
    pub(crate) fn noted(self, place: (&str, &str), notes: &mut Notes) -> Option<f64> {
        if matches!(self, Self::Unreadable) {
            let (record, field) = place;
            notes.add(Note::NonFinite(format!("{record}.{field}")));
        }
        self.get()
    }

    /// The number as a count.
    pub(crate) fn count(self) -> Option<u64> {
        self.get().and_then(as_count)
    }
}

/// A boolean, or a number that is one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Flag(pub(crate) Option<bool>);

/// A text; anything else is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Word(pub(crate) Option<String>);

/// The one visitor: takes everything and reduces it to one of three kinds.
struct Any;

enum Scalar {
    Number(f64),
    Bool(bool),
    Text(String),
    Other,
}

impl<'de> Visitor<'de> for Any {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "counters above 2^53 do not occur in practice")]
    fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Number(value as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "counters above 2^53 do not occur in practice")]
    fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Scalar, E> {
        Ok(Scalar::Text(value))
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Other)
    }

    fn visit_none<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Other)
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Scalar, D::Error> {
        inner.deserialize_any(Self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Scalar, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
}

impl<'de> Deserialize<'de> for Num {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(match input.deserialize_any(Any)? {
            Scalar::Number(value) => Self::of(value),
            Scalar::Text(text) => number(text.trim()).map_or(Self::Unreadable, Self::Value),
            Scalar::Bool(_) | Scalar::Other => Self::Unreadable,
        })
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(Self(match input.deserialize_any(Any)? {
            Scalar::Bool(value) => Some(value),
            Scalar::Number(value) if value.is_finite() => Some(value != 0.0),
            Scalar::Text(text) => match text.trim() {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            },
            Scalar::Number(_) | Scalar::Other => None,
        }))
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(Self(match input.deserialize_any(Any)? {
            Scalar::Text(text) => Some(text),
            Scalar::Number(_) | Scalar::Bool(_) | Scalar::Other => None,
        }))
    }
}

/// What went wrong, in words: a text, or the texts anywhere in whatever else stands there. Something without any word is
/// its own text; null, `false` and what is empty say nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Complaint(pub(crate) Option<String>);

impl<'de> Deserialize<'de> for Complaint {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(input)?;
        let words = words(&value);
        let says_nothing = match &value {
            serde_json::Value::Null | serde_json::Value::Bool(false) => true,
            serde_json::Value::String(text) => text.is_empty(),
            serde_json::Value::Array(values) => values.is_empty(),
            serde_json::Value::Object(fields) => fields.is_empty(),
            serde_json::Value::Bool(true) | serde_json::Value::Number(_) => false,
        };
        Ok(Self((!says_nothing).then(|| if words.is_empty() { value.to_string() } else { words.join("; ") })))
    }
}

/// The texts anywhere in a value, in order.
pub(crate) fn words(value: &serde_json::Value) -> Vec<&str> {
    match value {
        serde_json::Value::String(text) => vec![text],
        serde_json::Value::Array(values) => values.iter().flat_map(words).collect(),
        serde_json::Value::Object(fields) => fields.values().flat_map(words).collect(),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => Vec::new(),
    }
}

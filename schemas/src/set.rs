//! A set of words in one column.

use crate::named::Word;
use crate::table::Value;
use crate::words::UnknownWord;
use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Words of one kind, each once, in the order of their declaration. Its text is their names, separated by spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set<W>(BTreeSet<W>);

impl<W> Default for Set<W> {
    fn default() -> Self {
        Self(BTreeSet::new())
    }
}

impl<W: Word + Ord> Set<W> {
    /// Adds one.
    pub fn add(&mut self, word: W) {
        self.0.insert(word);
    }

    /// Adds one if `applies`.
    pub fn add_if(&mut self, applies: bool, word: W) {
        if applies {
            self.add(word);
        }
    }

    /// Whether it holds this one.
    pub fn contains(&self, word: W) -> bool {
        self.0.contains(&word)
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its words, in order.
    pub fn iter(&self) -> impl Iterator<Item = W> + '_ {
        self.0.iter().copied()
    }
}

impl<W: Word + Ord> FromIterator<W> for Set<W> {
    fn from_iter<I: IntoIterator<Item = W>>(words: I) -> Self {
        Self(words.into_iter().collect())
    }
}

impl<W: Word + Ord> Extend<W> for Set<W> {
    fn extend<I: IntoIterator<Item = W>>(&mut self, words: I) {
        self.0.extend(words);
    }
}

impl<W: Word + Ord> fmt::Display for Set<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, word) in self.iter().enumerate() {
            let space = if at > 0 { " " } else { "" };
            write!(f, "{space}{}", word.name())?;
        }
        Ok(())
    }
}

impl<W: Word + Ord> FromStr for Set<W> {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split_whitespace().map(|word| word.parse::<W>()).collect()
    }
}

impl<W: Word + Ord> Serialize for Set<W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, W: Word + Ord> Deserialize<'de> for Set<W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl<W> JsonSchema for Set<W> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Set".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

impl<W: Word + Ord> Value for Set<W> {
    const FRICTIONLESS: &'static str = String::FRICTIONLESS;
    fn data_type() -> DataType {
        String::data_type()
    }
    fn build(values: &mut dyn Iterator<Item = Option<Self>>) -> ArrayRef {
        String::build(&mut values.map(|value| value.map(|set| set.to_string())))
    }
    fn read(array: &dyn Array) -> Result<Vec<Option<Self>>, (usize, String)> {
        let texts = String::read(array)?.into_iter().enumerate();
        let set = |(row, text): (usize, Option<String>)| -> Result<Option<Self>, (usize, String)> {
            text.map(|text| text.parse()).transpose().map_err(|error: UnknownWord| (row, error.to_string()))
        };
        texts.map(set).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warning::Warning;

    #[test]
    fn its_text_is_in_order_and_reads_back() {
        let set: Set<Warning> = [Warning::Censored, Warning::LinksOnly, Warning::Censored].into_iter().collect();
        assert_eq!(set.to_string(), "links-only censored");
        assert_eq!(" censored  links-only ".parse::<Set<Warning>>().unwrap(), set);
        assert_eq!(serde_json::from_str::<Set<Warning>>(&serde_json::to_string(&set).unwrap()).unwrap(), set);
        assert!("censored brand-new".parse::<Set<Warning>>().unwrap_err().to_string().contains("brand-new"));
        let column = Set::<Warning>::build(&mut [Some(set.clone()), Some(Set::default())].into_iter());
        assert_eq!(Set::<Warning>::read(&column).unwrap(), [Some(set), Some(Set::default())]);
    }
}

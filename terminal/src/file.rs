//! TOML files that people write. Every key, and every word of a fixed set, is found as on the command line: in any case,
//! and where nothing is meant, refused with what is near.

use crate::words::{Known, suggest};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use std::fmt;
use std::ops::Range;

/// What is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Wrong {
    /// Bytes of the text.
    pub at: Range<usize>,
    /// What is wrong, and what is near.
    pub message: String,
}

/// Reads the text of a file.
///
/// # Errors
/// It is no TOML, or something in it is not what `T` takes.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Wrong> {
    let wrong = |error: toml::de::Error| Wrong { at: error.span().unwrap_or(0..0), message: suggest(error.message()) };
    T::deserialize(Tolerant::new(toml::Deserializer::parse(text).map_err(wrong)?)).map_err(wrong)
}

/// A deserializer, and everything that serde hands on from it to the types that are read, down to the names of fields and
/// variants, which are then those that are meant.
#[derive(Debug)]
pub struct Tolerant<T> {
    inner: T,
    /// Of what is read next, the names that there are; none where any text will do.
    names: &'static [&'static str],
}

impl<T> Tolerant<T> {
    /// Around a deserializer.
    pub const fn new(inner: T) -> Self {
        Self { inner, names: &[] }
    }

    /// The name that a text means; the text itself where it means none.
    fn meant<'t>(&self, text: &'t str) -> &'t str {
        Known::new("", self.names.iter().copied()).find(text).unwrap_or(text)
    }
}

const fn among<T>(inner: T, names: &'static [&'static str]) -> Tolerant<T> {
    Tolerant { inner, names }
}

macro_rules! forward {
    ($($method:ident($($argument:ident: $Type:ty),*)),+ $(,)?) => {
        $(fn $method<V: Visitor<'de>>(self, $($argument: $Type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method($($argument,)* among(visitor, self.names))
        })+
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Tolerant<D> {
    type Error = D::Error;

    forward! {
        deserialize_any(), deserialize_bool(), deserialize_i8(), deserialize_i16(), deserialize_i32(), deserialize_i64(),
        deserialize_i128(), deserialize_u8(), deserialize_u16(), deserialize_u32(), deserialize_u64(), deserialize_u128(),
        deserialize_f32(), deserialize_f64(), deserialize_char(), deserialize_str(), deserialize_string(),
        deserialize_bytes(), deserialize_byte_buf(), deserialize_option(), deserialize_unit(), deserialize_seq(),
        deserialize_map(), deserialize_identifier(), deserialize_ignored_any(), deserialize_unit_struct(name: &'static str),
        deserialize_newtype_struct(name: &'static str), deserialize_tuple(length: usize),
        deserialize_tuple_struct(name: &'static str, length: usize),
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_struct(name, fields, among(visitor, fields))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_enum(name, variants, among(visitor, variants))
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

macro_rules! pass {
    ($($method:ident: $Type:ty),+ $(,)?) => {
        $(fn $method<E: Error>(self, value: $Type) -> Result<V::Value, E> {
            self.inner.$method(value)
        })+
    };
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Tolerant<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    pass! {
        visit_bool: bool, visit_i8: i8, visit_i16: i16, visit_i32: i32, visit_i64: i64, visit_i128: i128, visit_u8: u8,
        visit_u16: u16, visit_u32: u32, visit_u64: u64, visit_u128: u128, visit_f32: f32, visit_f64: f64, visit_char: char,
        visit_bytes: &[u8], visit_borrowed_bytes: &'de [u8], visit_byte_buf: Vec<u8>,
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<V::Value, E> {
        let meant = self.meant(text);
        self.inner.visit_str(meant)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<V::Value, E> {
        let meant = self.meant(text);
        self.inner.visit_borrowed_str(meant)
    }

    fn visit_string<E: Error>(self, text: String) -> Result<V::Value, E> {
        let meant = self.meant(&text).to_owned();
        self.inner.visit_string(meant)
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.inner.visit_some(Tolerant::new(inner))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.inner.visit_newtype_struct(Tolerant::new(inner))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        self.inner.visit_seq(Tolerant::new(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(among(entries, self.names))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<V::Value, A::Error> {
        self.inner.visit_enum(among(variant, self.names))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Tolerant<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(among(inner, self.names))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Tolerant<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_element_seed(Tolerant::new(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Tolerant<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_key_seed(among(seed, self.names))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(Tolerant::new(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for Tolerant<A> {
    type Error = A::Error;
    type Variant = Tolerant<A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), A::Error> {
        let (value, variant) = self.inner.variant_seed(among(seed, self.names))?;
        Ok((value, Tolerant::new(variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Tolerant<A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.newtype_variant_seed(Tolerant::new(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.inner.tuple_variant(length, Tolerant::new(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.inner.struct_variant(fields, among(visitor, fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;
    use toml::Spanned;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Word {
        Open,
        SshOnly,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    struct Inner {
        duration: Option<u64>,
        both_ways: Option<Spanned<Word>>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        name: Spanned<String>,
        management: Option<Word>,
        #[serde(default)]
        several: Vec<Word>,
        #[serde(default)]
        tcp: Option<Spanned<Inner>>,
        #[serde(default)]
        free: BTreeMap<String, String>,
    }

    #[test]
    fn keys_and_words_are_found_in_any_case_and_texts_stay_as_they_are() {
        let text = "NAME = 'SSH-Only'\nmanagement = 'SSH_only'\nseveral = ['OPEN', 'ssh only']\n\
                    [TCP]\nDuration = 3\nboth_ways = 'Open'\n[free]\nOpen = 'Open'";
        let outer: Outer = read(text).unwrap();
        assert_eq!((outer.name.get_ref().as_str(), outer.name.span()), ("SSH-Only", 7..17));
        assert_eq!((outer.management, outer.several), (Some(Word::SshOnly), vec![Word::Open, Word::SshOnly]));
        let tcp = outer.tcp.unwrap().into_inner();
        let ways = tcp.both_ways.unwrap();
        assert_eq!((tcp.duration, &text[ways.span()], ways.get_ref()), (Some(3), "'Open'", &Word::Open));
        assert_eq!(outer.free["Open"], "Open");
    }

    #[test]
    fn what_is_meant_by_nothing_is_refused_with_its_place_and_what_is_near() {
        let text = "name = 'x'\nmanagement = 'ssh-onyl'";
        let wrong = read::<Outer>(text).unwrap_err();
        assert_eq!(&text[wrong.at.clone()], "'ssh-onyl'");
        assert!(wrong.message.ends_with("did you mean ssh-only?"), "{wrong}");
        let text = "name = 'x'\n[tpc]\nduration = 3";
        let wrong = read::<Outer>(text).unwrap_err();
        assert_eq!(&text[wrong.at.clone()], "tpc");
        assert!(wrong.message.ends_with("did you mean tcp?"), "{wrong}");
        let wrong = read::<Outer>("name = 'x'\n[tcp]\nduration = 3\nDURATION = 4").unwrap_err();
        assert!(wrong.message.contains("duplicate field `duration`"), "{wrong}");
        assert!(read::<Outer>("name = ").is_err() && read::<Outer>("").is_err());
    }
}

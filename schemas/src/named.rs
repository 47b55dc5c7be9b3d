//! The macro that makes every enum of words.

use crate::words::UnknownWord;
use std::str::FromStr;

/// A word of a fixed set: text in files, tables and options, and nowhere else.
pub trait Word: Copy + FromStr<Err = UnknownWord> + 'static {
    /// The name used in files, tables and options.
    fn name(self) -> &'static str;
}

/// Declares an enum whose variants have one stable name, used in files and in prose alike.
macro_rules! named {
    ($(#[$meta:meta])* $vis:vis enum $Enum:ident { $($(#[$vmeta:meta])* $Variant:ident = $name:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        $vis enum $Enum { $($(#[$vmeta])* #[serde(rename = $name)] $Variant,)+ }

        impl $Enum {
            /// Every value, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$Variant,)+];

            /// The name used in files, tables and options.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$Variant => $name,)+ }
            }
        }

        impl $crate::named::Word for $Enum {
            fn name(self) -> &'static str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $Enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $Enum {
            type Err = $crate::words::UnknownWord;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($name => Ok(Self::$Variant),)+
                    _ => Err($crate::words::UnknownWord {
                        kind: stringify!($Enum),
                        found: text.to_owned(),
                        known: Self::ALL.iter().map(|value| value.as_str()).collect::<Vec<_>>().join(", "),
                    }),
                }
            }
        }
    };
}
pub(crate) use named;

//! Names that reach a command line: validated when they are made.

/// A text that cannot be used as this kind of name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is no {wanted}")]
pub struct BadName {
    found: String,
    wanted: &'static str,
}

/// Declares a validated text.
macro_rules! name {
    ($(#[$meta:meta])* $Name:ident, $max:literal, $extra:literal, $wanted:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $Name(String);

        impl $Name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $Name {
            type Err = BadName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let inner = |b: u8| b.is_ascii_alphanumeric() || $extra.contains(&b);
                let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
                if first && text.len() <= $max && text.bytes().all(inner) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(BadName { found: text.escape_debug().to_string(), wanted: $wanted })
                }
            }
        }

        impl TryFrom<String> for $Name {
            type Error = BadName;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$Name> for String {
            fn from(name: $Name) -> Self {
                name.0
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

name! {
    /// What SSH calls a host: a name or address as in `ssh_config`, never an option.
    HostName, 255, b"-._", "host name: use letters, digits, `.`, `_`, `-`, starting with a letter or digit"
}

name! {
    /// A network interface, at most 15 bytes as Linux wants it.
    InterfaceName, 15, b"-._", "interface name: use up to 15 letters, digits, `.`, `_`, `-`, starting with a letter or digit"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_be_options_or_shell() {
        for good in ["h1", "node-3.example.org", "eth0"] {
            assert!(good.parse::<HostName>().is_ok(), "{good}");
        }
        for bad in ["", "-oProxyCommand=x", "a b", "a;b", "$(x)", "a\nb", "ü"] {
            assert!(bad.parse::<HostName>().is_err(), "{bad}");
            assert!(bad.parse::<InterfaceName>().is_err(), "{bad}");
        }
        assert!("sixteen-bytes-xx".parse::<InterfaceName>().is_err());
    }
}

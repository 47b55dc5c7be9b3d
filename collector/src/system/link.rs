//! A link that the kernel has to be able to make, as system files name it: `wireguard`, `xfrm if_id 42`.

use serde::Deserialize;
use std::fmt;
use std::str::FromStr;

/// What stands behind `type` in `ip link add … type …`: the type, and the parameters that it does not do without.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct LinkType(Vec<String>);

/// Kernel modules that are not called like their type of link.
const MODULES: &[(&str, &str)] = &[
    ("xfrm", "xfrm_interface"),
    ("gre", "ip_gre"),
    ("gretap", "ip_gre"),
    ("erspan", "ip_gre"),
    ("ip6gre", "ip6_gre"),
    ("ip6gretap", "ip6_gre"),
    ("ip6tnl", "ip6_tunnel"),
    ("vti", "ip_vti"),
    ("vti6", "ip6_vti"),
];

impl LinkType {
    /// The words behind `type`, each an argument of its own.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The kernel module that makes such links.
    pub fn module(&self) -> &str {
        let kind = self.0.first().map_or("", String::as_str);
        MODULES.iter().find(|(name, _)| *name == kind).map_or(kind, |(_, module)| module)
    }
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

impl FromStr for LinkType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        let good = |word: &String| {
            !word.starts_with('-') && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:/-".contains(&b))
        };
        if words.is_empty() || !words.iter().all(good) {
            return Err(format!(
                "`{}` is no type of link: write what stands behind `ip link add NAME type`, such as \"wireguard\" or \
                 \"xfrm if_id 42\"",
                text.escape_debug()
            ));
        }
        Ok(Self(words))
    }
}

impl TryFrom<String> for LinkType {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_can_have_parameters_and_never_an_option() {
        let xfrm: LinkType = "xfrm  if_id 42".parse().unwrap();
        assert_eq!(xfrm.words().collect::<Vec<_>>(), ["xfrm", "if_id", "42"]);
        assert_eq!((xfrm.to_string().as_str(), xfrm.module()), ("xfrm if_id 42", "xfrm_interface"));
        assert_eq!("wireguard".parse::<LinkType>().unwrap().module(), "wireguard");
        let vxlan: LinkType = "vxlan id 7 remote 2001:db8::1 dstport 4789".parse().unwrap();
        assert_eq!(vxlan.words().count(), 7);
        for bad in ["", "  ", "-batch /etc/passwd", "xfrm; reboot", "xfrm if_id $(id)", "a\0b"] {
            assert!(bad.parse::<LinkType>().is_err(), "{bad}");
        }
    }
}

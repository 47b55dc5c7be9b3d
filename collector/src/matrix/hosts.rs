//! The hosts of a matrix and the links between them.

use super::error::{MatrixError, Text};
use crate::names::{HostName, InterfaceName};
use meshbench_terminal::Known;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::ops::Range;
use std::path::PathBuf;
use toml::Spanned;

/// The smallest and the largest number of hosts.
pub const LAB_HOSTS: std::ops::RangeInclusive<u8> = 2..=16;

/// Each host to the next one.
const RING: &str = "ring";
/// All pairs of hosts.
const MESH: &str = "mesh";

/// The hosts that are measured.
#[derive(Debug, Clone, PartialEq)]
pub enum Hosts {
    /// So many, made for the campaign, with the names h1, h2, …
    Lab(u8),
    /// These, reached over SSH.
    Real(Vec<RealHost>),
}

/// A host that is reached over SSH.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RealHost {
    /// Its name for SSH, as in `ssh_config`.
    pub name: HostName,
    /// Its interface on the data network, which is measured and impaired.
    pub interface: InterfaceName,
    /// Its address there.
    pub address: IpAddr,
    /// Whether root is reached with `sudo`, without a password.
    #[serde(default)]
    pub sudo: bool,
    /// Where a `collect` of the same version is on it already; without it this very program is sent.
    pub agent: Option<PathBuf>,
}

impl Hosts {
    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Lab(count) => (*count).into(),
            Self::Real(hosts) => hosts.len(),
        }
    }

    /// Their names, in order.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Lab(count) => (1..=*count).map(|number| format!("h{number}")).collect(),
            Self::Real(hosts) => hosts.iter().map(|host| host.name.to_string()).collect(),
        }
    }
}

/// `hosts = 3` or `[[hosts]]`.
pub(super) enum RawHosts {
    Lab(i64),
    Real(Vec<Spanned<RealHost>>),
}

/// `links = "ring"`, `"mesh"` or a list of pairs.
pub(super) enum RawLinks {
    Word(String),
    Pairs(Vec<Spanned<Vec<String>>>),
}

/// Checks the number of hosts, their names and addresses.
pub(super) fn hosts(raw: Spanned<RawHosts>, text: Text<'_>) -> Result<Hosts, MatrixError> {
    let whole = raw.span();
    let (count, hosts) = match raw.into_inner() {
        RawHosts::Lab(count) => {
            let count = u8::try_from(count).unwrap_or(0);
            (count, Hosts::Lab(count))
        }
        RawHosts::Real(hosts) => {
            let (mut names, mut addresses) = (BTreeSet::new(), BTreeSet::new());
            let ipv6 = hosts.first().map(|host| host.get_ref().address.is_ipv6());
            for spanned in &hosts {
                let RealHost { name, address, .. } = spanned.get_ref();
                let fail = |message: String| Err(text.invalid(spanned.span(), message));
                if !names.insert(name.as_str().to_owned()) {
                    return fail(format!("the host `{name}` is listed twice"));
                }
                if !addresses.insert(*address) {
                    return fail(format!("two hosts have the address {address}"));
                }
                if address.is_loopback() || address.is_unspecified() || address.is_multicast() {
                    return fail(format!("{address} is no address that other hosts could reach `{name}` at"));
                }
                if Some(address.is_ipv6()) != ipv6 {
                    return fail("all addresses have to be of one family: IPv4 or IPv6".to_owned());
                }
            }
            let count = u8::try_from(hosts.len()).unwrap_or(u8::MAX);
            (count, Hosts::Real(hosts.into_iter().map(Spanned::into_inner).collect()))
        }
    };
    if !LAB_HOSTS.contains(&count) {
        return Err(text.invalid(whole, format!("a matrix has {} to {} hosts", LAB_HOSTS.start(), LAB_HOSTS.end())));
    }
    Ok(hosts)
}

/// The links that are measured, by the hosts' numbers.
pub(super) fn links(
    raw: Option<Spanned<RawLinks>>,
    hosts: &Hosts,
    text: Text<'_>,
) -> Result<Vec<(usize, usize)>, MatrixError> {
    let count = hosts.count();
    let Some(raw) = raw else { return Ok(ring(count)) };
    let whole: Range<usize> = raw.span();
    let pairs = match raw.into_inner() {
        RawLinks::Word(word) => {
            return match Known::new("set of links", [RING, MESH]).find(&word) {
                Ok(RING) => Ok(ring(count)),
                Ok(_) => Ok(mesh(count)),
                Err(unknown) => Err(text.invalid(whole, format!("{unknown}, or a list of pairs of hosts"))),
            };
        }
        RawLinks::Pairs(pairs) => pairs,
    };
    let names = hosts.names();
    let mut links = Vec::new();
    for pair in &pairs {
        let fail = |message: String| text.invalid(pair.span(), message);
        let [source, target] = pair.get_ref().as_slice() else {
            return Err(fail("a link is a pair: [\"source\", \"target\"]".to_owned()));
        };
        let number = |name: &String| {
            let meant = Known::new("host", names.iter().map(String::as_str)).find(name);
            let meant = meant.map_err(|unknown| fail(unknown.to_string()))?;
            Ok(names.iter().position(|known| known == meant).unwrap_or_default())
        };
        let link = (number(source)?, number(target)?);
        if link.0 == link.1 {
            return Err(fail(format!("a link needs two hosts, not `{source}` twice")));
        }
        if links.contains(&link) {
            return Err(fail(format!("the link from `{source}` to `{target}` is listed twice")));
        }
        links.push(link);
    }
    if links.is_empty() {
        return Err(text.invalid(whole, "list at least one link"));
    }
    Ok(links)
}

/// The ordered pairs of a ring: each host to the next, the last to the first.
pub(super) fn ring(hosts: usize) -> Vec<(usize, usize)> {
    (0..hosts).map(|source| (source, (source + 1) % hosts)).collect()
}

/// All ordered pairs.
fn mesh(hosts: usize) -> Vec<(usize, usize)> {
    let pairs = (0..hosts).flat_map(|source| (0..hosts).map(move |target| (source, target)));
    pairs.filter(|(source, target)| source != target).collect()
}

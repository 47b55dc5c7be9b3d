//! What the kernel can do. It is tried, in network namespaces that end with the command: names and versions
//! do not tell. The kernel may load a module of its own for that.

use super::code::Code;
use super::finding::Finding;
use super::hint::Os;
use super::look::{Said, ask, ask_all};
use super::needs::Needs;
use crate::host::{Host, HostError};
use crate::system::LinkType;
use crate::tuning::CONGESTION_CONTROL;
use std::collections::BTreeMap;

/// As the agent sets it up: a `prio` with four bands, and a filter by destination into the last one.
const FILTER: &str = "tc qdisc add dev lo root handle 6d62: prio bands 4 && tc filter add dev lo parent 6d62: protocol ip \
                      prio 1 u32 match ip dst 192.0.2.1/32 flowid 6d62:4";
/// Prints which of its arguments, paths below /proc/sys, are not there.
const ABSENT: &str = r#"for name; do [ -e "/proc/sys/$name" ] || echo "$name"; done"#;

/// What was tried.
#[derive(Debug, Clone)]
pub(super) struct Kernel {
    /// Release and machine.
    release: String,
    /// Whether there can be a network namespace at all.
    namespace: Said,
    netem: Said,
    /// Each profile's own netem, by the profile's name.
    profiles: BTreeMap<String, Said>,
    prio: Said,
    filter: Said,
    /// By the link that was to be made.
    pub(super) links: BTreeMap<LinkType, Said>,
    /// Congestion controls that are there.
    congestion: Vec<String>,
    /// Parameters that are not there.
    absent: Vec<String>,
}

/// Tries everything that the matrix needs.
pub(super) async fn read(host: &Host, needs: &Needs) -> Result<Kernel, HostError> {
    const APART: [&str; 2] = ["unshare", "--net"];
    let apart = |words: &[&'static str]| [APART.as_slice(), words].concat();
    let profile = |words: &'_ [String]| -> Vec<String> {
        let netem = APART.into_iter().chain("tc qdisc add dev lo root netem".split(' ')).map(str::to_owned);
        netem.chain(words.iter().cloned()).collect()
    };
    let profiles: Vec<Vec<String>> = needs.profiles.iter().map(|(_, words)| profile(words)).collect();
    let profiles: Vec<Vec<&str>> = profiles.iter().map(|words| words.iter().map(String::as_str).collect()).collect();
    let types: Vec<&LinkType> = needs.links().into_iter().collect();
    let add = |kind: &&'_ LinkType| -> Vec<String> {
        let words = APART.into_iter().chain(["ip", "link", "add", "probe0", "type"]).chain(kind.words());
        words.map(str::to_owned).collect()
    };
    let links: Vec<Vec<String>> = types.iter().map(add).collect();
    let links: Vec<Vec<&str>> = links.iter().map(|words| words.iter().map(String::as_str).collect()).collect();
    // A dot inside an interface's name is written as a slash, as sysctl does it.
    let paths: Vec<String> =
        needs.sysctls.iter().map(|name| name.replace('/', "\0").replace('.', "/").replace('\0', ".")).collect();
    let absent: Vec<&str> = ["sh", "-c", ABSENT, "sh"].into_iter().chain(paths.iter().map(String::as_str)).collect();
    let available = "/proc/sys/net/ipv4/tcp_available_congestion_control";
    let (release, namespace, netem, profiles, prio, filter, links, congestion, absent) = tokio::try_join!(
        ask(host, ["uname", "-rm"]),
        ask(host, apart(&["true"])),
        ask(host, apart(&["tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"])),
        ask_all(host, &profiles),
        ask(host, apart(&["tc", "qdisc", "add", "dev", "lo", "root", "prio", "bands", "4"])),
        ask(host, apart(&["sh", "-c", FILTER])),
        ask_all(host, &links),
        ask(host, ["cat", available]),
        ask(host, &absent),
    )?;
    let names = needs.profiles.iter().map(|(name, _)| name.clone());
    Ok(Kernel {
        release: release.out,
        namespace,
        netem,
        profiles: names.zip(profiles).collect(),
        prio,
        filter,
        links: types.into_iter().cloned().zip(links).collect(),
        congestion: congestion.out.split_whitespace().map(str::to_owned).collect(),
        absent: absent.out.lines().map(|path| path.replace('/', ".")).collect(),
    })
}

/// What that means.
pub(super) fn findings(kernel: &Kernel, needs: &Needs, os: Os) -> Vec<Finding> {
    let mut findings = vec![Finding::fact("kernel", kernel.release.clone())];
    if kernel.namespace.ok() {
        findings.extend(impairment(kernel, needs, os));
    } else {
        let what = format!("nothing could be tried, as there is no network namespace: {}", kernel.namespace.why());
        let help = if kernel.namespace.absent() {
            os.package("util-linux", "util-linux")
        } else {
            "the agent needs all of root's capabilities, which a container may not give".to_owned()
        };
        findings.push(Finding::warning("kernel", what).help(help));
    }
    for name in needs.congestion.iter().filter(|name| !kernel.congestion.contains(name)) {
        let what = format!("`{name}`, which a tuning sets, is not there; there is {}", kernel.congestion.join(", "));
        findings.push(
            Finding::problem(Code::NoCongestionControl, "congestion", what).help(os.module(&format!("tcp_{name}"))),
        );
    }
    for name in kernel.absent.iter().filter(|name| *name != CONGESTION_CONTROL) {
        let what = format!("{name}, which a tuning sets, is not there");
        let help = "the kernel is too old or too new for it, its module is not loaded, or the host is a container";
        findings.push(Finding::problem(Code::NoSysctl, "sysctl", what).help(help));
    }
    findings
}

/// Whether the network can be impaired.
fn impairment(kernel: &Kernel, needs: &Needs, os: Os) -> Vec<Finding> {
    let mut findings = Vec::new();
    let needed = !needs.profiles.is_empty();
    let parts = [
        ("netem", &kernel.netem, "sch_netem", "impairment is made with it"),
        ("prio", &kernel.prio, "sch_prio", "it keeps SSH out of the impairment"),
        // Where there is no prio its filters cannot be tried.
        ("u32", &kernel.filter, "cls_u32", "it chooses what is impaired"),
    ];
    for (about, said, module, why) in parts {
        if said.ok() {
            findings.push(Finding::fact(about, "works"));
        } else if said.absent() || (about == "u32" && !kernel.prio.ok()) {
            // tc itself is missing, or the one before says it already.
        } else if needed {
            let what = format!("the kernel does not do it ({}), and {why}", said.why());
            findings.push(Finding::problem(Code::NoImpairment, about, what).help(os.module(module)));
        } else {
            findings.push(Finding::fact(about, "not there, and not needed"));
        }
    }
    for (name, said) in kernel.profiles.iter().filter(|(_, said)| kernel.netem.ok() && !said.ok()) {
        let what = format!("the profile `{name}` is refused: {}", said.why());
        let help = "its words are too new for this tc or kernel, or tc's distribution tables are not where it looks";
        findings.push(Finding::problem(Code::ProfileRefused, "netem", what).help(help));
    }
    findings
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::finding::Level;
    use super::super::look::made::{bad, good};
    use super::*;

    pub(in crate::doctor) fn kernel() -> Kernel {
        Kernel {
            release: "6.12 x86_64".to_owned(),
            namespace: good(""),
            netem: good(""),
            profiles: BTreeMap::from([("low".to_owned(), good(""))]),
            prio: good(""),
            filter: good(""),
            links: BTreeMap::from([("wireguard".parse().unwrap(), good(""))]),
            congestion: vec!["reno".to_owned(), "cubic".to_owned()],
            absent: Vec::new(),
        }
    }

    fn problems(kernel: &Kernel, needs: &Needs) -> Vec<&'static str> {
        let found = findings(kernel, needs, Os::Debian);
        found.iter().filter(|it| it.level == Level::Problem).map(|it| it.about).collect()
    }

    fn impairing() -> Needs {
        Needs { profiles: vec![("low".to_owned(), vec!["delay".to_owned(), "2ms".to_owned()])], ..Needs::default() }
    }

    #[test]
    fn a_kernel_without_netem_only_matters_where_it_is_needed() {
        let refused = bad(2, "Error: Specified qdisc kind is unknown.");
        let without = Kernel { netem: refused.clone(), ..kernel() };
        assert_eq!(problems(&kernel(), &impairing()), [""; 0]);
        assert_eq!(problems(&without, &impairing()), ["netem"]);
        assert_eq!(problems(&without, &Needs::default()), [""; 0]);
        // Without prio there is no place for its filter, which is no finding of its own.
        let neither = Kernel { prio: refused.clone(), filter: refused.clone(), ..kernel() };
        assert_eq!(problems(&neither, &impairing()), ["prio"]);
        assert_eq!(problems(&Kernel { filter: refused.clone(), ..kernel() }, &impairing()), ["u32"]);
        let profile = Kernel { profiles: BTreeMap::from([("low".to_owned(), refused)]), ..kernel() };
        assert_eq!(problems(&profile, &impairing()), ["netem"]);
    }

    #[test]
    fn what_could_not_be_tried_is_no_verdict() {
        let closed = Kernel { namespace: bad(1, "unshare failed: Operation not permitted"), ..kernel() };
        let found = findings(&Kernel { netem: bad(1, "unshare failed"), ..closed }, &impairing(), Os::Debian);
        assert_eq!(found.iter().map(|it| it.level).max_by_key(|level| *level == Level::Problem), Some(Level::Warning));
        assert!(found.iter().all(|it| it.level != Level::Problem));
    }

    #[test]
    fn tunings_need_their_modules_and_parameters() {
        let needs = Needs {
            congestion: ["bbr".to_owned(), "cubic".to_owned()].into(),
            sysctls: ["net.ipv4.tcp_recovery".to_owned()].into(),
            ..Needs::default()
        };
        let found = findings(&kernel(), &needs, Os::Debian);
        let found: Vec<&Finding> = found.iter().filter(|it| it.level == Level::Problem).collect();
        assert_eq!(found.len(), 1);
        assert!(found[0].what.contains("`bbr`") && found[0].help.as_ref().unwrap().contains("modprobe tcp_bbr"));
        let absent = Kernel { absent: vec!["net.ipv4.tcp_recovery".to_owned()], ..kernel() };
        assert_eq!(problems(&absent, &needs), ["congestion", "sysctl"]);
    }
}

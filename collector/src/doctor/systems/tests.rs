use super::super::finding::Level;
use super::super::look::made::good;
use super::*;

/// A system with two ways, by the kernel or by a daemon.
fn needs() -> Needs {
    let system = toml::from_str(
        r#"
        label = "Tunnel"
        [programs.tool]
        debian = "tool-deb"
        nix = "tool-nix"
        [programs.a-daemon-with-a-long-name]
        hint = "build it"
        [[implementations]]
        name = "kernel"
        programs = ["tool"]
        link = "tunnel"
        [[implementations]]
        name = "user"
        programs = ["tool"]
        daemon = "a-daemon-with-a-long-name"
        [overlay]
        interface = "mb-tunnel"
        "#,
    );
    Needs { systems: vec![system.unwrap()], ..Needs::default() }
}

fn stock(programs: &[&str], link: bool) -> Stock {
    Stock {
        programs: programs.iter().map(|name| (*name).to_owned()).collect(),
        refused: if link { Vec::new() } else { vec![("tunnel".parse().unwrap(), "Unknown device type".to_owned())] },
        running: BTreeSet::new(),
        taken: Vec::new(),
    }
}

const BOTH: &[&str] = &["tool", "a-daemon-with-a-long-name"];

fn on(stocks: &[Stock]) -> Vec<Finding> {
    let names: Vec<HostName> = (1..=stocks.len()).map(|number| format!("h{number}").parse().unwrap()).collect();
    let hosts: Vec<OnHost<'_>> = names.iter().zip(stocks).map(|(name, stock)| (name, stock, Os::Debian)).collect();
    findings(&needs(), &hosts)
}

#[test]
fn the_preferred_one_is_taken_where_all_have_it() {
    let found = on(&[stock(&["tool"], true), stock(BOTH, true)]);
    assert_eq!((found.len(), found[0].level), (1, Level::Fact));
}

#[test]
fn another_one_is_told() {
    let found = on(&[stock(BOTH, false), stock(BOTH, true)]);
    assert_eq!((found.len(), found[0].level), (1, Level::Warning));
    assert!(found[0].what.contains("measured as `user`") && found[0].what.contains("h1 has no link of type tunnel"));
}

#[test]
fn what_is_missing_is_told_where_it_is() {
    let found = on(&[stock(&["tool"], true), stock(&[], true)]);
    assert_eq!(found.len(), 1);
    let (level, host) = (found[0].level, found[0].host.as_ref().unwrap());
    assert_eq!((level, host.as_str()), (Level::Problem, "h2"));
    assert!(found[0].what.contains("no `tool`"), "{}", found[0].what);
    assert_eq!(found[0].help.as_deref(), Some("for `kernel`: apt install tool-deb"));
}

#[test]
fn hosts_have_to_agree_on_one() {
    // The first has only the kernel's, the second only the daemon's.
    let found = on(&[stock(&["tool"], true), stock(BOTH, false)]);
    assert_eq!((found.len(), found[0].level), (1, Level::Problem));
    assert!(found[0].host.is_none() && found[0].what.contains("on all hosts"), "{:?}", found[0]);
}

#[test]
fn nothing_is_said_of_no_hosts() {
    assert_eq!(on(&[]), []);
}

#[test]
fn obstacles_are_found() {
    assert_eq!(obstacles(&needs(), &stock(BOTH, true), &["lo", "eth0"]), []);
    let busy = Stock {
        running: ["a-daemon-with-a".to_owned()].into(),
        taken: vec![(Transport::Udp, 5201)],
        ..stock(BOTH, true)
    };
    let found = obstacles(&needs(), &busy, &["lo", "mb-tunnel"]);
    let found: Vec<_> = found.iter().map(|it| (it.level, it.about)).collect();
    assert_eq!(found, [(Level::Problem, "port"), (Level::Problem, "interface"), (Level::Warning, "daemon")]);
}

#[test]
fn hints_fit_the_host() {
    let both = Sources { debian: Some("a".to_owned()), nix: Some("b".to_owned()), hint: Some("c".to_owned()) };
    assert_eq!(source(&both, Os::Debian), "apt install a; c");
    assert_eq!(source(&both, Os::Nixos), "environment.systemPackages = [ pkgs.b ];");
    assert_eq!(source(&Sources { nix: None, ..both }, Os::Nixos), "c");
    assert_eq!(programs_of(&good("/usr/bin/wg\n")).len(), 2);
}

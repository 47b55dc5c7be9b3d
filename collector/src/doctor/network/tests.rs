use super::super::finding::Level;
use super::super::look::made::{bad, good};
use super::*;

fn address(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

fn way(controller: IpAddr, host: IpAddr) -> SshWay {
    SshWay { controller, host, port: 22 }
}

fn network() -> Network {
    let links = r#"[{"ifname":"lo","mtu":65536,"operstate":"UNKNOWN","addr_info":[{"family":"inet","local":"127.0.0.1"}]},
        {"ifname":"eth1","mtu":1500,"operstate":"UP","addr_info":[{"family":"inet","local":"192.0.2.1","prefixlen":24}]},
        {"ifname":"eth0","mtu":9000,"operstate":"UP","addr_info":[{"local":"198.51.100.1"},{}]}]"#;
    let features = "Features for eth1:\ngeneric-segmentation-offload: off\ngeneric-receive-offload: on\n\
                    tcp-segmentation-offload: off\n\ttx-tcp-segmentation: off\nlarge-receive-offload: off [fixed]\n";
    Network {
        name: "eth1".to_owned(),
        address: Some(address(1)),
        links: serde_json::from_str(links).unwrap(),
        values: [("speed", "1000"), ("duplex", "full"), ("statistics/rx_errors", "0"), ("driver", "igb")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        root: Some(("mq".to_owned(), "0:".to_owned())),
        offloads: super::features(&good(features)),
        routes: vec![(address(2), device(&good(r#"[{"dst":"192.0.2.2","dev":"eth1","flags":[]}]"#)))],
        ssh: Some(way(IpAddr::from([198, 51, 100, 9]), IpAddr::from([198, 51, 100, 1]))),
        filters: good(""),
    }
}

fn worse(network: &Network, needs: &Needs) -> Vec<(Level, String)> {
    let found = findings(network, needs, Os::Debian);
    found.into_iter().filter(|it| it.level != Level::Fact).map(|it| (it.level, it.what)).collect()
}

fn impairing() -> Needs {
    Needs { profiles: vec![("low".to_owned(), Vec::new())], ..Needs::default() }
}

/// The only thing that is wrong.
fn one(network: &Network, needs: &Needs, level: Level, word: &str) {
    let found = worse(network, needs);
    assert!(matches!(found.as_slice(), [(is, what)] if *is == level && what.contains(word)), "{word}: {found:?}");
}

#[test]
fn a_good_interface_is_only_facts() {
    assert_eq!(worse(&network(), &impairing()), []);
    let what = findings(&network(), &impairing(), Os::Debian).swap_remove(0).what;
    assert_eq!(what, "eth1 with 192.0.2.1, MTU 1500, 1000 Mbit/s, driver igb");
}

#[test]
fn a_wrong_interface_names_the_right_one() {
    let wrong = Network { name: "eth7".to_owned(), ..network() };
    let found = findings(&wrong, &impairing(), Os::Debian);
    assert_eq!((found.len(), found[0].level), (1, Level::Problem));
    assert!(found[0].help.as_ref().unwrap().contains("`interface = \"eth1\"`"));
    let swapped = Network { name: "eth0".to_owned(), routes: Vec::new(), ssh: None, ..network() };
    one(&swapped, &impairing(), Level::Problem, "192.0.2.1 is on eth1, not on eth0");
    one(&Network { address: Some(address(9)), ..network() }, &impairing(), Level::Problem, "does not have the address");
    let mut down = network();
    down.links[1].operstate = "DOWN".to_owned();
    one(&down, &impairing(), Level::Problem, "down");
}

#[test]
fn bad_cables_are_seen() {
    let mut bad = network();
    bad.values.insert("duplex".to_owned(), "half".to_owned());
    one(&bad, &impairing(), Level::Warning, "half duplex");
    let mut bad = network();
    bad.values.insert("statistics/rx_errors".to_owned(), "3".to_owned());
    one(&bad, &impairing(), Level::Warning, "3 rx_errors");
}

#[test]
fn traffic_has_to_leave_through_the_data_interface() {
    let around = Network { routes: vec![(address(2), Ok("eth0".to_owned()))], ..network() };
    one(&around, &impairing(), Level::Problem, "through eth0, not through eth1");
    let nowhere = device(&bad(2, "RTNETLINK answers: Network is unreachable"));
    one(&Network { routes: vec![(address(2), nowhere)], ..network() }, &impairing(), Level::Problem, "unreachable");
    one(
        &Network { ssh: Some(way(address(2), address(1))), ..network() },
        &impairing(),
        Level::Warning,
        "impaired as well",
    );
}

#[test]
fn ssh_over_the_data_network_is_warned_of() {
    let elsewhere = IpAddr::from([203, 0, 113, 7]);
    one(&Network { ssh: Some(way(elsewhere, address(1))), ..network() }, &impairing(), Level::Warning, "over eth1");
    // By another address of the same interface as well.
    let mut two = Network { ssh: Some(way(elsewhere, address(77))), ..network() };
    two.links[1].addresses.push(Address { local: Some(address(77)) });
    one(&two, &impairing(), Level::Warning, "over eth1");
    assert_eq!(worse(&Network { ssh: None, ..network() }, &impairing()), []);
}

#[test]
fn a_network_that_is_to_carry_ssh_only_has_to_be_one_of_its_own() {
    let closed = Needs { ssh_only: true, ..impairing() };
    let code = |network: &Network| findings(network, &closed, Os::Debian).into_iter().find_map(|it| it.code);
    assert_eq!(code(&network()), None);
    let shared = Network { ssh: Some(way(IpAddr::from([203, 0, 113, 7]), address(1))), ..network() };
    assert_eq!(code(&shared), Some(Code::ManagementShared));
    assert_eq!(code(&Network { ssh: None, ..network() }), Some(Code::ManagementShared));
    let tunnel = IpAddr::from([127, 0, 0, 1]);
    assert_eq!(code(&Network { ssh: Some(way(tunnel, tunnel)), ..network() }), Some(Code::ManagementShared));
    assert_eq!(code(&Network { filters: bad(127, "no such program"), ..network() }), Some(Code::NoPacketFilter));
    assert!(
        findings(&network(), &impairing(), Os::Debian)
            .iter()
            .any(|it| it.help.as_ref().is_some_and(|help| help.contains("ssh-only"))),
        "it is offered"
    );
}

#[test]
fn only_a_foreign_qdisc_is_in_the_way() {
    let with = |kind: &str, handle: &str| Network { root: Some((kind.to_owned(), handle.to_owned())), ..network() };
    one(&with("htb", "1:"), &impairing(), Level::Problem, "htb");
    one(&with("htb", "1:"), &Needs::default(), Level::Warning, "htb");
    assert_eq!(worse(&with("prio", OURS), &impairing()), []);
    assert_eq!(worse(&Network { root: None, ..network() }, &impairing()), []);
}

#[test]
fn offloads_have_to_be_switchable() {
    let wants = |feature, on| Needs { offloads: [(feature, on)].into(), ..impairing() };
    assert_eq!(worse(&network(), &wants("gro", false)), []);
    assert_eq!(worse(&network(), &wants("lro", false)), []);
    one(&network(), &wants("lro", true), Level::Problem, "keeps lro off");
    let mut joined = network();
    joined.offloads.insert("tcp-segmentation-offload".to_owned(), (true, false));
    let noted = |needs: &Needs| findings(&joined, needs, Os::Debian).iter().any(|it| it.what.contains("super-packets"));
    assert!(noted(&impairing()) && !noted(&Needs::default()));
    let off = Needs { offloads: [("gso", false), ("tso", false)].into(), ..impairing() };
    assert!(!noted(&off));
}

#[test]
fn mtus_have_to_agree() {
    let (same, mut other) = (network(), network());
    other.links[1].mtu = 9000;
    assert_eq!(mtus(&[("a".to_owned(), &same), ("b".to_owned(), &same)]), None);
    let found = mtus(&[("a".to_owned(), &same), ("b".to_owned(), &other)]).unwrap();
    assert!(found.what.ends_with("a 1500, b 9000"), "{}", found.what);
}

use super::file::EMBEDDED;
use super::rehearsal::rehearse;
use super::step::{Action, Secrecy};
use super::template::Fact;
use super::*;
use std::fmt::Write;
use std::net::Ipv4Addr;

const SMALL: &str = r#"
name = "small"
label = "Small"

[values]
port = 7

[roles]
boss = "first"

[programs.smalld]

[[implementations]]
daemon = "smalld"

[overlay]
interface = "mb-small"
address = "10.9.0.{{ host.number }}"
family = "ipv4"

[[prepare]]
run = ["smalld", "keygen"]
capture = "private_key"
secret = true

[[prepare]]
write = "small.conf"
content = """
port {{ port }}
key {{ host.private_key }}
{% for peer in peers %}
peer {{ peer.overlay }} {{ peer.address }}
{% endfor %}
"""

[[start]]
launch = ["smalld", "{{ folder }}/small.conf"]
"#;

/// Line, column and message of the error that a text gives.
fn error(text: &str) -> (usize, usize, String) {
    match SystemFile::parse("test.toml", text) {
        Err(SystemFileError::Invalid { line, column, message, .. }) => (line, column, message),
        other => panic!("expected an error with a place, got {other:?}"),
    }
}

/// The number of the line on which `text` stands.
fn line_of(whole: &str, text: &str) -> usize {
    whole[..whole.find(text).unwrap()].matches('\n').count() + 1
}

#[test]
fn embedded_files_are_valid_and_carry_their_own_name() {
    for (name, text) in EMBEDDED {
        let file = SystemFile::load(name, None).unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)));
        assert_eq!((file.name.as_str(), file.text()), (*name, *text));
        assert_eq!(file.implementations().next().unwrap().as_str(), *name);
        assert_eq!(file.is_internal(), *name == "internal");
    }
}

#[test]
fn the_example_in_the_documentation_is_a_valid_file() {
    let document = include_str!("../../../data/systems/README.md");
    let example = document.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let file =
        SystemFile::parse("README.md", example).unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)));
    assert_eq!(file.name.as_str(), "myvpn");
}

/// Files that were measured in a lab, some with a daemon for each peer.
#[test]
fn the_files_of_the_tests_are_valid() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/systems");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let each = files.map(|path| {
        let file = SystemFile::load(path.to_str().unwrap(), None)
            .unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)));
        let launched =
            rehearse(&file, file.name.as_str()).unwrap().into_iter().filter_map(|(_, _, host, action)| match action {
                Action::Launch { name, .. } if host == "h1" => Some(name),
                _ => None,
            });
        (file.name.to_string(), launched.collect::<Vec<_>>())
    });
    let launched: BTreeMap<String, Vec<String>> = each.collect();
    assert_eq!(launched["openvpn-p2p"], ["openvpn-2", "openvpn-3"]);
    assert_eq!(launched["fastd-tun"], ["fastd"]);
    assert_eq!(launched["gre"], ["iperf3"]);
    assert!(launched["vxlan"].is_empty() && launched["xfrm"].is_empty());
}

#[test]
fn no_two_embedded_systems_share_an_interface_or_a_network() {
    let mut seen = std::collections::BTreeSet::new();
    for (name, _) in EMBEDDED {
        let file = SystemFile::load(name, None).unwrap();
        let Some(overlay) = &file.overlay else { continue };
        assert!(seen.insert(overlay.interface.get_ref().clone()), "{name}");
        let network = overlay.address.get_ref().clone();
        assert!(network.starts_with("{{ host.") || seen.insert(network), "{name}");
    }
}

/// Everything that three hosts would do, one step after the other.
fn script(name: &str, implementation: &str) -> String {
    let file = SystemFile::load(name, None).unwrap();
    let mut text = String::new();
    for (phase, _, host, action) in rehearse(&file, implementation).unwrap() {
        let _ = write!(text, "{phase} {host}: ");
        let _ = match action {
            Action::Run(run) => writeln!(
                text,
                "run {:?}{}{}",
                run.command,
                run.stdin.map(|stdin| format!(" < {stdin:?}")).unwrap_or_default(),
                run.capture.map(|capture| format!(" > {} {:?}", capture.fact, capture.secrecy)).unwrap_or_default()
            ),
            Action::Launch { name, command, environment } => {
                writeln!(text, "launch {name} {command:?} {environment:?}")
            }
            Action::Write { path, mode, content } => writeln!(text, "write {path} {mode:o}\n{content}"),
            other => writeln!(text, "{other:?}"),
        };
    }
    // Keys are tested where they are made.
    let key = regex::Regex::new("[A-Za-z0-9+/]{40,}={0,2}").unwrap();
    key.replace_all(&text, "[key]").into_owned()
}

#[test]
fn what_hosts_do_for_the_embedded_systems() {
    for (name, _) in EMBEDDED {
        insta::assert_snapshot!(*name, script(name, name));
    }
    insta::assert_snapshot!("wireguard-go", script("wireguard", "wireguard-go"));
    insta::assert_snapshot!("boringtun", script("wireguard", "boringtun"));
}

#[test]
fn an_unknown_key_is_an_error_at_its_place() {
    let text = SMALL.replace("family = \"ipv4\"", "family = \"ipv4\"\nfamly = 4");
    let (line, column, message) = error(&text);
    assert_eq!((line, column), (line_of(&text, "famly"), 1));
    assert!(message.contains("famly") && message.contains("`family`"), "{message}");
    let text = SMALL.replace("secret = true", "secrit = true");
    assert_eq!(error(&text).0, line_of(&text, "secrit"));
}

#[test]
fn a_template_that_names_nothing_is_an_error_on_its_own_line() {
    let text = SMALL.replace("peer.overlay", "peer.overley");
    let (line, _, message) = error(&text);
    assert_eq!(line, line_of(&text, "peer.overley"), "{message}");
    let text = SMALL.replace("port {{ port }}", "port {{ prot }}");
    let (line, column, message) = error(&text);
    assert_eq!((line, column), (line_of(&text, "{{ prot }}"), 1));
    assert!(message.contains("`prot` is not known"), "{message}");
    let text = SMALL.replace("{{ folder }}/small", "{{ folder /small");
    let (line, _, message) = error(&text);
    assert_eq!(line, line_of(&text, "{{ folder /small"), "{message}");
}

#[test]
fn a_fact_is_not_there_before_the_step_that_finds_it() {
    let text = SMALL.replace("[\"smalld\", \"keygen\"]", "[\"smalld\", \"{{ host.private_key }}\"]");
    assert!(error(&text).2.contains("private_key"));
}

#[test]
fn secrets_stay_on_their_host_and_off_command_lines() {
    let text = SMALL.replace("peer {{ peer.overlay }}", "peer {{ peer.private_key }}");
    let (line, _, message) = error(&text);
    assert_eq!(line, line_of(&text, "peer.private_key"), "{message}");
    let text = SMALL.replace("{{ folder }}/small.conf", "--key={{ host.private_key }}");
    let (line, _, message) = error(&text);
    assert_eq!(line, line_of(&text, "--key="));
    assert!(message.contains("secret"), "{message}");
    let text = SMALL.replace("{{ folder }}/small.conf", "--key={{ shared_secret('x') }}");
    assert!(error(&text).2.contains("secret"));
    let shared = SMALL.replace("secret = true", "secret = true\nshared = true");
    let shared = shared.replace("peer {{ peer.overlay }}", "peer {{ peer.private_key }}");
    assert!(SystemFile::parse("test.toml", &shared).is_ok());
}

#[test]
fn steps_that_make_no_sense_are_errors_that_say_what_would() {
    let cases = [
        ("write = \"small.conf\"", "write = \"small.conf\"\nrun = [\"x\"]", "one thing"),
        ("write = \"small.conf\"", "", "`run`, `launch`"),
        ("capture = \"private_key\"\nsecret = true", "secret = true", "capture"),
        ("capture = \"private_key\"", "capture = \"address\"", "something else"),
        ("capture = \"private_key\"", "for_each = \"peers\"\ncapture = \"private_key\"", "role"),
        ("run = [\"smalld\", \"keygen\"]", "run = [\"smalld\"]\nrole = \"bos\"", "boss"),
        ("run = [\"smalld\", \"keygen\"]", "run = [\"smalld\"]\nimplementation = \"other\"", "small"),
        ("run = [\"smalld\", \"keygen\"]", "run = []", "program and its arguments"),
        ("run = [\"smalld\", \"keygen\"]", "run = [\"smalld\"]\npattern = \"(\"", "unclosed"),
        ("daemon = \"smalld\"", "daemon = \"bigd\"", "[programs.bigd]"),
        ("port = 7", "host = 7", "something else"),
        ("launch = [", "mode = 0o600\nlaunch = [", "`write`"),
        ("family = \"ipv4\"", "family = \"ipv5\"", "ipv6"),
    ];
    for (old, new, wanted) in cases {
        assert!(SMALL.contains(old), "{old}");
        let (line, _, message) = error(&SMALL.replacen(old, new, 1));
        assert!(message.contains(wanted), "{new}: {message}");
        assert!(line > 1, "{new}: {message}");
    }
}

#[test]
fn roles_and_lists_decide_who_does_what() {
    let text = SMALL.replace(
        "[[start]]",
        "[[start]]\nrole = \"boss\"\nfor_each = \"hosts\"\nrun = [\"sign\", \"{{ each.name }}\"]\ncapture = \"signed\"\n\n[[start]]\nrun = [\"use\", \"{{ host.signed }}\", \"\"\"\n{% for peer in peers %}\n--peer\n{{ peer.signed }}\n{% endfor %}\n\"\"\"]\n\n[[start]]",
    );
    let file = SystemFile::parse("test.toml", &text).unwrap();
    let told: Vec<String> = rehearse(&file, "small")
        .unwrap()
        .into_iter()
        .filter_map(|(phase, _, host, action)| match action {
            Action::Run(run) if phase == "start" => Some(format!("{host} {}", run.command.join(" "))),
            _ => None,
        })
        .collect();
    let wanted = [
        "h1 sign h1",
        "h1 sign h2",
        "h1 sign h3",
        "h1 use signed-of-h1 --peer signed-of-h2 --peer signed-of-h3",
        "h2 use signed-of-h2 --peer signed-of-h1 --peer signed-of-h3",
        "h3 use signed-of-h3 --peer signed-of-h1 --peer signed-of-h2",
    ];
    assert_eq!(told, wanted);
}

#[test]
fn what_a_host_said_is_one_argument_and_no_template() {
    let text = SMALL.replace("[[start]]", "[[start]]\nrun = [\"use\", \"{{ host.private_key }}\"]\n\n[[start]]");
    let file = SystemFile::parse("test.toml", &text.replace("secret = true\n", "")).unwrap();
    let hostile = "a b\n--evil {{ port }} $(x)";
    let member = Member {
        name: "h1".to_owned(),
        address: Ipv4Addr::new(10, 90, 0, 1).into(),
        interface: "data".to_owned(),
        folder: "/f".to_owned(),
        facts: BTreeMap::from([(
            "private_key".to_owned(),
            Fact { value: hostile.to_owned(), secrecy: Secrecy::Public },
        )]),
    };
    let (known, members) = (Known::default(), [member]);
    let scene = Scene::new(&file, "small", 1, &known, &members);
    let actions = scene.actions(&file.start[0], 0).unwrap();
    let Action::Run(run) = &actions[0].1 else { panic!("no run") };
    assert_eq!(run.command, ["use", hostile]);
}

#[test]
fn a_tunnel_can_have_an_interface_for_each_peer() {
    let with = |interface: &str| SMALL.replace("interface = \"mb-small\"", &format!("interface = {interface}"));
    let each = "\"\"\"\n{% for peer in peers %}\nmb-s{{ peer.number }}\n{% endfor %}\n\"\"\"";
    let text = with(each).replace("port {{ port }}", "port {{ port }} on {{ interface }} of {{ interfaces | length }}");
    let file = SystemFile::parse("test.toml", &text).unwrap();
    let member = |number: u8| Member {
        name: format!("h{number}"),
        address: Ipv4Addr::new(10, 90, 0, number).into(),
        interface: "data".to_owned(),
        folder: "/f".to_owned(),
        facts: BTreeMap::from([("private_key".to_owned(), Fact { value: "k".to_owned(), secrecy: Secrecy::Own })]),
    };
    let (known, members) = (Known::default(), [member(1), member(2), member(3)]);
    let scene = Scene::new(&file, "small", 1, &known, &members);
    let names = |host: usize| scene.interfaces(host).unwrap().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        (names(0), names(2)),
        (vec!["mb-s2".to_owned(), "mb-s3".to_owned()], vec!["mb-s1".to_owned(), "mb-s2".to_owned()])
    );
    let Action::Write { content, .. } = &scene.actions(&file.prepare[1], 1).unwrap()[0].1 else { panic!("no file") };
    assert!(content.contains("port 7 on mb-s1 of 2"), "{content}");
    let line = line_of(&with(each), "interface = ");
    assert_eq!(error(&with(&each.replace("{{ peer.number }}", ""))), (line, 13, "`mb-s` is there twice".to_owned()));
    assert_eq!(error(&with("\"\"\"\n\n\"\"\"")), (line, 13, "a tunnel has at least one interface".to_owned()));
    // What a host said makes no list, and a long made-up fact is no mistake of the file's.
    assert!(SystemFile::parse("test.toml", &with("\"{{ host.private_key }}\"")).is_ok());
}

#[test]
fn daemons_for_each_peer_have_names_of_their_own_and_no_two_share_one() {
    let each = SMALL.replace("launch = [", "for_each = \"peers\"\nlaunch = [");
    let file = SystemFile::parse("test.toml", &each).unwrap();
    let names = |host: &str| -> Vec<String> {
        let deeds = rehearse(&file, "small").unwrap();
        let launched = deeds.into_iter().filter_map(|(_, _, who, action)| match action {
            Action::Launch { name, .. } if who == host => Some(name),
            _ => None,
        });
        launched.collect()
    };
    assert_eq!(
        (names("h1"), names("h3")),
        (vec!["smalld-2".into(), "smalld-3".into()], vec!["smalld-1".into(), "smalld-2".into()])
    );
    // Two of the same program on one host, whatever steps they are in.
    let twice = format!("{SMALL}\n[[start]]\nlaunch = [\"/opt/smalld\", \"--again\"]\n");
    let (line, column, message) = error(&twice);
    assert_eq!((line, column), (line_of(&twice, "launch = [\"/opt"), 11));
    assert_eq!(message, "a host launches `smalld` twice: give one of the two another `name`");
    let named = twice.replace("\"--again\"]", "\"--again\"]\nname = \"second\"");
    assert!(SystemFile::parse("test.toml", &named).is_ok());
    // The same program for two roles is on no host twice.
    let roles = SMALL.replace("boss = \"first\"", "boss = \"first\"\nmember = \"rest\"");
    let roles = roles.replace("launch = [", "role = \"boss\"\nlaunch = [")
        + "\n[[start]]\nrole = \"member\"\nlaunch = [\"smalld\"]\n";
    assert!(SystemFile::parse("test.toml", &roles).is_ok());
}

#[test]
fn a_link_has_parameters_and_a_place_where_it_is_wrong() {
    let with = |link: &str| SMALL.replace("daemon = \"smalld\"", &format!("daemon = \"smalld\"\nlink = \"{link}\""));
    let file = SystemFile::parse("test.toml", &with("vxlan id 7 dstport 4789")).unwrap();
    assert_eq!(file.kernel_links().map(ToString::to_string).collect::<Vec<_>>(), ["vxlan id 7 dstport 4789"]);
    let text = with("-batch x");
    let (line, _, message) = error(&text);
    assert_eq!(line, line_of(&text, "link = "), "{message}");
    assert!(message.contains("xfrm if_id 42"), "{message}");
}

#[test]
fn nothing_that_is_printed_holds_a_secret() {
    let file = Arc::new(SystemFile::parse("test.toml", SMALL).unwrap());
    let mut system = System::new(file, 7);
    system.members = vec![Member {
        name: "h1".to_owned(),
        address: Ipv4Addr::new(10, 90, 0, 1).into(),
        interface: "data".to_owned(),
        folder: "/f".to_owned(),
        facts: BTreeMap::from([(
            "private_key".to_owned(),
            Fact { value: "VERYSECRETKEY".to_owned(), secrecy: Secrecy::Own },
        )]),
    }];
    system.known.add("VERYSECRETKEY");
    assert!(!format!("{system:?}").contains("VERYSECRET"));
    assert_eq!(system.known.redact("bad key VERYSECRETKEY"), "bad key [secret]");
}

#[test]
fn an_unknown_system_names_the_built_in_ones() {
    let message = format!("{:?}", miette::Report::new(SystemFile::load("wiregaurd", None).unwrap_err()));
    assert!(message.contains("wireguard") && message.contains(".toml"), "{message}");
    let message = SystemFile::load("no/such.toml", Some(std::path::Path::new("/base"))).unwrap_err().to_string();
    assert!(message.contains("/base/no/such.toml"), "{message}");
}

use super::*;
use proptest::prelude::*;
use std::time::Duration;

const SMALL: &str = r#"
name = "small"
seed = 7
blocks = 1
hosts = 2
systems = ["internal"]

[profiles.baseline]

[workloads.ping]
count = 10
interval = "20ms"
limit = "5s"
"#;

fn parse(text: &str) -> Result<Matrix, MatrixError> {
    Matrix::parse("test.toml", text, &|reference| SystemFile::load(reference, None))
}

/// [`SMALL`] with one text replaced by another.
fn changed(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "{from}");
    SMALL.replacen(from, to, 1)
}

/// Line, column and message of the error that `text` gives.
fn error(text: &str) -> (usize, usize, String) {
    match parse(text) {
        Err(MatrixError::Invalid { line, column, message, .. }) => (line, column, message),
        other => panic!("expected an error with a place, got {other:?}"),
    }
}

fn names(links: &[(usize, usize)], hosts: &Hosts) -> Vec<String> {
    let names = hosts.names();
    links.iter().map(|(source, target)| format!("{}→{}", names[*source], names[*target])).collect()
}

#[test]
fn embedded_matrices_are_valid_and_carry_their_own_name() {
    for (name, _) in EMBEDDED {
        let (matrix, text) = Matrix::load(name).map_err(miette::Report::new).unwrap();
        assert_eq!(matrix.name.as_str(), *name);
        assert!(text.contains("name = "));
    }
}

#[test]
fn smoke_is_what_its_documentation_says() {
    let (smoke, _) = Matrix::load("smoke").unwrap();
    assert_eq!((&smoke.hosts, smoke.blocks), (&Hosts::Lab(3), Blocks::fixed(3)));
    let workloads: Vec<&str> = smoke.workloads.present().iter().map(|load| load.about().word.as_str()).collect();
    assert_eq!(workloads, ["ping", "tcp"]);
    assert!(smoke.impairs() && !smoke.controls);
    assert_eq!(smoke.calibration, Some(Calibration::default()));
    assert_eq!(smoke.profiles[&Slug::new("medium").unwrap()], Netem::preset("medium").unwrap());
}

#[test]
fn the_thesis_has_eleven_systems_on_a_ring_of_three() {
    let (thesis, _) = Matrix::load("thesis").unwrap();
    assert_eq!((thesis.systems.len(), thesis.links.len(), thesis.profiles.len()), (11, 3, 4));
    assert!(thesis.controls && thesis.blocks.adaptive());
}

#[test]
fn the_template_is_valid_and_shows_every_key() {
    let text = super::template();
    let template = parse(&text).map_err(miette::Report::new).unwrap();
    assert_eq!(template.workloads.present().len(), workload::ALL.len());
    assert!(template.controls && template.tunings.len() == 3);
    let wifi = &template.profiles[&Slug::new("my-wifi").unwrap()];
    assert_eq!(wifi.arguments().len(), 30, "all options of a profile: {:?}", wifi.arguments());
    // Written in TOML, absent values have no key, so these are all keys of a host.
    let hosts: String = text
        .lines()
        .skip_while(|line| *line != "# [[hosts]]")
        .take_while(|line| line.starts_with('#'))
        .map(|line| format!("{}\n", line.trim_start_matches("# ").trim_start_matches('#')))
        .collect();
    let own =
        text.replace("hosts = 3\n", "").replace("links = [[\"h1\", \"h2\"], [\"h2\", \"h3\"], [\"h3\", \"h1\"]]", "");
    let own = parse(&format!("{own}{hosts}")).map_err(miette::Report::new).unwrap();
    let Hosts::Real(hosts) = &own.hosts else { panic!("real hosts") };
    assert_eq!((hosts.len(), hosts[0].sudo, hosts[1].sudo), (2, false, true));
    for line in ["controls = true", "allow_relay = false", "attempts = 3"] {
        let written = text.replace(&format!("# {line}"), line);
        assert_ne!(written, text);
        let matrix = parse(&written).unwrap();
        let seen = (matrix.controls, matrix.allow_relay, matrix.attempts);
        assert_eq!(seen, (template.controls, template.allow_relay, template.attempts), "the default is as it says");
    }
}

#[test]
fn a_small_one_parses() {
    let matrix = parse(SMALL).unwrap();
    assert_eq!(matrix.systems[0].name.as_str(), "internal");
    assert!(!matrix.impairs() && !matrix.controls && !matrix.allow_relay);
    assert_eq!(matrix.links, [(0, 1), (1, 0)]);
    assert_eq!((matrix.attempts.get(), matrix.calibration.unwrap().count.get()), (3, 20));
    assert_eq!(matrix.control_tuning().unwrap().as_str(), "default");
}

#[test]
fn an_unknown_key_is_an_error_at_its_place() {
    let (line, column, message) = error(&changed("seed = 7", "seed = 7\nsede = 8"));
    assert_eq!((line, column), (4, 1));
    assert!(message.contains("sede") && message.contains("`seed`"), "{message}");
    // Also where a value can be written in several ways.
    let (line, column, message) = error(&changed("blocks = 1", "blocks = { minimum = 1, maxmum = 2 }"));
    assert_eq!((line, column), (4, 25), "{message}");
    assert!(message.contains("maxmum"), "{message}");
    let (line, column, message) =
        error(&changed("[profiles.baseline]", "[profiles.baseline]\nloss = \"1%\"\ndely = \"1ms\""));
    assert_eq!((line, column), (10, 1), "{message}");
    assert!(message.contains("dely") && message.contains("delay"), "{message}");
    let (line, _, message) =
        error(&changed("hosts = 2", "hosts = [\n{ name = \"a\", interface = \"e\", adress = \"::1\" }]"));
    assert_eq!(line, 6, "{message}");
}

#[test]
fn keys_and_words_are_found_in_any_case_and_others_are_refused_with_what_is_near() {
    let real = "hosts = [\n{ name = \"ada\", interface = \"e\", address = \"10.0.0.1\" },\n\
                { Name = \"bob\", interface = \"e\", address = \"10.0.0.2\" }]\nlinks = [[\"ADA\", \"bob\"]]";
    let text = changed("hosts = 2", real)
        .replace("\"internal\"", "\"Internal\"")
        .replace("blocks = 1", "Blocks = { Minimum = 1, maximum = 2, budget = \"1h\" }\nsampling = \"Never\"")
        .replace("[profiles.baseline]", "[Profiles]\nbad = \"Medium\"\n[network]\nmanagement = \"SSH_only\"")
        .replace("[workloads.ping]\ncount", "[workloads.TCP_Parallel]\nduration = \"5s\"\n[workloads.PING]\nCount");
    let matrix = parse(&text).map_err(miette::Report::new).unwrap();
    assert_eq!(matrix.links, [(0, 1)]);
    assert_eq!((matrix.blocks.maximum, matrix.sampling), (2, Sampling::Never));
    assert_eq!(matrix.network.management, Management::SshOnly);
    assert_eq!(matrix.profiles[&Slug::new("bad").unwrap()], Netem::preset("medium").unwrap());
    let workloads: Vec<&str> = matrix.workloads.present().iter().map(|load| load.about().word.as_str()).collect();
    assert_eq!(workloads, ["ping", "tcp-parallel"]);
    // A place is found whatever its case.
    let (line, _, message) = error(&changed("[workloads.ping]", "[workloads.Ping]").replace("\"5s\"", "\"100ms\""));
    assert_eq!(changed("", "").lines().nth(line - 1), Some("[workloads.ping]"), "{message}");
    for (from, to, near) in [
        ("[workloads.ping]", "[workloads.pnig]", "ping"),
        ("[workloads.ping]", "[workloads.tpc]\nduration = \"5s\"\n[workloads.ping]", "tcp"),
        ("hosts = 2", "hosts = 2\nlinks = \"rng\"", "ring"),
        ("hosts = 2", "hosts = 2\nlinks = \"mseh\"", "mesh"),
        ("hosts = 2", "hosts = 2\nlinks = [[\"h1\", \"h22\"]]", "h2"),
        ("hosts = 2", "hosts = 2\nsampling = \"alternat\"", "alternate"),
        ("hosts = 2", "hosts = 2\nnetwork = { management = \"ssh\" }", "ssh-only"),
        ("hosts = 2", "hosts = 2\nnetwork = { managment = \"open\" }", "management"),
        ("blocks = 1", "blocks = { minimum = 1, maxmum = 2 }", "maximum"),
        ("[profiles.baseline]", "[profiles]\nbad = \"hihg\"", "high"),
        ("[profiles.baseline]", "[profiles.bad]\ndely = \"1ms\"", "delay"),
        (
            "[profiles.baseline]",
            "[profiles.bad]\ndelay = \"1ms\"\njitter = \"1ms\"\ndistribution = \"paretonorml\"",
            "paretonormal",
        ),
    ] {
        let (_, _, message) = error(&changed(from, to));
        assert!(message.contains("did you mean ") && message.contains(near), "{to}: {message}");
    }
}

#[test]
fn an_unknown_system_points_at_its_place() {
    let text = changed("\"internal\"", "\"internal\", \"wiregaurd\"");
    let found = parse(&text).unwrap_err();
    let MatrixError::System { line, column, reference, .. } = &found else { panic!("{found:?}") };
    assert_eq!((*line, *column, reference.as_str()), (6, 24, "wiregaurd"));
    let report = format!("{:?}", miette::Report::new(found));
    assert!(report.contains("wiregaurd") && report.contains("wireguard"), "{report}");
    let (_, column, message) = error(&changed("\"internal\"", "\"internal\", \"internal\""));
    assert_eq!(column, 24);
    assert!(message.contains("twice"), "{message}");
}

#[test]
fn units_are_checked_where_they_stand() {
    let (line, _, message) = error(&changed("\"20ms\"", "20"));
    assert_eq!(line, 12);
    assert!(message.contains("string"), "{message}");
    let (line, _, message) = error(&changed("\"20ms\"", "\"20\""));
    assert_eq!(line, 12);
    assert!(message.contains("us, ms, s, min, h"), "{message}");
}

#[test]
fn profiles_can_be_named_or_given() {
    let profile = |text: &str| {
        let matrix = parse(text).unwrap();
        matrix
            .profiles
            .into_iter()
            .map(|(name, netem)| format!("{name}: {}", netem.arguments().join(" ")))
            .collect::<Vec<_>>()
    };
    let listed =
        SMALL.replace("[profiles.baseline]", "").replace("seed = 7", "seed = 7\nprofiles = [\"low\", \"baseline\"]");
    assert_eq!(
        profile(&listed),
        ["baseline: ", "low: delay 2000us 2000us loss random 0.25% reorder 0.5% 25% limit 10000"]
    );
    let mixed = changed("[profiles.baseline]", "[profiles]\nmine = \"low\"\n[profiles.own]\ndelay = \"1ms\"");
    assert_eq!(profile(&mixed)[1], "own: delay 1000us limit 10000");
    let (line, column, message) = error(&changed("[profiles.baseline]", "[profiles]\nmine = \"lwo\""));
    assert_eq!((line, column), (9, 8));
    assert!(message.contains("lwo") && message.contains("medium"), "{message}");
}

#[test]
fn blocks_can_be_fixed_or_adaptive() {
    let with = |blocks: &str| changed("blocks = 1", &format!("blocks = {blocks}"));
    assert_eq!(parse(&with("3")).unwrap().blocks, Blocks::fixed(3));
    let adaptive = parse(&with("{ minimum = 6, maximum = 20, precision = \"5%\", budget = \"48h\" }")).unwrap().blocks;
    assert_eq!(adaptive.confirm, 0);
    let confirmed = parse(&with("{ minimum = 6, maximum = 20, precision = \"5%\", confirm = 2 }")).unwrap().blocks;
    assert_eq!((confirmed.confirm, confirmed.budget), (2, None));
    assert!(adaptive.adaptive() && adaptive.budget.unwrap().get() == Duration::from_secs(48 * 3600));
    for (bad, message) in [
        ("0", "at least one"),
        ("-1", "at least one"),
        ("20000", "at most"),
        ("\"3\"", "a number of blocks"),
        ("{ minimum = 6, maximum = 5 }", "below"),
        ("{ minimum = 6, maximum = 7 }", "precision"),
        ("{ minimum = 6, maximum = 7, precision = \"0%\" }", "above zero"),
        ("{ minimum = 6, maximum = 7, budget = \"1h\", confirm = 2 }", "about precision"),
        ("{ minimum = 2, maximum = 4, precision = \"5%\", confirm = 2 }", "leave 3 blocks"),
    ] {
        let (line, column, found) = error(&with(bad));
        assert_eq!((line, column), (4, 10), "{bad}");
        assert!(found.contains(message), "{bad}: {found}");
    }
}

#[test]
fn hosts_can_be_real() {
    let host =
        |name: &str, address: &str| format!("{{ name = \"{name}\", interface = \"eth1\", address = \"{address}\" }}");
    let with = |hosts: &[String]| changed("hosts = 2", &format!("hosts = [{}]", hosts.join(", ")));
    let matrix = parse(&with(&[host("a", "192.0.2.1"), host("b", "192.0.2.2")])).unwrap();
    assert_eq!(names(&matrix.links, &matrix.hosts), ["a→b", "b→a"]);
    for (hosts, message) in [
        (vec![host("a", "192.0.2.1")], "2 to 16"),
        (vec![host("a", "192.0.2.1"), host("a", "192.0.2.2")], "twice"),
        (vec![host("a", "192.0.2.1"), host("b", "192.0.2.1")], "the address"),
        (vec![host("a", "192.0.2.1"), host("b", "2001:db8::1")], "family"),
        (vec![host("a", "127.0.0.1"), host("b", "192.0.2.1")], "reach"),
        (vec![host("-oProxyCommand=x", "192.0.2.1"), host("b", "192.0.2.2")], "host name"),
    ] {
        let (line, _, found) = error(&with(&hosts));
        assert_eq!(line, 5);
        assert!(found.contains(message), "{hosts:?}: {found}");
    }
    for bad in ["1", "17", "-3", "256"] {
        assert!(error(&changed("hosts = 2", &format!("hosts = {bad}"))).2.contains("2 to 16"), "{bad}");
    }
}

#[test]
fn links_are_checked_against_the_hosts() {
    let with = |links: &str| changed("hosts = 2", &format!("hosts = 3\nlinks = {links}"));
    let found = |links: &str| {
        let matrix = parse(&with(links)).unwrap();
        names(&matrix.links, &matrix.hosts).join(" ")
    };
    assert_eq!(found("\"ring\""), "h1→h2 h2→h3 h3→h1");
    assert_eq!(found("\"mesh\""), "h1→h2 h1→h3 h2→h1 h2→h3 h3→h1 h3→h2");
    assert_eq!(found("[[\"h3\", \"h2\"]]"), "h3→h2");
    for (bad, column, message) in [
        ("\"star\"", 9, "ring"),
        ("[]", 9, "at least one"),
        ("[[\"h1\", \"h2\"], [\"h1\", \"h4\"]]", 24, "h4"),
        ("[[\"h1\", \"h1\"]]", 10, "two hosts"),
        ("[[\"h1\", \"h2\"], [\"h1\", \"h2\"]]", 24, "twice"),
        ("[[\"h1\"]]", 10, "pair"),
    ] {
        let (line, at, found) = error(&with(bad));
        assert_eq!((line, at), (6, column), "{bad}: {found}");
        assert!(found.contains(message), "{bad}: {found}");
    }
}

#[test]
fn controls_need_something_to_measure() {
    let two = changed("\"internal\"", "\"internal\", \"wireguard\"");
    assert!(parse(&two).unwrap().controls);
    assert!(!parse(&two.replace("seed = 7", "seed = 7\ncontrols = false")).unwrap().controls);
    assert!(parse(&changed("seed = 7", "seed = 7\ncontrols = true")).unwrap().controls);
    let asked = two.replace("seed = 7", "seed = 7\ncontrols = true");
    let (line, column, message) = error(&asked.replace("\"internal\", ", ""));
    assert_eq!((line, column), (4, 12));
    assert!(message.contains("internal"), "{message}");
    let impaired = "[profiles]\nbaseline = \"low\"";
    assert!(error(&asked.replace("[profiles.baseline]", impaired)).2.contains("without impairment"));
    assert!(!parse(&two.replace("[profiles.baseline]", impaired)).unwrap().controls);
}

#[test]
fn calibration_can_be_switched_off() {
    let with =
        |text: &str| parse(&changed("seed = 7", &format!("seed = 7\ncalibration = {text}"))).unwrap().calibration;
    assert_eq!(with("false"), None);
    assert_eq!(with("true"), Some(Calibration::default()));
    assert_eq!(with("{ count = 50 }").unwrap().count.get(), 50);
}

#[test]
fn impossible_combinations_are_errors() {
    let workload = |text: &str| error(&format!("{SMALL}\n{text}")).2;
    assert!(error(&changed("limit = \"5s\"", "limit = \"100ms\"")).2.contains("limit"));
    assert!(error(&changed("[profiles.baseline]", "[profiles.baseline]\njitter = \"1ms\"")).2.contains("delay"));
    assert!(workload("[workloads.tcp]\nduration = \"1500ms\"").contains("whole seconds"));
    assert!(workload("[workloads.udp]\nduration = \"5s\"").contains("`rate` or a `ladder`"));
    let ladder = "ladder = { from = \"2Mbit/s\", to = \"1Mbit/s\" }";
    assert!(workload(&format!("[workloads.udp]\nduration = \"5s\"\n{ladder}")).contains("goes up"));
    assert!(
        workload(&format!("[workloads.udp]\nduration = \"5s\"\nrate = \"1Mbit/s\"\n{ladder}")).contains("not both")
    );
    assert!(workload("[workloads.udp]\nduration = \"5s\"\nrate = \"1Mbit\"").contains("Mbit/s"));
    assert!(workload("[workloads.quic]\nduration = \"5s\"").contains("quic"));
    // Each error at its own workload, whatever stands before and after it.
    let line = |text: &str, wrong: &str| {
        let (line, _, message) = error(text);
        let found = text.lines().nth(line - 1).unwrap();
        assert!(found.contains(wrong), "{message} at `{found}`");
    };
    let tcp = "[workloads.tcp]\nduration = \"5s\"";
    line(&format!("{SMALL}\n{tcp}\n[workloads.udp]\nduration = \"5s\"\n"), "[workloads.udp]");
    line(&format!("{SMALL}\n[workloads.udp]\nduration = \"5s\"\n{ladder}\n{tcp}"), "[workloads.udp]");
    line(
        &format!("{SMALL}\n{tcp}\n[workloads.tcp-parallel]\nduration = \"5s\"\nstreams = 999"),
        "[workloads.tcp-parallel]",
    );
    line(&format!("{SMALL}\n{tcp}\n[workloads.udp]\nduration = \"5s\"\nrate = \"1Mbit\""), "rate");
    line(&format!("{}\n{tcp}", changed("limit = \"5s\"", "limit = \"100ms\"")), "[workloads.ping]");
    line(&format!("{SMALL}\n{tcp}\nlimit = \"1s\""), "[workloads.tcp]");
    let tuning = error(&format!("{SMALL}\n[tunings.x.sysctls]\n\"kernel.core_pattern\" = \"|x\"")).2;
    assert!(tuning.contains("core_pattern"), "{tuning}");
}

#[test]
fn limits_follow_from_the_duration() {
    let text = format!("{}\n[workloads.tcp]\nduration = \"30s\"", SMALL.replace("limit = \"5s\"", ""));
    let workloads = parse(&text).unwrap().workloads;
    let seconds =
        |load: &&dyn Load| (load.about().word.as_str(), load.asked().as_secs_f64(), load.limit().as_secs_f64());
    let times: Vec<_> = workloads.present().iter().map(seconds).collect();
    assert_eq!(times, [("ping", 0.2, 30.4), ("tcp", 30.0, 90.0)]);
}

#[test]
fn an_unknown_matrix_names_the_built_in_ones() {
    let message = format!("{:?}", miette::Report::new(Matrix::load("no-such-matrix").unwrap_err()));
    // Where a line ends is the terminal's business.
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(message.contains("smoke") && message.contains("collect init"), "{message}");
}

proptest! {
    #[test]
    fn no_damage_panics(at in 0usize..3000, with in "[\\PC\n]{0,4}") {
        let text = super::template();
        let at = text.floor_char_boundary(at.min(text.len()));
        let end = text.ceil_char_boundary((at + with.len()).min(text.len()));
        let _ = parse(&format!("{}{with}{}", &text[..at], &text[end..])).map_err(|error| {
            format!("{:?}", miette::Report::new(error))
        });
    }
}

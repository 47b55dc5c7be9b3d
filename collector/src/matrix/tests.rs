use super::*;

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

/// Line, column and message of the error that `text` gives.
fn error(text: &str) -> (usize, usize, String) {
    match Matrix::parse("test.toml", text) {
        Err(MatrixError::Invalid { line, column, message, .. }) => (line, column, message),
        other => panic!("expected an error with a place, got {other:?}"),
    }
}

#[test]
fn embedded_matrices_are_valid_and_carry_their_own_name() {
    for (name, text) in EMBEDDED {
        assert_eq!(Matrix::parse(name, text).unwrap().name.as_str(), *name);
    }
}

#[test]
fn smoke_is_what_its_documentation_says() {
    let (smoke, _) = Matrix::load("smoke").unwrap();
    assert_eq!((smoke.hosts, smoke.blocks), (3, 3));
    assert_eq!(smoke.workloads.present(), [Workload::Ping, Workload::Tcp]);
    assert!(smoke.impairs());
    let medium = &smoke.profiles[&Slug::new("medium").unwrap()];
    let wanted = "delay 4000us 7000us loss 1% reorder 2.5% 50% limit 10000";
    assert_eq!(medium.arguments().join(" "), wanted);
}

#[test]
fn a_small_one_parses() {
    let matrix = Matrix::parse("test.toml", SMALL).unwrap();
    assert_eq!(matrix.systems, [SystemKind::Internal]);
    assert!(!matrix.impairs());
}

#[test]
fn an_unknown_key_is_an_error_at_its_place() {
    let (line, column, message) = error(&SMALL.replace("seed = 7", "seed = 7\nsede = 8"));
    assert_eq!((line, column), (4, 1));
    assert!(message.contains("sede") && message.contains("`seed`"), "{message}");
}

#[test]
fn an_unknown_system_names_the_known_ones() {
    let (line, column, message) = error(&SMALL.replace("\"internal\"", "\"internal\", \"wiregaurd\""));
    assert_eq!((line, column), (6, 24));
    assert!(message.contains("wiregaurd") && message.contains("wireguard"), "{message}");
}

#[test]
fn units_are_checked_where_they_stand() {
    let (line, _, message) = error(&SMALL.replace("\"20ms\"", "20"));
    assert_eq!(line, 12);
    assert!(message.contains("string"), "{message}");
    let (line, _, message) = error(&SMALL.replace("\"20ms\"", "\"20\""));
    assert_eq!(line, 12);
    assert!(message.contains("us, ms, s, min, h"), "{message}");
}

#[test]
fn impossible_combinations_are_errors() {
    assert!(error(&SMALL.replace("limit = \"5s\"", "limit = \"100ms\"")).2.contains("limit"));
    assert!(error(&SMALL.replace("[profiles.baseline]", "[profiles.baseline]\njitter = \"1ms\"")).2.contains("delay"));
    assert!(error(&SMALL.replace("hosts = 2", "hosts = 1")).2.contains("2 to 16"));
    assert!(error(&SMALL.replace("blocks = 1", "blocks = 0")).2.contains("block"));
}

#[test]
fn an_unknown_matrix_names_the_built_in_ones() {
    let message = format!("{:?}", miette::Report::new(Matrix::load("no-such-matrix").unwrap_err()));
    assert!(message.contains("smoke"), "{message}");
}

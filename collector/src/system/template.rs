//! Templates: what they know, and where they are wrong.

use super::error::SystemFileError;
use super::file::SystemFile;
use super::secret::{self, Known};
use super::step::{Action, Each, Secrecy, Step, Text, Use};
use crate::host::InterfaceName;
use minijinja::value::{Kwargs, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Range;

/// Names that templates have already, at the top or as a part of a host.
const TAKEN: &[&str] = &[
    "host",
    "hosts",
    "peers",
    "first",
    "each",
    "folder",
    "interface",
    "interfaces",
    "implementation",
    "overlay",
    "name",
    "number",
    "address",
    "address_bits",
    "url_address",
    "family",
    "roles",
    "secret",
    "shared_secret",
    "x25519_key",
    "ed25519_pem",
    "range",
    "dict",
    "namespace",
    "debug",
    "loop",
    "true",
    "false",
    "none",
    "and",
    "or",
    "not",
    "in",
    "is",
    "if",
    "else",
];

/// Whether a value or fact can have this name.
pub fn check_name(name: &str) -> Result<(), String> {
    let start = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    if !start || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        return Err(format!("`{name}` is no name for templates: use lower case letters, digits and `_`"));
    }
    if TAKEN.contains(&name) {
        return Err(format!("`{name}` means something else in templates: choose another name"));
    }
    Ok(())
}

/// What was learnt about a host.
#[derive(Clone)]
pub struct Fact {
    /// The text.
    pub value: String,
    /// Who may know it.
    pub secrecy: Secrecy,
}

/// A host as templates know it.
#[derive(Clone)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its address on the data network.
    pub address: IpAddr,
    /// The data network's interface.
    pub interface: String,
    /// The system's own folder on it.
    pub folder: String,
    /// What steps have captured.
    pub facts: BTreeMap<String, Fact>,
}

/// What templates are rendered with: all hosts at one moment.
pub struct Scene<'a> {
    file: &'a SystemFile,
    implementation: &'a str,
    seed: u64,
    known: &'a Known,
    members: &'a [Member],
    /// Overlay addresses, as far as they are known yet.
    overlay: Vec<Option<String>>,
}

impl<'a> Scene<'a> {
    /// Looks at all hosts as they are now. Secrets that templates make are added to `known`.
    pub fn new(
        file: &'a SystemFile,
        implementation: &'a str,
        seed: u64,
        known: &'a Known,
        members: &'a [Member],
    ) -> Self {
        let mut scene = Self { file, implementation, seed, known, members, overlay: vec![None; members.len()] };
        if let Some(overlay) = &file.overlay {
            // An address that comes from a fact is not there before the fact is.
            scene.overlay = (0..members.len()).map(|host| scene.render(&overlay.address, host, None).ok()).collect();
        }
        scene
    }

    /// The step's action for host number `host`: nothing where it is not the host's, or once for each host of
    /// its list. With each comes the number of the host whose fact it finds.
    pub fn actions(&self, step: &Step, host: usize) -> Result<Vec<(usize, Action<String>)>, SystemFileError> {
        if !self.file.is_for(step.role.as_deref(), host) {
            return Ok(Vec::new());
        }
        let rendered = |each: Option<usize>| {
            let text = |text: &Text, used: Use| {
                let rendered = self.render(text, host, each)?;
                if used == Use::Argument && self.known.is_in(&rendered) {
                    let message =
                        "everybody on the host would see a secret here: put it into a file, `stdin` or `environment`";
                    return Err(self.file.error(text.span(), message));
                }
                Ok(rendered)
            };
            let arguments = |argument: &Text| {
                let rendered = text(argument, Use::Argument)?;
                Ok(items(argument, &rendered))
            };
            let mut action = step.action.render(arguments, text)?;
            if let Action::Run(super::step::Run { environment, .. }) | Action::Launch { environment, .. } = &mut action
            {
                for (key, text) in &self.file.environment {
                    if !environment.contains_key(key) {
                        environment.insert(key.clone(), self.render(text, host, each)?);
                    }
                }
            }
            if let (Action::Launch { name, .. }, Some(other)) = (&mut action, each) {
                // One for each host of the list, and each of them is known by its name.
                *name = format!("{name}-{}", other + 1);
            }
            Ok((each.unwrap_or(host), action))
        };
        match step.for_each {
            None => Ok(vec![rendered(None)?]),
            Some(list) => {
                let of_list = |other: &usize| list == Each::Hosts || *other != host;
                (0..self.members.len()).filter(of_list).map(|other| rendered(Some(other))).collect()
            }
        }
    }

    /// Renders one template for host number `host`.
    pub fn render(&self, text: &Text, host: usize, each: Option<usize>) -> Result<String, SystemFileError> {
        let environment = self.environment(host);
        let context = self.context(host, each);
        let template = environment.template_from_str(text.get_ref()).map_err(|error| self.place(text, &error, ""))?;
        template.render(&context).map_err(|error| {
            let missing = match error.kind() {
                ErrorKind::UndefinedError => missing(&context, &template.undeclared_variables(true)),
                _ => String::new(),
            };
            self.place(text, &error, &missing)
        })
    }

    /// Names of the overlay's interfaces on host number `host`, the first one first; none without a tunnel.
    pub fn interfaces(&self, host: usize) -> Result<Vec<InterfaceName>, SystemFileError> {
        let Some(overlay) = &self.file.overlay else { return Ok(Vec::new()) };
        let parsed = self.interface_texts(host)?.into_iter().map(|name| {
            let bad = |bad| self.known.redact(&format!("`{}`: {bad}", name.escape_debug()));
            name.trim().parse().map_err(|error| self.file.error(overlay.interface.span(), bad(error)))
        });
        parsed.collect()
    }

    /// The same as texts, which a rehearsal's made-up facts may have made too long for a name.
    pub fn interface_texts(&self, host: usize) -> Result<Vec<String>, SystemFileError> {
        let Some(overlay) = &self.file.overlay else { return Ok(Vec::new()) };
        let wrong = |message: String| Err(self.file.error(overlay.interface.span(), message));
        let names = items(&overlay.interface, &self.render(&overlay.interface, host, None)?);
        let twice = names.iter().enumerate().find(|(at, name)| names.iter().take(*at).any(|other| other == *name));
        match twice {
            Some((_, name)) => wrong(self.known.redact(&format!("`{}` is there twice", name.escape_debug()))),
            None if names.is_empty() => wrong("a tunnel has at least one interface".to_owned()),
            None => Ok(names),
        }
    }

    fn environment(&self, host: usize) -> Environment<'static> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_keep_trailing_newline(true);
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        let own = self.members.get(host).map(|member| member.name.clone());
        let maker = |host: Option<String>| {
            let (seed, system, known) = (self.seed, self.file.name.to_string(), self.known.clone());
            move |purpose: &str, make: &dyn Fn(secret::Use<'_>) -> Option<String>| -> Result<String, Error> {
                let made = make(secret::Use { seed, system: &system, host: host.as_deref(), purpose });
                let text = made.ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "the secret cannot be made"))?;
                known.add(&text);
                Ok(text)
            }
        };
        let (x25519, ed25519) = (maker(own.clone()), maker(own.clone()));
        environment.add_function("x25519_key", move |purpose: String| {
            x25519(&purpose, &|of| Some(secret::x25519(of.key().ok()?)))
        });
        environment.add_function("ed25519_pem", move |purpose: String| {
            ed25519(&purpose, &|of| secret::ed25519_pem(of.key().ok()?).ok())
        });
        for (name, make) in [("secret", maker(own)), ("shared_secret", maker(None))] {
            environment.add_function(name, move |purpose: String, options: Kwargs| -> Result<String, Error> {
                let length = options.get::<Option<usize>>("bytes")?.unwrap_or(32);
                let format = options.get::<Option<String>>("format")?;
                options.assert_all_used()?;
                if !(16..=1024).contains(&length) {
                    return Err(Error::new(ErrorKind::InvalidOperation, "a secret has 16 to 1024 bytes"));
                }
                let text: fn(&[u8]) -> String = match format.as_deref() {
                    None | Some("base64") => secret::base64,
                    Some("hex") => secret::hex,
                    Some(_) => {
                        let message = "a secret's format is \"base64\" or \"hex\"";
                        return Err(Error::new(ErrorKind::InvalidOperation, message));
                    }
                };
                make(&purpose, &|of| {
                    let mut bytes = vec![0; length];
                    of.fill(&mut bytes).ok()?;
                    Some(text(&bytes))
                })
            });
        }
        environment
    }

    /// Everything that templates of a host can name.
    fn context(&self, host: usize, each: Option<usize>) -> Value {
        let all: Vec<Value> = (0..self.members.len()).map(|index| self.view(index, false)).collect();
        let peers: Vec<Value> =
            all.iter().enumerate().filter(|(index, _)| *index != host).map(|(_, view)| view.clone()).collect();
        let mut names: BTreeMap<String, Value> = BTreeMap::new();
        names.extend(self.file.values.iter().map(|(name, value)| (name.clone(), Value::from_serialize(value))));
        if let Some(first) = all.first() {
            names.insert("first".to_owned(), first.clone());
        }
        if let Some(each) = each.and_then(|each| all.get(each)) {
            names.insert("each".to_owned(), each.clone());
        }
        if let Some(member) = self.members.get(host) {
            names.insert("folder".to_owned(), Value::from(member.folder.as_str()));
            names.insert("host".to_owned(), self.view(host, true));
        }
        names.insert("implementation".to_owned(), Value::from(self.implementation));
        names.insert("hosts".to_owned(), Value::from(all));
        names.insert("peers".to_owned(), Value::from(peers));
        // The interface can use everything above.
        if let Some(overlay) = &self.file.overlay {
            let context = Value::from_serialize(&names);
            if let Ok(rendered) = self.environment(host).render_str(overlay.interface.get_ref(), context) {
                let interfaces = items(&overlay.interface, &rendered);
                let first = interfaces.first().cloned().unwrap_or_default();
                names.insert("interface".to_owned(), Value::from(first));
                names.insert("interfaces".to_owned(), Value::from(interfaces));
            }
        }
        Value::from_serialize(&names)
    }

    /// A host; `own` secrets are for itself only.
    fn view(&self, index: usize, own: bool) -> Value {
        let Some(member) = self.members.get(index) else { return Value::UNDEFINED };
        let address = member.address.to_string();
        let v4 = member.address.is_ipv4();
        let roles = self.file.roles.iter().filter(|(_, who)| who.includes(index)).map(|(role, _)| role.as_str());
        let mut parts: BTreeMap<&str, Value> = BTreeMap::from([
            ("name", Value::from(member.name.as_str())),
            ("number", Value::from(index + 1)),
            ("url_address", Value::from(if v4 { address.clone() } else { format!("[{address}]") })),
            ("address", Value::from(address)),
            ("address_bits", Value::from(if v4 { 32 } else { 128 })),
            ("family", Value::from(if v4 { "ipv4" } else { "ipv6" })),
            ("interface", Value::from(member.interface.as_str())),
            ("roles", Value::from_iter(roles)),
        ]);
        if let Some(Some(overlay)) = self.overlay.get(index) {
            parts.insert("overlay", Value::from(overlay.as_str()));
        }
        let visible = |fact: &&Fact| own || fact.secrecy != Secrecy::Own;
        let facts = member.facts.iter().filter(|(_, fact)| visible(fact));
        parts.extend(facts.map(|(name, fact)| (name.as_str(), Value::from(fact.value.as_str()))));
        Value::from_serialize(&parts)
    }

    /// The error with its place in the file.
    fn place(&self, text: &Text, error: &Error, missing: &str) -> SystemFileError {
        let span = line_span(self.file.text(), text.span(), error.line().unwrap_or(1));
        let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
        self.file.error(span, format!("the template fails with `{}`{detail}{missing}", error.kind()))
    }
}

/// What a template comes to: one text; a list, one a line, where the file writes it in several lines. What a host said
/// never makes a list.
fn items(template: &Text, rendered: &str) -> Vec<String> {
    if !template.get_ref().contains('\n') {
        return vec![rendered.to_owned()];
    }
    rendered.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The place of a template's line number `line`, from 1, where the TOML string stands at `span`.
fn line_span(file: &str, span: Range<usize>, line: usize) -> Range<usize> {
    let raw = file.get(span.clone()).unwrap_or_default();
    if !raw.starts_with("\"\"\"") && !raw.starts_with("'''") {
        return span;
    }
    // A line end right after the opening quotes is no part of the text.
    let skipped = usize::from(raw.get(3..).is_some_and(|rest| rest.starts_with(['\n', '\r'])));
    let mut start = span.start;
    for (index, raw_line) in raw.split_inclusive('\n').enumerate() {
        if index + 1 == line + skipped {
            return start..start + raw_line.trim_end().len();
        }
        start += raw_line.len();
    }
    span
}

/// Which of a template's names are not there, as the end of a sentence.
fn missing(context: &Value, used: &std::collections::HashSet<String>) -> String {
    let is_missing = |path: &&String| {
        // Functions are no part of the context, and a loop's own names are not undeclared.
        let mut parts = path.split('.');
        let Some(first) = parts.next() else { return false };
        if ["secret", "shared_secret", "x25519_key", "ed25519_pem", "range", "dict", "namespace"].contains(&first) {
            return false;
        }
        let mut value = context.get_attr(first).unwrap_or(Value::UNDEFINED);
        for part in parts {
            if value.is_undefined() {
                break;
            }
            value = value.get_attr(part).unwrap_or(Value::UNDEFINED);
        }
        value.is_undefined()
    };
    let mut names: Vec<&String> = used.iter().filter(is_missing).collect();
    names.sort();
    let listed: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    if listed.is_empty() { String::new() } else { format!(": {} is not known here", listed.join(", ")) }
}

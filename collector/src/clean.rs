//! `collect clean`: each host by itself, whatever becomes of the others.

use crate::campaign::{Roads, Stop};
use crate::doctor;
use crate::host::{Access, Host, HostName};
use futures_util::future::join_all;
use std::cell::RefCell;
use std::fmt;

/// What became of one host.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    /// It was restored; of what, as sentences.
    Restored(Vec<String>),
    /// It could not be reached, or the connection did not end well.
    Failed { what: String, help: Option<String> },
}

/// What has become of each host so far, and of all of them in the end.
#[derive(Debug, Default)]
pub struct Cleaning(RefCell<Vec<(HostName, Option<Fate>)>>);

impl Cleaning {
    /// Before anything is done.
    pub fn of(roads: &Roads) -> Self {
        Self(RefCell::new(roads.hosts.iter().map(|host| (host.name.clone(), None)).collect()))
    }

    /// Connects to each host, whose agent restores what nobody holds any more, and lets it go again. One that is away is
    /// no reason to leave the others as they are.
    pub async fn work(&self, roads: &Roads) {
        let cleaning = (0..).zip(&roads.hosts).map(|(number, host): (usize, _)| async move {
            let fate = one(&roads.access, host, number).await;
            if let Some((_, known)) = self.0.borrow_mut().get_mut(number) {
                *known = Some(fate);
            }
        });
        join_all(cleaning).await;
    }

    /// Hosts that are not known to be restored.
    pub fn left(&self) -> Vec<HostName> {
        let restored = |fate: &Option<Fate>| matches!(fate, Some(Fate::Restored(_)));
        self.0.borrow().iter().filter(|(_, fate)| !restored(fate)).map(|(host, _)| host.clone()).collect()
    }
}

async fn one(access: &Access, host: &Stop, number: usize) -> Fate {
    // Unique, so that a lease that still ends is not met.
    let now = jiff::Timestamp::now().as_nanosecond();
    let lease = format!("clean-{number}-{}-{now:x}", std::process::id());
    let (name, address, interface) = (host.name.clone(), host.address, host.interface.clone());
    let connected = match Host::connect(access, name, address, interface, &lease).await {
        Ok(connected) => connected,
        Err(error) => {
            let finding = doctor::no_way(&host.name, &error);
            return Fate::Failed { what: finding.what, help: finding.help };
        }
    };
    let swept = connected.swept().to_vec();
    match connected.release().await {
        Ok(()) => Fate::Restored(swept),
        Err(error) => Fate::Failed { what: error.to_string(), help: None },
    }
}

impl fmt::Display for Cleaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (host, fate) in self.0.borrow().iter() {
            match fate {
                Some(Fate::Restored(swept)) if swept.is_empty() => writeln!(f, "{host}: nothing was left")?,
                Some(Fate::Restored(swept)) => swept.iter().try_for_each(|swept| writeln!(f, "{host}: {swept}"))?,
                Some(Fate::Failed { what, help }) => {
                    writeln!(f, "{host}: not restored: {what}")?;
                    if let Some(help) = help {
                        writeln!(f, "  → {help}")?;
                    }
                }
                None => writeln!(f, "{host}: not known to be restored: stopped before its agent had answered")?,
            }
        }
        let left = self.left();
        if left.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = left.iter().map(HostName::as_str).collect();
        writeln!(f, "left: {}; `collect clean` again restores what is left there", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_has_its_own_line_and_what_is_left_is_named() {
        let name = |name: &str| name.parse::<HostName>().unwrap();
        let failed = Fate::Failed { what: "failed to connect to h2".to_owned(), help: Some("`ping h2`".to_owned()) };
        let cleaning = Cleaning(RefCell::new(vec![
            (name("h1"), Some(Fate::Restored(Vec::new()))),
            (name("h2"), Some(failed)),
            (name("h3"), Some(Fate::Restored(vec!["took netem of eth0 away".to_owned()]))),
            (name("h4"), None),
        ]));
        let wanted = "h1: nothing was left\nh2: not restored: failed to connect to h2\n  → `ping h2`\n\
                      h3: took netem of eth0 away\nh4: not known to be restored: stopped before its agent had answered\n\
                      left: h2, h4; `collect clean` again restores what is left there\n";
        assert_eq!(cleaning.to_string(), wanted);
        let done = Cleaning(RefCell::new(vec![(name("h1"), Some(Fate::Restored(Vec::new())))]));
        assert!(done.left().is_empty() && !done.to_string().contains("left:"));
    }
}

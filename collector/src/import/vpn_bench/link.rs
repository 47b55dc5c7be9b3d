//! Which link a file is of: what its own words say, held against the folder that it stands in and the layout.

use super::wrapper::Meta;

/// The hosts of a system, and whether a layout names them. Without one they are those that have a folder, and others may
/// have taken part.
#[derive(Debug, Clone, Copy)]
pub struct Hosts<'a> {
    /// The order of most systems' layouts.
    pub ring: &'a [String],
    /// That of the system's own layout; empty without one.
    pub own: &'a [String],
    /// Whether any layout was read.
    pub laid_out: bool,
}

impl<'a> Hosts<'a> {
    /// Whether a host can have taken part.
    pub fn knows(&self, host: &str) -> bool {
        !self.laid_out || self.ring.iter().chain(self.own).any(|known| known == host)
    }

    /// The host after this one in the order of most systems, or where that lacks it in the system's own.
    pub fn next(&self, host: &str) -> Option<&'a str> {
        after(self.ring, host).or_else(|| after(self.own, host))
    }

    /// The links of the system's ring.
    pub fn links(&self) -> Vec<(String, String)> {
        let ring = if self.own.is_empty() { self.ring } else { self.own };
        let link = |host: &String| Some((host.clone(), after(ring, host)?.to_owned()));
        ring.iter().filter_map(link).filter(|(source, target)| source != target).collect()
    }

    /// The target of a link whose client ran on the folder's host, as the file itself names it; `None` where it does not.
    ///
    /// # Errors
    /// What contradicts the folder or the layout: such a file is of no link that anybody knows.
    pub fn target_of(&self, folder: &str, meta: &Meta) -> Result<Option<String>, String> {
        let named = |name: &'a str, host: &Option<String>| host.as_deref().map(|host| (name, host.trim().to_owned()));
        if let Some((_, source)) = named("source", &meta.source).filter(|(_, source)| source != folder) {
            let source = source.escape_debug();
            return Err(format!("`meta.source` is `{source}`, and its folder is of `{}`", folder.escape_debug()));
        }
        let Some((_, target)) = named("target", &meta.target) else { return Ok(None) };
        if target == folder {
            return Err(format!("`meta.target` is `{}`, the source itself, which is no link", target.escape_debug()));
        }
        if !self.knows(&target) {
            return Err(format!("`meta.target` is `{}`, which is no host of the layout", target.escape_debug()));
        }
        Ok(Some(target))
    }

    /// Whether a link may be of the ring.
    pub fn has_link(&self, source: &str, target: &str) -> bool {
        let of = |ring: &[String]| after(ring, source) == Some(target);
        source != target && (!self.laid_out || of(self.ring) || of(self.own))
    }
}

fn after<'a>(ring: &'a [String], host: &str) -> Option<&'a str> {
    let place = ring.iter().position(|other| other == host)?;
    ring.get((place + 1) % ring.len()).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(source: &str, target: &str) -> Meta {
        let word = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Meta { source: word(source), target: word(target), ..Meta::default() }
    }

    #[test]
    fn what_contradicts_folder_or_layout_is_of_no_link() {
        let ring = ["lom", "yuki", "luna"].map(str::to_owned);
        let hosts = Hosts { ring: &ring, own: &ring, laid_out: true };
        let target = |source, target| hosts.target_of("lom", &meta(source, target));
        assert_eq!(target("", ""), Ok(None));
        assert_eq!(target("lom", "yuki"), Ok(Some("yuki".to_owned())));
        assert_eq!(target("", "luna"), Ok(Some("luna".to_owned())), "a link all the same");
        for (source, to, words) in [
            ("yuki", "luna", "`meta.source` is `yuki`, and its folder is of `lom`"),
            ("lom", "lom", "the source itself"),
            ("lom", "mars", "no host of the layout"),
            ("mars", "yuki", "its folder is of `lom`"),
        ] {
            assert!(target(source, to).unwrap_err().contains(words), "{source} {to}");
        }
        assert_eq!(hosts.links().len(), 3);
        assert!(hosts.has_link("luna", "lom") && !hosts.has_link("lom", "luna") && !hosts.has_link("lom", "mars"));
    }

    #[test]
    fn without_a_layout_other_hosts_may_have_taken_part() {
        let ring = ["lom".to_owned()];
        let hosts = Hosts { ring: &ring, own: &[], laid_out: false };
        assert_eq!(hosts.target_of("lom", &meta("lom", "yuki")), Ok(Some("yuki".to_owned())));
        assert!(hosts.target_of("lom", &meta("lom", "lom")).is_err());
        assert!(hosts.links().is_empty() && hosts.has_link("lom", "yuki") && !hosts.has_link("lom", "lom"));
    }
}

//! How to get something, in the words of the host's own distribution.

/// What a host's hints are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Os {
    /// Debian and what descends from it.
    Debian,
    /// NixOS.
    Nixos,
    /// Anything else: both ways are told.
    Other,
}

impl Os {
    /// From the text of `/etc/os-release`.
    pub(super) fn of(os_release: &str) -> Self {
        let value = |key: &str| {
            let line = os_release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_default().trim_matches(['"', '\'']).to_owned()
        };
        let ids = format!("{} {}", value("ID"), value("ID_LIKE"));
        match ids.split_whitespace().find(|id| ["debian", "ubuntu", "nixos"].contains(id)) {
            Some("nixos") => Self::Nixos,
            Some(_) => Self::Debian,
            None => Self::Other,
        }
    }

    /// The way that fits.
    pub(super) fn pick(self, debian: &str, nixos: &str) -> String {
        match self {
            Self::Debian => debian.to_owned(),
            Self::Nixos => nixos.to_owned(),
            Self::Other => format!("Debian: {debian}; NixOS: {nixos}"),
        }
    }

    /// How to get a package, by its names.
    pub(super) fn package(self, debian: &str, nix: &str) -> String {
        self.pick(&format!("apt install {debian}"), &format!("environment.systemPackages = [ pkgs.{nix} ];"))
    }

    /// How to have a kernel module, now and after the next boot.
    pub(super) fn module(self, module: &str) -> String {
        let after = self.pick(
            &format!("echo {module} > /etc/modules-load.d/{module}.conf"),
            &format!("boot.kernelModules = [ \"{module}\" ];"),
        );
        format!("modprobe {module}, and to keep it: {after}. A kernel that has no such module has to be replaced")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_those_of_the_host() {
        assert_eq!(Os::of("PRETTY_NAME=\"Debian 13\"\nID=debian\n"), Os::Debian);
        assert_eq!(Os::of("ID=linuxmint\nID_LIKE=\"ubuntu debian\""), Os::Debian);
        assert_eq!(Os::of("ID=nixos"), Os::Nixos);
        assert_eq!(Os::of("ID=\"nixos\""), Os::Nixos);
        assert_eq!(Os::of("ID=fedora\nVARIANT_ID=debian"), Os::Other);
        assert_eq!(Os::Debian.package("iproute2", "iproute2"), "apt install iproute2");
        assert!(Os::Nixos.module("sch_netem").contains("boot.kernelModules = [ \"sch_netem\" ];"));
        assert!(Os::Other.package("tinc", "tinc").contains("NixOS: environment.systemPackages"));
    }
}

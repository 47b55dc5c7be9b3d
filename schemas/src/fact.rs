//! Facts about hosts: those that both programs read, and which texts are none.

/// The name of the fact that says how many CPU cores a host has.
pub const CORES: &str = "cpu.cores";

/// What a program writes where it cannot read a fact, in any case of letters.
const COMPLAINTS: [&str; 10] = [
    "no such file or directory",
    "no such device",
    "permission denied",
    "operation not permitted",
    "operation not supported",
    "invalid argument",
    "input/output error",
    "command not found",
    ": not found",
    "cannot open",
];

/// Whether a text is the complaint of a program that was to read a fact: `cat: /sys/…: No such file or directory`.
/// Such a fact is not known, and nothing may be compared with it.
pub fn is_complaint(value: &str) -> bool {
    let Some((program, _)) = value.split_once(": ") else { return false };
    let named = !program.is_empty() && !program.contains(char::is_whitespace);
    let lower = value.to_lowercase();
    named && COMPLAINTS.iter().any(|words| lower.contains(words))
}

#[cfg(test)]
mod tests {
    use super::is_complaint;

    #[test]
    fn complaints_are_told_from_facts() {
        for complaint in [
            "cat: /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor: No such file or directory",
            "sh: 1: ethtool: not found",
            "bash: ethtool: command not found",
            "ethtool: bad command line argument(s): Operation not supported",
        ] {
            assert!(is_complaint(complaint), "{complaint}");
        }
        for fact in
            ["performance", "tcp-segmentation-offload: on\ngeneric-receive-offload: off", "Permission denied", ""]
        {
            assert!(!is_complaint(fact), "{fact}");
        }
    }
}

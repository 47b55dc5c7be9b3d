//! Codes of what was odd about a run and was tolerated: the words in the column `notes` of `runs`.

use crate::named::named;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

named! {
    /// What was odd. Where nothing else is said, it is about a tool's output, which was read all the same.
    pub enum NoteCode {
        /// Text before the report was skipped.
        TextBefore = "text-before",
        /// Text after the report was skipped.
        TextAfter = "text-after",
        /// More than one report; the last one with data was taken.
        Doubled = "doubled",
        /// A key occurred twice in an object; the last value was taken. Since 1.2 only where the values differ.
        DuplicateKey = "duplicate-key",
        /// Sums of both directions stood under one key (iperf3 3.7 to 3.10); each was given to its direction.
        BothDirections = "both-directions",
        /// It ends in the middle; complete records before the end were kept.
        Truncated = "truncated",
        /// It is broken somewhere; complete records before that were kept.
        Broken = "broken",
        /// Commas are missing or superfluous.
        Commas = "commas",
        /// The exponent of a number has a blank where a sign was lost; it was read as a plus.
        BlankInNumber = "blank-in-number",
        /// A field holds null, NaN, an infinity or no number at all, and is absent.
        NonFinite = "non-finite",
        /// A field is missing, and its record is absent or incomplete.
        MissingField = "missing-field",
        /// The sum of an interval was not printed; it is that of its streams.
        DerivedSum = "derived-sum",
        /// A total was not printed, or contradicted what was counted in bytes; it was computed from the rest.
        DerivedTotal = "derived-total",
        /// Totals of the far end are placeholders and were left out.
        FarEndUnknown = "far-end-unknown",
        /// Counts of the receiving end come from the server's own report, which says more than the client's.
        ServerReport = "server-report",
        /// The server's own output is text; what it says of the whole test is used where nothing better is there.
        ServerText = "server-text",
        /// Datagrams that an earlier interval counted as lost came later, so an interval's own count would be below zero; it is
        /// absent, and the total has them right.
        LateDatagrams = "late-datagrams",
        /// It begins with a byte order mark.
        ByteOrderMark = "byte-order-mark",
        /// NUL bytes were skipped.
        NulBytes = "nul-bytes",
        /// Bytes that are not UTF-8 were replaced.
        InvalidUtf8 = "invalid-utf8",
        /// A value was nested too deeply and skipped.
        TooDeep = "too-deep",
        /// A line in the middle was not understood and skipped.
        UnknownLine = "unknown-line",
        /// Numbers of the output contradict each other.
        Contradiction = "contradiction",
        /// The clock was set while the tool measured: values that no time can have are absent.
        ClockSet = "clock-set",
        /// A value of zero in units that are too coarse for it is absent.
        BelowResolution = "below-resolution",
        /// Replies came from another address than the one that was asked.
        OtherAddress = "other-address",
        /// Probes left at another pace than was asked, as a kernel's clock or a busy host lets them: the load was another one.
        OtherPace = "other-pace",
        /// A counter wrapped, and what it spoilt was left out (vpn-bench).
        CounterWrap = "counter-wrap",
        /// The gate before the check of a connection asked through the tunnel itself (vpn-bench).
        GateThroughTunnel = "gate-through-tunnel",
        /// A time about the run itself cannot be, and is absent (vpn-bench).
        ImpossibleField = "impossible-field",
        /// What was asked of netem is not told, or cannot be: the columns about it are null (vpn-bench).
        ImpairmentUnknown = "impairment-unknown",
        /// The export has more commands than one; the values are those of the first.
        OtherCommands = "other-commands",
        /// A UDP ladder ended because the sender did not reach the next rate, not because too much was lost. `capacity` is a
        /// lower bound.
        SenderLimited = "sender-limited",
    }
}

impl NoteCode {
    /// Whether a value of the run may be another one for it: it was guessed, derived, or stands where something else may
    /// have stood.
    pub const fn may_change_a_value(self) -> bool {
        match self {
            Self::Doubled
            | Self::BlankInNumber
            | Self::DuplicateKey
            | Self::Truncated
            | Self::Broken
            | Self::MissingField
            | Self::DerivedSum
            | Self::DerivedTotal
            | Self::TooDeep
            | Self::UnknownLine
            | Self::Contradiction
            | Self::OtherAddress
            | Self::OtherCommands => true,
            Self::TextBefore
            | Self::TextAfter
            | Self::BothDirections
            | Self::Commas
            | Self::NonFinite
            | Self::FarEndUnknown
            | Self::ImpossibleField
            | Self::ServerReport
            | Self::ServerText
            | Self::LateDatagrams
            | Self::ByteOrderMark
            | Self::NulBytes
            | Self::InvalidUtf8
            | Self::ClockSet
            | Self::BelowResolution
            // The values are those of the pace that was; it has a finding of its own.
            | Self::OtherPace
            // These have findings of their own.
            | Self::CounterWrap
            | Self::ImpairmentUnknown
            | Self::GateThroughTunnel
            | Self::SenderLimited => false,
        }
    }
}

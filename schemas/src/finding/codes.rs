//! The list of findings.

use super::Severity;
use crate::named::named;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is to be known about one kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    /// The stable name.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it is, in a few words.
    pub title: &'static str,
    /// What it is, and when it is said.
    pub what: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What to do about it.
    pub act: &'static str,
}

macro_rules! findings {
    ($($Name:ident = $code:literal $Severity:ident, $title:literal, what $what:literal why $why:literal act $act:literal;)+) => {
        named! {
            /// One kind of finding; [`Code::info`] says everything about it.
            pub enum Code { $(#[doc = $title] $Name = $code,)+ }
        }

        impl Code {
            /// What is to be known about it.
            pub const fn info(self) -> Info {
                match self {
                    $(Self::$Name => Info {
                        code: $code,
                        severity: Severity::$Severity,
                        title: $title,
                        what: $what,
                        why: $why,
                        act: $act,
                    },)+
                }
            }
        }
    };
}

findings! {
    // Results that mean something else.
    StalledCounted = "stalled-counted" Error, "A stalled run was counted as a success",
        what "A transfer with the outcome `ok` that moved less than 1 kbit/s, or less than a thousandth of the median of its cell, or of its workload and profile."
        why "It is a failure. As a value it pulls means towards zero and hides that the system did not work; as a success it raises the success rate."
        act "Give it the outcome `stalled` and report it as a failure; look at what the daemon logged.";
    PartialRing = "partial-ring" Error, "A part of a ring was counted as a whole",
        what "Links that are measured all at once, of which some failed or are absent while others count as `ok`."
        why "The links that ran had less to compete with, so they are faster than under the load that was asked for."
        act "Treat the whole ring as `partial` and measure it again; totals over a ring need every link.";
    MissingLinks = "missing-links" Warning, "Some links of a cell never gave a value",
        what "A cell with `ok` runs on some of its links and none on the others."
        why "Links differ. A mean over the links that worked compares other links than those of the other systems, and mostly the better ones."
        act "Compare link by link, on links that both systems have; say which ones are missing.";
    SurvivorsOnly = "survivors-only" Warning, "The mean is one of survivors",
        what "A cell in which attempts succeeded significantly less often than those of the other systems in the same workload, tuning and profile, and which has values all the same. Fisher's exact test, one-sided, 5 % over all systems of the comparison: half of it against the others together, half against each by itself. Others that have no value, or that are found to succeed less often themselves, are no standard for the rest. The links of a ring are one attempt, which succeeds where all of them do."
        why "What failed would hardly have been fast. The values that are left are the good cases, and the more fails the better they look."
        act "Show the success rate beside every value; compare values only where success rates are alike.";
    CensoredByLimit = "censored-by-limit" Warning, "The harness's limit ended runs",
        what "A cell with attempts that were stopped at their time limit."
        why "Their true duration is unknown and longer than the limit. Left out, they make the slowest system look faster than it is."
        act "Use a bound or a Kaplan-Meier median, never a mean of the finished ones; raise the limit for all systems alike.";
    HiddenRetry = "hidden-retry" Warning, "A retry hides failed attempts",
        what "An `ok` result for which the harness says that it made more than one attempt, or an earlier attempt whose output a later one replaced."
        why "What failed first is part of how the system behaves. The success rate is too high, and the value is conditional on luck."
        act "Count the hidden attempts as failures; keep every attempt's output.";
    EmptyCell = "empty-cell" Warning, "A cell of the matrix has no value",
        what "A system, tuning, profile and workload that the campaign's other cells imply, in which no attempt ended as `ok`, or which has no row at all. Cells that a system cannot have (`unsupported`) are left out."
        why "Nothing missing may count: not as zero, not as a win, not as a reason to leave the workload out of a score."
        act "Show it as missing with its reason; compute scores only over cells that all systems have.";
    MatrixHole = "matrix-hole" Warning, "Runs of the matrix have no row",
        what "A cell without any row for a link or block that the other systems of its workload, tuning and profile have."
        why "Every attempt should have a row, also a failed one. What has none was left out silently, and it is unknown why."
        act "Find out whether it was never started or was deleted; add it as `skipped` with its reason, or measure it.";

    // Unequal conditions.
    UnequalDuration = "unequal-duration" Warning, "Runs of one workload have different lengths",
        what "A cell whose tool was asked to run for another time than in most cells of the same workload and tuning."
        why "A shorter run weighs the start of a transfer more and varies more, so it is not the same measurement."
        act "Compare only cells of equal length, or measure again.";
    UnequalLimit = "unequal-limit" Warning, "Runs of one workload have different time limits",
        what "A cell whose time limit differs from that of most cells of the same workload and tuning; or with `ok` runs that lasted at least 1.5 times as long as the limit of runs of other cells, or as runs that were stopped, whatever the column of limits says (1.25 times, where the workload's own duration says it)."
        why "A slow system with a short limit fails where the same system with a long one succeeds."
        act "Censor all of them at the shortest limit, or measure again.";
    UnequalTool = "unequal-tool" Warning, "Different tools or versions inside one comparison",
        what "A cell that was measured with another tool, or another version of it, than most cells of the same workload and tuning."
        why "Tools count, pace and report differently; their difference adds to that of the systems."
        act "Use one version on all hosts; compare only cells that were measured alike.";
    UnequalSettings = "unequal-settings" Warning, "The tool was told different things inside one comparison",
        what "A cell whose tool had other settings (streams, leading seconds left out, length of writes, rate, direction) or other socket buffers than most cells of the same workload and tuning."
        why "More streams carry more under loss, and a start that is left out hides the slowest part. It is another measurement under the same name."
        act "Compare only cells with equal settings, or measure again.";
    UnequalCongestionControl = "unequal-congestion-control" Warning, "Different congestion control inside one comparison",
        what "A cell whose senders used another congestion control than most cells of the same workload and tuning."
        why "Under loss the congestion control decides the throughput, more than the VPN does."
        act "Set it for all runs, or make it a tuning of its own.";
    MixedDirections = "mixed-directions" Warning, "One-way and both-way transfers are mixed",
        what "A cell that sent payload both ways at once where most cells of the same workload and tuning sent one way only, or the other way round."
        why "Acknowledgements and payload of the two directions compete, so a throughput of one is not that of the other."
        act "Compare only like with like.";
    DatagramSizeDiffers = "datagram-size-differs" Warning, "Datagrams have different sizes",
        what "A system whose UDP payload per datagram differs from that of the bare network, or of most systems; or runs of a cell whose payload differs from what the system has elsewhere."
        why "Cost is mostly per packet, and one lost fragment loses a large datagram. Throughput, loss and rate of datagrams do not compare."
        act "Set one size that fits through every system.";
    InnerMtuDiffers = "inner-mtu-differs" Note, "Systems have different inner MTUs",
        what "A system whose TCP segment size, or MTU of the overlay's interface, differs from that of the bare network, or of most systems; or runs of a cell whose segments differ from what the system has elsewhere."
        why "A larger MTU saves work per byte inside the tunnel, and large segments are cut again outside. It is a part of a system's design, and a setting that could be equal."
        act "Say it beside the comparison; measure with one MTU to tell the setting from the system.";
    AddressFamilyDiffers = "address-family-differs" Note, "Systems have different address families",
        what "A system whose overlay addresses are of another family than those of the bare network, or of most systems."
        why "IPv6 has a header of 20 bytes more, and offloads and filters of its own."
        act "Say it beside the comparison; use one family where the systems allow it.";
    UnequalTreatment = "unequal-treatment" Warning, "Some systems are restarted and others are not",
        what "A system that was never restarted between runs (or waited for) while others were, or the other way round."
        why "A fresh tunnel has cold caches, new paths and no backlog; a warm one has what earlier runs left behind. The difference is not the system's."
        act "Treat all alike, the bare network included, or make cold and warm a factor.";

    UnequalImpairment = "unequal-impairment" Error, "One profile stands for different impairments",
        what "A cell for which netem was asked something else than for most cells of the same profile."
        why "Cells are compared because their profiles have one name. These were measured under another network."
        act "Give each impairment a name of its own.";

    // Impairment.
    ImpairmentNotRealised = "impairment-not-realised" Error, "The impairment is not what was asked",
        what "Round trips or losses on the bare network that differ from netem's own model of what was configured: uniform or normal jitter clipped at zero, both ends on a round trip. The runs of a system under a profile are looked at together, and each block by itself. Tolerated are 4 standard errors + 10 % + 0.5 ms of delay, and losses with a binomial probability above 1 in 10,000."
        why "Every number under this profile is one of another network than its name says."
        act "Find out what was in force (interface, direction, other rules), and measure again. `collect` verifies each run.";
    ImpairmentUnverified = "impairment-unverified" Warning, "The impairment was configured and not measured",
        what "Runs under an impairment without a calibration of their own on the bare network. A ping of the bare network at another time is no substitute. Or runs of which not even what was asked of netem is known, while it is of others under the profile, or where an importer noted that it could not tell."
        why "A rule that was lost at a reboot or sits on the wrong interface leaves no trace in such data."
        act "Say \"configured\" and not \"realised\"; measure the bare network before and after each run.";
    ReorderingBeyondAsked = "reordering-beyond-asked" Warning, "Far more packets are reordered than asked",
        what "A share of packets out of order above twice what netem was asked to reorder, beyond what chance explains."
        why "Jitter without a rate lets later packets overtake earlier ones, so at a high packet rate most of them arrive out of order. TCP takes that for loss: the profile is one of reordering, whatever its name."
        act "Say the realised share; use a rate, or a delay distribution that keeps the order.";
    ReorderingStarved = "reordering-starved" Note, "A correlated reordering hardly reorders",
        what "A profile that asks netem for reordering with a correlation, of which netem's generator makes less than half."
        why "Correlated numbers of netem pile up around one half, so small ones become rare. What the profile's `reorder` says does not happen; what does is jitter's doing."
        act "Leave the correlation out, or say the share that follows from netem's generator.";
    OffloadUnderNetem = "offload-under-netem" Warning, "Segmentation offload is on under netem",
        what "Hosts that hand super-packets to their interface (TSO or GSO) while netem impairs it."
        why "netem decides once a super-packet. A system that sends TCP through the kernel is dropped and delayed in pieces of up to 64 kB, one that sends single datagrams packet by packet: they are not impaired alike."
        act "Switch TSO and GSO off in a tuning, and compare again.";
    OffloadUnknown = "offload-unknown" Note, "It is unknown whether segmentation offload was on under netem",
        what "An impaired profile on hosts of which no fact says whether TSO and GSO were on."
        why "With them on (the kernel's default) systems are not impaired alike; see offload-under-netem."
        act "Record `ethtool -k`; switch offloads off under netem.";
    FasterThanDelay = "faster-than-delay" Error, "Round trips are faster than the configured delay",
        what "A ping whose mean is below what the bare network takes without impairment plus the delay that netem's model adds, by more than 4 standard errors + 10 % + 0.5 ms."
        why "These packets did not pass the impairment, so the cell says nothing about the profile."
        act "Look for the way around (another interface, loopback, a rule that was lost), and measure again.";
    BetterThanBareNetwork = "better-than-bare-network" Warning, "A system does better than the bare network under impairment",
        what "A throughput above that of the bare network, or a download time below it, on the same links and blocks under the same impairment, by at least 3 % and beyond what the spread of the pairs explains (t, one-sided, p at most 0.01)."
        why "It can be true, because a tunnel may recover from loss and reordering better than the kernel does. It also is what a gentler impairment looks like: super-packets under netem, or a way around it."
        act "Rule out offloads and the path before telling it as a success.";

    // Plausibility.
    ImpossibleValue = "impossible-value" Error, "A value cannot be",
        what "A sample, or a value of an `ok` run, outside of what the catalogue says is possible (FORMAT.md, Catalogue): below zero, a share above 1, a count that its counter cannot hold, a round trip of 0 s, more received than 1.2 times what was sent, quantiles or a mean out of order, more CPU than the host has cores, all packets lost and some answered, a jitter, round trip or download time longer than the run. Or a throughput above the speed of the link or the configured rate (where no interface says its speed, 1.5 times what the bare network carried at best)."
        why "Some counter, clock or parser is wrong, and then it may be wrong elsewhere, too. `collect` gives such runs the outcome `invalid`; a dataset from elsewhere, or of an older version, may hold them as `ok`."
        act "Read the raw output of these runs; give them the outcome `invalid` until it is understood.";
    ImpossibleSample = "impossible-sample" Warning, "A sample cannot be, and no value is made of it",
        what "Samples of `ok` runs outside of what the catalogue says is possible (FORMAT.md, Catalogue), of a series that no metric is made of, such as the datagrams lost in one interval. Where a metric is made of the series it is `impossible-value`."
        why "No estimate has it in it. Whoever looks at the samples themselves gets a sum or a mean that says nothing."
        act "Leave these samples out. `collect` does, and makes the run `invalid` unless its totals show that nothing else is wrong.";
    OddOutput = "odd-output" Warning, "Values rest on odd output of a tool",
        what "`ok` runs with a note that can change a value: a key that occurs twice, a sum or total that was derived, several reports in one, an output that is broken, incomplete, not understood in places or contradicts itself (FORMAT.md, Notes)."
        why "The output was read all the same, with a rule that is right for the defects that are known. Another defect may look the same."
        act "Compare the values of these runs with their raw output, or with the other runs of the cell; use one version of the tool that does not do it.";
    OtherPace = "other-pace" Warning, "Probes left at another pace than asked",
        what "`ok` runs with the note `other-pace`: the time between two probes was not the one asked for, as a kernel's clock or a busy host lets it be."
        why "The values are right for the pace that was, and the load on the path was another one than that of other runs under the same name: with fewer probes a second nothing queues, and idle hosts wake up slowly."
        act "Compare only runs of one pace; ask for an interval that all hosts can keep, or free them from other work.";
    AboveBareNetwork = "above-bare-network" Error, "A system is faster than the network it runs on",
        what "Without impairment, a throughput above that of the bare network or a round trip or download time below it, on the same links and blocks, by at least 3 % and beyond what the spread of the pairs explains (t, one-sided, p at most 0.01)."
        why "Everything that a system sends crosses the bare network with a header more. So either the traffic took another way, or the bare network was measured under worse conditions."
        act "Check the path, and when and how `internal` was measured; measure both in the same blocks.";
    RunTooShort = "run-too-short" Error, "A run is shorter than asked",
        what "An `ok` run that took less than 90 % of the time that it was asked to run for, or has less than 90 % of the samples that others have for the same time."
        why "It ended early, and its total was divided by a time that it did not run."
        act "Read its raw output; give it the outcome `invalid`.";
    RunTooLong = "run-too-long" Warning, "A run took far longer than asked",
        what "An `ok` run that took more than twice the time asked, and at least 7 s and ten median absolute deviations more beyond it than others of its workload and profile do."
        why "Something hung: the tool, the harness or the network. What was measured meanwhile is not what was asked for, and the rest of the campaign was shifted."
        act "Look at what it waited for. A result that came after a hang deserves a second run.";
    FarOffEverywhere = "far-off-everywhere" Warning, "A system is far off under every profile, and nothing explains it",
        what "A system whose rate or time is worse than the median of at least three others (the bare network among them) by a factor of 2 and five robust deviations (median absolute ones, on logarithms), or, for rates and times of a task, where the others are unlike each other, by a factor of 8 and by a factor of 2 from all of them but one; under every profile, with and without impairment, and with at most one other system as far off. Left out is what has an explanation: a rate, or time of a task, that is short of the others' by no more than half of what the system itself has without impairment; round trips that are longer by less than 5 ms, which a daemon's own work can take; times to connect; systems with a finding of another path, tool, setting or duration."
        why "A slow implementation is slow where it is the bottleneck, and like the others where the network is. One that is far off everywhere has mostly another reason than its design: a path through a far host, a build without optimisation, a fallback, a setting, a unit."
        act "Look at the path (round trips link by link), the build and the daemon's log before telling it as the system's speed. If it is, say what it comes from.";
    CounterWrap = "counter-wrap" Error, "A counter wrapped around",
        what "A reported maximum right below 2^16 or 2^32 while the median is at most a hundredth of it, losses of a video stream of ten times the packets that can have been sent, a count within a millionth of 2^32, or an importer's note of it."
        why "Sums and means over such a counter are wrong by multiples of its range."
        act "Leave the metric of these runs out; read the counter before it wraps.";
    ReceiverOverrun = "receiver-overrun" Error, "UDP was offered far above what the line carries",
        what "A UDP run that offered more than 1.2 times what the line carries, of which at least a fifth did not arrive."
        why "The loss is that of the sender's and receiver's own buffers, the throughput is what an overloaded host keeps up with. Neither is the network's or the system's."
        act "Offer a fixed rate below the line's, or search the rate at a loss target (a ladder).";
    DuplicatedResult = "duplicated-result" Error, "Two runs have the same result",
        what "Both of two `ok` runs of one workload that agree in every digit of at least two metrics whose values otherwise never repeat, or of one such metric in which at least three runs of two blocks (or links) do so, or that share their raw output without being measured together."
        why "Repetitions never agree in every digit: a file was copied. The number of replicates is too high, or a cell has another's result."
        act "Compare the raw outputs and remove the copy.";

    // Path.
    WentAround = "went-around" Error, "Traffic went around the data network",
        what "An `ok` run whose traffic did not cross the (impaired) data interface."
        why "It measures another network."
        act "Bind the system to the data network, and measure again.";
    Relayed = "relayed" Warning, "Traffic took a relay",
        what "An `ok` run whose traffic went through a third host."
        why "A relayed path has twice the hops and shares the relay's line. In one mean with direct paths it describes neither."
        act "Report direct and relayed runs apart; find out why no direct path was found.";
    LinksDisagree = "links-disagree" Warning, "Links of a cell disagree",
        what "Means of a cell's links that differ by a factor of at least 1.5 and more than repetition explains (t tests of all pairs of links after taking out the blocks, Bonferroni, 1 % over all cells and headline metrics); with one block, by a factor of at least 2 and, on logarithms, three times as far as for the median system of the workload and profile (a factor of 3 where fewer than three others are there). Of shares the differences count, in place of factors: 5 percentage points, 10 and 20; of other metrics on the linear scale those relative to the mean. Times to connect, which are polled and count from when the later of two hosts was started, differ by 15 s as well."
        why "The mean of a fast and a slow link describes no link. Often one is relayed and the other direct."
        act "Look at each link; look for relays, fallbacks to TCP, and the hosts' hardware.";
    Bimodal = "bimodal" Warning, "Values of a cell form two groups",
        what "At least 6 values of a cell, each relative to its link's median, that split into two groups of at least two values with a gap of a factor of 2 and 97 % of the variance of the logarithms between them."
        why "The system has two states, such as relayed and direct. A mean describes neither, and its interval is meaningless."
        act "Find out what tells the states apart, and report them apart.";

    // Order and time.
    Drift = "drift" Warning, "The control runs drift",
        what "Control runs whose values change with their place in the campaign (regression on the position within links, 1 % over all control series) by at least 3 % from the first to the last, or from the start to the end of blocks."
        why "The hosts or the network became slower or faster meanwhile. What was measured early does not compare with what was measured late, unless order was random."
        act "Compare within blocks only; look at load, temperature and neighbours.";
    NeighbouringBlocksAlike = "neighbouring-blocks-alike" Warning, "Neighbouring blocks are alike",
        what "Values whose autocorrelation from block to block, on average over all cells and headline metrics with a value in every block, is at least 0.1 above what chance gives, and larger than in 99.5 % of shuffled orders of the blocks. It takes 6 blocks."
        why "Intervals and tests over blocks take them for independent. Where neighbours are correlated by 0.3, intervals that claim 95 % hold in 84 to 93 %, and more blocks do not help."
        act "Intervals and tests allow for it as long as `--interval` is `auto` or `dependent`, and say `dependent-blocks`; they are wider for it. Look for what changes slowly: load, temperature, other traffic. Spread the blocks over more time, or leave some between.";
    PositionMatters = "position-matters" Warning, "The place within a block matters",
        what "Values that go with the place of a system within its block, or of a profile within the stay of a system: by at least 3 % from the first place to the last, on average over all cells and headline metrics without the means of cells and blocks, and more than in 99.5 % of orders drawn anew. It takes a thousand orders that could have been, and not the same one each time."
        why "Something changes over a block, such as heat, caches or the state of a host. In random order it adds to the error of every comparison; in another order it would be taken for a difference of systems."
        act "Look for what builds up over a block; leave time between systems, or restart more. Keep the order random, and compare over many blocks.";
    CarryOver = "carry-over" Warning, "What was measured before matters",
        what "Values that go with the system (or the profile) that was measured before in the same block, of three or more: by at least 3 % after one of them, and with all of them more than in 99.5 % of orders drawn anew, looked at as for `position-matters` and without what goes with the place."
        why "What a system leaves behind (routes, rules, buffers, processes, heat) is measured with the next one. Systems that happen to follow it look better or worse than they are."
        act "Look at what that system leaves on the hosts (`collect systems check` compares before and after); wait or reboot between systems.";
    NoControlRuns = "no-control-runs" Note, "There are no control runs",
        what "A campaign without runs of the bare network at both ends of blocks."
        why "Drift of the hosts or the network cannot be told from a difference of systems that were measured at different times."
        act "Switch controls on.";
    OrderConfounded = "order-confounded" Warning, "The order is confounded with the system",
        what "A comparison in which each system was measured in one contiguous piece of time, apart from all others, or in blocks of its own; or a system that was measured before or after all others."
        why "Whatever changed between the pieces (temperature, load, updates, neighbours) counts as a difference of systems, and no test can tell them apart."
        act "Measure in several blocks, each with all systems in random order.";
    FixedOrder = "fixed-order" Warning, "Systems are measured in the same order each time",
        what "Systems that come in the same order in every block, which by chance would happen less than once in a hundred campaigns."
        why "What comes first warms up caches and hosts for what follows, in each block alike, so repetition does not average it out."
        act "Draw the order anew for each block.";
    ClockBackwards = "clock-backwards" Warning, "Starts go backwards against the order",
        what "Runs that started earlier than a run with a lower position."
        why "A clock was set, or the position is wrong. Order, drift and overlap cannot be judged."
        act "Synchronise the clocks before a campaign; do not step them during one.";
    OverlappingRuns = "overlapping-runs" Error, "Runs overlap on one link",
        what "A run that started on a link before an earlier one on the same link had ended, other than those that are measured together."
        why "They shared the link, so each is slower than alone."
        act "Check the clocks first; measure these runs again.";

    // Design.
    LinksOnlyInterval = "links-only-interval" Warning, "Intervals cover links, not repetitions",
        what "Estimates from one block: the interval is over links."
        why "It says how links differ. What would come out when the same is measured again is unknown, and no test on it says anything about repetitions."
        act "Measure at least 6 blocks.";
    TooFewBlocks = "too-few-blocks" Warning, "Too few blocks for any comparison",
        what "A workload in which no two systems share 6 blocks."
        why "The exact paired test over n blocks cannot give a p value below 2/2^n: with 5 blocks 0.0625. No difference, however large, can be told at 5 %."
        act "Measure at least 6 blocks; `collect plan` says what more would tell.";
    TooFewBlocksForPairs = "too-few-blocks-for-pairs" Note, "Too few blocks to compare all pairs",
        what "A workload in which some systems share enough blocks for one comparison, and some too few for Holm's correction over all pairs of systems."
        why "The smallest p value that n blocks can give, 2/2^n, is above 0.05 divided by the number of pairs."
        act "Name the few comparisons that matter beforehand, or measure more blocks.";
    FactorsTied = "factors-tied" Warning, "Several factors change at once",
        what "A system that shares no tuning, no profile or no link with the other systems of a workload."
        why "A comparison with it changes the system and the other factor at once, and cannot say which of them made the difference."
        act "Measure every system under at least one common setting.";
    LinkDown = "link-down" Warning, "The data link was down during runs",
        what "An `ok` run during which the carrier of a data interface went or came, or before or after which one was not up."
        why "Seconds without a link count as the system's own: less throughput, lost echoes, a tunnel that has to find its way again."
        act "Leave these runs out or make them again; look at the cable, at the switch, and at what the kernels of the hosts logged.";
    ForeignQdisc = "foreign-qdisc" Error, "A queueing discipline of somebody else's was in force",
        what "A run before or after which a data interface had a queueing discipline that is neither the kernel's own nor the campaign's."
        why "It can delay, drop or slow down what is measured: `baseline` is then not the bare network, and nothing else is what was asked for."
        act "Find out what set it up, remove it with `tc qdisc del`, and measure again.";
    OtherLoad = "other-load" Warning, "Other programs used the hosts' CPU during runs",
        what "`ok` runs during which programs that were neither measured nor measuring spent more than a quarter of a core in user mode, on source or target."
        why "Encryption competes for the CPU: whoever is measured meanwhile looks slower, and runs differ for a reason that is none of the systems'."
        act "Find the program, end it or move it, and make these runs again; compare the systems that it fell on with care.";
    HostsChanged = "hosts-changed" Warning, "Hosts changed during the campaign",
        what "A fact about a host (kernel, tool, MTU, offloads, governor, …) that is not the same in all phases."
        why "Runs before and after were made on different hosts, in effect."
        act "Compare within blocks before or after the change only.";
    HostsDiffer = "hosts-differ" Note, "Hosts are not alike",
        what "A fact that differs between the hosts of the campaign."
        why "Links between different hosts differ for that reason, too. It matters where links are compared or one of them is missing."
        act "Say it; compare systems on the same links.";
    VersionUnknown = "version-unknown" Note, "Versions of systems are not recorded",
        what "Systems without the version of their daemon."
        why "Nobody can repeat it, and the next release may behave differently."
        act "Record the version and the hash of the binary.";
    NoRawSamples = "no-raw-samples" Note, "Only summaries are left of a metric",
        what "Values of which the dataset has the tool's summary and no samples."
        why "Distribution, quantiles, drift and outliers inside a run cannot be seen, and the summary cannot be checked."
        act "Keep the raw output of the tools.";
}

impl Code {
    /// Whether it says that a cell or system differs from the others: it harms a comparison of two that differ.
    pub const fn is_difference(self) -> bool {
        matches!(
            self,
            Self::UnequalDuration
                | Self::UnequalLimit
                | Self::UnequalTool
                | Self::UnequalSettings
                | Self::UnequalCongestionControl
                | Self::MixedDirections
                | Self::UnequalImpairment
                | Self::DatagramSizeDiffers
                | Self::InnerMtuDiffers
                | Self::AddressFamilyDiffers
                | Self::UnequalTreatment
        )
    }

    /// Whether it can be why a system is far off the others.
    pub const fn explains_distance(self) -> bool {
        matches!(
            self,
            Self::UnequalDuration
                | Self::UnequalTool
                | Self::UnequalSettings
                | Self::UnequalCongestionControl
                | Self::MixedDirections
                | Self::UnequalImpairment
                | Self::DatagramSizeDiffers
                | Self::ImpairmentNotRealised
                | Self::ImpossibleValue
                | Self::CounterWrap
                | Self::ReceiverOverrun
                | Self::WentAround
                | Self::Relayed
                | Self::OverlappingRuns
        )
    }
}

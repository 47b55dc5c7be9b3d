//! What a server that writes text says of a UDP test as a whole: the part of `server_output_text` that a client lacks.
//!
//! ```text
//! [ ID] Interval           Transfer     Bitrate         Jitter    Lost/Total Datagrams
//! [  5]   0.00-2.01   sec   458 MBytes  1.91 Gbits/sec  0.020 ms  17713/417713 (4.2%)  receiver
//! [SUM]  0.0- 2.0 sec  59 datagrams received out-of-order
//! ```

use super::counts::Counts;

/// What stands above the totals.
const RULE: &str = "- - - - -";

/// Counts of what the server received. With `both`, lines of what it sent stand beside them, and say so.
pub(super) fn counts(text: &str, both: bool) -> Option<Counts> {
    let totals = text.rsplit_once(RULE).map(|(_, totals)| totals)?;
    let ours = |line: &&str| if both { line.contains("[RX-S]") } else { !line.contains("[TX-S]") };
    let lines = || totals.lines().filter(ours);
    let received: Vec<(bool, Counts)> =
        lines().filter_map(|line| Some((line.starts_with("[SUM]"), line_of(line)?))).collect();
    // The sum of several streams is printed beside them.
    let summed = received.iter().any(|(sum, _)| *sum);
    let own: Vec<Counts> = received.into_iter().filter(|(sum, _)| *sum == summed).map(|(_, counts)| counts).collect();
    let add = |field: fn(&Counts) -> Option<f64>| own.iter().map(field).sum::<Option<f64>>();
    if own.is_empty() {
        return None;
    }
    let jitters: Option<f64> = add(|counts| counts.jitter_s);
    Some(Counts {
        packets: add(|counts| counts.packets),
        lost: add(|counts| counts.lost),
        // Where none came out of order, no line says so; where some did, each stream has one.
        out_of_order: Some(lines().filter_map(disorder).sum()),
        jitter_s: jitters.map(|sum| sum / own.len() as f64),
    })
}

/// `… 0.020 ms  17713/417713 (4.2%)  receiver`
fn line_of(line: &str) -> Option<Counts> {
    let words: Vec<&str> = line.split_whitespace().collect();
    if words.last() == Some(&"sender") {
        return None;
    }
    let at = words
        .iter()
        .position(|word| word.contains('/') && number(word.split_once('/').map(|(lost, _)| lost)).is_some())?;
    let (lost, packets) = words.get(at)?.split_once('/')?;
    let jitter = at.checked_sub(2).and_then(|at| number(words.get(at).copied()));
    let in_ms = at.checked_sub(1).and_then(|at| words.get(at)) == Some(&"ms");
    Some(Counts {
        packets: Some(number(Some(packets))?),
        lost: Some(number(Some(lost))?),
        out_of_order: None,
        jitter_s: jitter.filter(|_| in_ms).map(|ms| ms / 1e3),
    })
}

/// `[SUM]  0.0- 2.0 sec  59 datagrams received out-of-order`
fn disorder(line: &str) -> Option<f64> {
    let (before, _) = line.split_once("datagrams received out-of-order")?;
    number(before.split_whitespace().next_back())
}

fn number(word: Option<&str>) -> Option<f64> {
    word?.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "Accepted connection from 10.0.0.1, port 4\n\
        [  5]   0.00-1.00   sec   229 MBytes  1.92 Gbits/sec  0.021 ms  8857/208857 (4.2%)\n\
        - - - - - - - - - - - - - - - - - - - - - - - - -\n\
        [ ID] Interval           Transfer     Bitrate         Jitter    Lost/Total Datagrams\n";

    #[test]
    fn the_totals_of_one_stream() {
        let line = "[  5]   0.00-2.01   sec   458 MBytes  1.91 Gbits/sec  0.020 ms  17713/417713 (4.2%)  receiver\n";
        let counts = counts(&format!("{HEAD}{line}"), false).unwrap();
        assert_eq!((counts.packets, counts.lost), (Some(417_713.0), Some(17_713.0)));
        assert_eq!((counts.jitter_s, counts.out_of_order), (Some(0.020 / 1e3), Some(0.0)));
    }

    #[test]
    fn sums_and_directions() {
        let lines = "[  5][RX-S]   0.00-2.01   sec   4 MBytes  1.91 Gbits/sec  0.020 ms  1/10 (10%)  receiver\n\
            [  6][RX-S]   0.00-2.01   sec   4 MBytes  1.91 Gbits/sec  0.040 ms  2/10 (20%)  receiver\n\
            [  7][TX-S]   0.00-2.01   sec   4 MBytes  1.91 Gbits/sec  0.000 ms  0/99 (0%)  sender\n";
        let both = counts(&format!("{HEAD}{lines}"), true).unwrap();
        assert_eq!((both.packets, both.lost), (Some(20.0), Some(3.0)));
        assert!((both.jitter_s.unwrap() - 3e-5).abs() < 1e-12);
        let lines = "[  5]   0.00-2.01   sec   4 MBytes  1.91 Gbits/sec  0.020 ms  1/10 (10%)\n\
            [  5] 0.0- 2.0 sec  7 datagrams received out-of-order\n\
            [SUM]   0.00-2.01   sec   4 MBytes  1.91 Gbits/sec  0.020 ms  3/20 (15%)  receiver\n";
        let sum = counts(&format!("{HEAD}{lines}"), false).unwrap();
        assert_eq!((sum.packets, sum.lost, sum.out_of_order), (Some(20.0), Some(3.0), Some(7.0)));
    }

    #[test]
    fn what_is_no_such_text_says_nothing() {
        for text in ["", "nan/nan", "[  5]   0.00-1.00   sec  1/2", HEAD, "- - - - -\n/ (\n1/x ms\ninf/inf\n"] {
            assert_eq!(counts(text, false), None, "{text}");
        }
    }
}

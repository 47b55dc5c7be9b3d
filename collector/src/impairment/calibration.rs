//! What calibration says about an impairment, in words. The rule is `meshbench_stats::impairment`.

use meshbench_stats::impairment::{self, Delay, Disagreement, Expectation};

/// How the round trips of some calibrations (seconds; of `sent` echoes altogether) disagree with the expectation, as a
/// sentence; `None` where they agree. `base` are round trips over the same underlay without impairment, seconds.
pub fn disagreement(calibrations: &[&[f64]], sent: u64, base: &[f64], expectation: &Expectation) -> Option<String> {
    impairment::disagreement(calibrations, sent, base, expectation).map(sentence)
}

fn sentence(found: Disagreement) -> String {
    match found {
        Disagreement::Delay(Delay { echoes, added_s, expected_s, allowed_s }) => format!(
            "{echoes} echoes took {:.2} ms longer than without impairment, expected are {:.2} ± {:.2} ms",
            added_s * 1e3,
            expected_s * 1e3,
            allowed_s * 1e3
        ),
        Disagreement::Spread { echoes, found_s, expected_s, most_s } => format!(
            "the round trips of {echoes} echoes have a standard deviation of {:.2} ms, expected is {:.2} and at most {:.2} ms",
            found_s * 1e3,
            expected_s * 1e3,
            most_s * 1e3
        ),
        Disagreement::Losses { lost, sent, expected } => {
            format!("{lost} of {sent} echoes were lost, expected are {:.2} %", expected * 100.0)
        }
        Disagreement::Silence { sent } => format!("none of {sent} echoes was answered"),
        Disagreement::NothingToCompareWith => "there is no round trip without impairment to compare with".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_disagreement_is_a_sentence_with_its_numbers() {
        let none = impairment::Impairment::default().expectation();
        let quiet = [1.5e-4; 20];
        let found =
            |calibrations: &[&[f64]], sent, base: &[f64]| disagreement(calibrations, sent, base, &none).unwrap();
        assert_eq!(
            found(&[&[4.15e-3; 20]], 20, &quiet),
            "19 echoes took 4.00 ms longer than without impairment, expected are 0.00 ± 0.50 ms"
        );
        assert_eq!(found(&[&quiet], 40, &quiet), "20 of 40 echoes were lost, expected are 0.00 %");
        assert_eq!(found(&[&quiet], 20, &[]), "there is no round trip without impairment to compare with");
        let wide: Vec<f64> = (0..20).map(|echo| if echo % 2 == 0 { 0.05e-3 } else { 1.25e-3 }).collect();
        assert!(
            found(&[&wide], 20, &quiet)
                .starts_with("the round trips of 19 echoes have a standard deviation of 0.62 ms")
        );
        assert_eq!(disagreement(&[&quiet], 20, &quiet, &none), None);
    }
}

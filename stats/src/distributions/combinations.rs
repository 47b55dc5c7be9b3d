//! How many ways there are to choose.

use statrs::function::factorial::ln_binomial;

/// C(n, k), exact as long as n times it fits a double's 53 bits, and to a few roundings beyond; infinite where it
/// exceeds the largest double.
pub fn choose(n: usize, k: usize) -> f64 {
    if k > n {
        return 0.0;
    }
    // Each product of i neighbouring numbers is divisible by i!, so that every step is a whole number.
    (0..k.min(n - k)).fold(1.0, |ways, i| ways * (n - i) as f64 / (i + 1) as f64)
}

/// C(n, 0) + C(n, 1) + … + C(n, k): the subsets of at most k.
pub fn choose_up_to(n: usize, k: usize) -> f64 {
    let (mut ways, mut total) = (1.0, 1.0);
    for i in 0..k.min(n) {
        ways *= (n - i) as f64 / (i + 1) as f64;
        total += ways;
    }
    total
}

/// C(part, j) / C(n, k), at most 1, also where both exceed the largest double.
pub fn share(part: usize, j: usize, n: usize, k: usize) -> f64 {
    let (few, all) = (choose(part, j), choose(n, k));
    if few == 0.0 || all == 0.0 {
        0.0
    } else if all.is_finite() {
        few / all
    } else {
        (ln_binomial(part as u64, j as u64) - ln_binomial(n as u64, k as u64)).exp().min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_ones_are_exact_and_huge_ones_stay_shares() {
        assert_eq!([choose(8, 4), choose(20, 10), choose(3, 5), choose(5, 0)], [70.0, 184_756.0, 0.0, 1.0]);
        assert_eq!(choose(50, 25), 126_410_606_437_752.0);
        assert_eq!([choose_up_to(10, 2).round(), choose_up_to(15, 15).round()], [56.0, 32_768.0]);
        assert_eq!(choose_up_to(1_000_000, 500_000), f64::INFINITY);
        assert_eq!(share(5000, 2500, 5000, 2500), 1.0);
        let tiny = share(1, 1, 1200, 600);
        assert!((0.0..1e-300).contains(&tiny));
    }
}

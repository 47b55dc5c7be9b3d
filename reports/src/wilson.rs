//! Wilson's score interval, for the pooled success table only; every other interval comes from analysis.

/// Wilson's interval for `ok` of `n` at a confidence, both ends within 0 to 1; `None` where `n` is 0 or
/// the confidence is not between 0 and 1.
pub fn interval(ok: u32, n: u32, confidence: f64) -> Option<(f64, f64)> {
    if n == 0 || ok > n {
        return None;
    }
    let z = normal_quantile(0.5 + confidence / 2.0)?;
    let (ok, n) = (f64::from(ok), f64::from(n));
    let p = ok / n;
    let centre = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    let low = if ok == 0.0 { 0.0 } else { ((centre - half) / scale).max(0.0) };
    let high = if ok == n { 1.0 } else { ((centre + half) / scale).min(1.0) };
    Some((low, high))
}

/// The standard normal quantile above the median: Wichura's AS 241 (PPND16), relative error below 1e-15
/// in its central region and used here in its tail region as well.
fn normal_quantile(p: f64) -> Option<f64> {
    if !(p > 0.5 && p < 1.0) {
        return None;
    }
    let q = p - 0.5;
    let ratio = |r: f64, a: [f64; 8], b: [f64; 8]| {
        let horner = |c: [f64; 8]| c.iter().rev().fold(0.0, |sum, c| sum * r + c);
        horner(a) / horner(b)
    };
    if q <= 0.425 {
        return Some(q * ratio(0.180625 - q * q, CENTRE.0, CENTRE.1));
    }
    let r = (-(1.0 - p).ln()).sqrt();
    Some(if r <= 5.0 { ratio(r - 1.6, TAIL.0, TAIL.1) } else { ratio(r - 5.0, FAR.0, FAR.1) })
}

type Coefficients = ([f64; 8], [f64; 8]);

const CENTRE: Coefficients = (
    [
        3.387_132_872_796_366_5,
        1.331_416_678_917_843_8e2,
        1.971_590_950_306_551_3e3,
        1.373_169_376_550_946e4,
        4.592_195_393_154_987e4,
        6.726_577_092_700_87e4,
        3.343_057_558_358_813e4,
        2.509_080_928_730_122_7e3,
    ],
    [
        1.0,
        4.231_333_070_160_091e1,
        6.871_870_074_920_579e2,
        5.394_196_021_424_751e3,
        2.121_379_430_158_659_7e4,
        3.930_789_580_009_271e4,
        2.872_908_573_572_194_3e4,
        5.226_495_278_852_854e3,
    ],
);
const TAIL: Coefficients = (
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        2.417_807_251_774_506e-1,
        2.272_384_498_926_918_4e-2,
        7.745_450_142_783_414e-4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        6.897_673_349_851e-1,
        1.481_039_764_274_800_8e-1,
        1.519_866_656_361_645_7e-2,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
);
const FAR: Coefficients = (
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        2.965_605_718_285_048_7e-1,
        2.653_218_952_657_612_4e-2,
        1.242_660_947_388_078_4e-3,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        1.0,
        5.998_322_065_558_88e-1,
        1.369_298_809_227_358e-1,
        1.487_536_129_085_061_5e-2,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ],
);

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy 1.15 `binomtest(k, n).proportion_ci(c, method="wilson")`.
    #[test]
    fn agrees_with_scipy() {
        for (ok, n, confidence, low, high) in GOLDEN {
            let (l, h) = interval(ok, n, confidence).unwrap();
            assert!((l - low).abs() < 1e-12 && (h - high).abs() < 1e-12, "{ok}/{n}: {l} {h}");
        }
        assert_eq!(interval(0, 0, 0.95), None);
    }

    include!("wilson_golden.rs");
}

//! The receipt as lines: what was checked, how it came out, its number.

use vitrine_schema::receipt::{Receipt, TrustId};
use vitrine_schema::{Check, Explanation, Verdict};

use super::{Ways, blanks, moved, seeds};
use crate::number::{percent, plain, signed};

/// Certainty that the first words have to take with them to matter, and that may be lost with them alone if they suffice.
const CERTAINTY: f32 = 0.1;
/// Kendall τ from which two orders agree, and below which they do not.
const AGREE: [f32; 2] = [0.5, 0.25];
/// Share of the largest score by which a score may hang on the blank or the seed.
const SPREAD: f32 = 0.1;

/// How a check came out, what it is, and its number.
pub type Line = (Verdict, String, String);

/// Whether the parts add up, and what the receipt measured, as far as it is measured.
#[must_use]
pub fn checks(found: &Explanation) -> Vec<Line> {
    std::iter::once(sum(found)).chain(found.receipt.iter().flat_map(|receipt| measured(found, receipt))).collect()
}

fn sum(found: &Explanation) -> Line {
    let check = found.completeness();
    let verdict = match check {
        Some(Check { verdict, .. }) if found.trusted() || *verdict == Verdict::Fail => *verdict,
        // The colours go for another reason, which has its own line.
        Some(Check { verdict, .. }) if found.receipt.is_some() => *verdict,
        _ => Verdict::Fail,
    };
    let said = match verdict {
        Verdict::Pass => "adds up to the answer",
        Verdict::Warn => "nearly adds up to the answer",
        Verdict::NotPromised => "does not promise to add up",
        Verdict::Fail => "does not add up to the answer",
    };
    let gap = check.filter(|_| found.has_blank() && found.method.signed());
    (verdict, said.to_owned(), gap.map_or_else(String::new, |check| format!("gap {}", percent(check.relative))))
}

fn measured(found: &Explanation, receipt: &Receipt) -> Vec<Line> {
    let line = |verdict: Verdict, said: &str, number: String| Some((verdict, said.to_owned(), number));
    let figures = receipt.figures();
    let order = receipt.ratio().and_then(|ratio| {
        let number = format!("{} ×", plain(ratio));
        match receipt.verdict.id {
            TrustId::Untested => None,
            _ if ratio >= Receipt::HOLDS => line(Verdict::Pass, "better than random removal", number),
            _ if ratio >= Receipt::FAILS => line(Verdict::Warn, "a little better than random removal", number),
            _ => line(Verdict::Fail, "no better than random removal", number),
        }
    });
    let drop = |lost: f32| format!("drop {}", plain(lost));
    let matter = figures.comprehensiveness.and_then(|lost| match lost >= CERTAINTY {
        true => line(Verdict::Pass, "the top words matter", drop(lost)),
        false => line(Verdict::Warn, "the top words hardly matter", drop(lost)),
    });
    let suffice = figures.sufficiency.and_then(|lost| match lost <= CERTAINTY {
        true => line(Verdict::Pass, "the top words suffice", drop(lost)),
        false => line(Verdict::Warn, "the top words do not suffice", drop(lost)),
    });
    let [agree, apart] = AGREE;
    let alone = receipt.kendall_tau_loo.and_then(|tau| {
        let number = format!("τ {}", signed(tau));
        match tau {
            _ if tau >= agree => line(Verdict::Pass, "agrees with each word alone", number),
            _ if tau >= apart => line(Verdict::Warn, "partly agrees with each word alone", number),
            _ => line(Verdict::Fail, "disagrees with each word alone", number),
        }
    });
    let spread = |ways: Option<Ways>, less: &str, more: &str| {
        let spread = spread(&ways?)?;
        let number = format!("spread {}", percent(spread));
        if spread <= SPREAD { line(Verdict::Pass, less, number) } else { line(Verdict::Warn, more, number) }
    };
    let blank = spread(blanks(found, receipt), "hardly depends on the blank", "depends on the blank used");
    let seed = spread(seeds(found, receipt), "hardly depends on the seed", "depends on the seed");
    [order, matter, suffice, alone, blank, seed].into_iter().flatten().collect()
}

/// The largest difference that a way makes to a score, over the largest score; `None` where all are 0.
fn spread(ways: &Ways) -> Option<f32> {
    let largest = ways.players.iter().flat_map(|(_, scores)| scores).fold(0.0f32, |most, score| most.max(score.abs()));
    let most = ways.players.iter().map(|(_, scores)| moved(scores)).fold(0.0, f32::max);
    (largest > 0.0 && most.is_finite()).then(|| most / largest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::example;
    use crate::receipt::tests::receipt;

    #[test]
    fn each_check_is_a_line_with_its_number() {
        let mut found = example();
        assert_eq!(checks(&found).len(), 1);
        found.method.id = vitrine_schema::MethodId::IntegratedGradients;
        let scores = |dull: f32| vec![0.0, dull, 0.25, 1.0, 0.5, 0.0];
        found.receipt = Some(Box::new(Receipt {
            comprehensiveness: vec![0.5, 0.75],
            sufficiency: vec![0.5, 0.25],
            kendall_tau_loo: Some(0.9),
            baseline_spread: [("mask".to_owned(), scores(-3.0)), ("zero".to_owned(), scores(-2.0))].into(),
            ..receipt(TrustId::Holds, [4.0, 0.0, 0.0, 0.0])
        }));
        let lines = checks(&found);
        let said: Vec<(Verdict, &str)> = lines.iter().map(|(verdict, said, _)| (*verdict, said.as_str())).collect();
        assert_eq!(
            said,
            [
                (Verdict::Pass, "adds up to the answer"),
                (Verdict::Pass, "better than random removal"),
                (Verdict::Pass, "the top words matter"),
                (Verdict::Warn, "the top words do not suffice"),
                (Verdict::Pass, "agrees with each word alone"),
                (Verdict::Warn, "depends on the blank used"),
            ]
        );
        assert!(lines.iter().all(|(_, _, number)| !number.is_empty()));
    }
}

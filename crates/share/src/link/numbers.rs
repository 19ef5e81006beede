//! The numbers of an explanation.
//!
//! ```text
//! 1      which figures follow: bit 0 a receipt, bit 1 its ratio, bit 2 Kendall's τ, bit 3 comprehensiveness, bit 4 sufficiency
//! 4 4    F(x), F(x′)
//! n 4×n  logits
//! 4×     a score for each token
//! 4×     the figures of the receipt, those that are there
//! n 4    of a receipt: its players, and the largest effect of a removal; that alone where there is a player
//! 2×n    each effect as a share of the largest, −32767 to 32767
//! ```

use vitrine_schema::{Explanation, Figures, Receipt};

use super::LinkError;
use super::bytes::{Reader, Writer, held};

const RECEIPT: u8 = 1;

/// Numbers of one explanation.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// `F(x)`, `F(x′)`.
    pub values: [f32; 2],
    /// Logits, as the finding has them.
    pub logits: Vec<f32>,
    /// A score for each token.
    pub scores: Vec<f32>,
    /// The receipt, if there is one.
    pub receipt: Option<Measured>,
}

/// Numbers of a receipt.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// What its curves come to.
    pub figures: Figures,
    /// Agreement with taking out each player alone.
    pub kendall_tau: Option<f32>,
    /// What taking out each player changes.
    pub removal: Vec<f32>,
}

impl Numbers {
    /// The numbers of an explanation, as they will arrive.
    pub fn of(explanation: &Explanation) -> Result<Self, LinkError> {
        let Explanation { value, baseline_value, logits, scores, receipt, .. } = explanation;
        let all = |values: &[f32]| values.iter().map(|value| held(*value)).collect::<Result<Vec<f32>, _>>();
        let some = |figure: Option<f32>| figure.map(held).transpose();
        let measured = |receipt: &Receipt| {
            let Figures { ratio, comprehensiveness, sufficiency } = receipt.figures();
            let (ratio, comprehensiveness, sufficiency) = (some(ratio)?, some(comprehensiveness)?, some(sufficiency)?);
            let (largest, shares) = shares_of(&all(&receipt.removal)?);
            Ok(Measured {
                figures: Figures { ratio, comprehensiveness, sufficiency },
                kendall_tau: some(receipt.kendall_tau_loo)?,
                removal: shares.into_iter().map(|share| effect(share, largest)).collect(),
            })
        };
        Ok(Self {
            values: [held(*value)?, held(*baseline_value)?],
            logits: all(logits)?,
            scores: all(scores)?,
            receipt: receipt.as_deref().map(measured).transpose()?,
        })
    }

    /// Writes them.
    pub fn write(&self, writer: &mut Writer) {
        let figures = self.receipt.as_ref().map(Measured::figures).unwrap_or_default();
        let there = figures.iter().enumerate().map(|(bit, figure)| u8::from(figure.is_some()) << (bit + 1)).sum::<u8>();
        writer.byte(there | if self.receipt.is_some() { RECEIPT } else { 0 });
        writer.floats(&self.values);
        writer.count(self.logits.len());
        writer.floats(&self.logits);
        writer.floats(&self.scores);
        let Some(Measured { removal, .. }) = &self.receipt else { return };
        figures.into_iter().flatten().for_each(|figure| writer.floats(&[figure]));
        writer.count(removal.len());
        let (largest, shares) = shares_of(removal);
        if !shares.is_empty() {
            writer.floats(&[largest]);
        }
        shares.into_iter().for_each(|share| writer.short(share));
    }

    /// Reads those of a text of so many tokens.
    pub fn read(n_tokens: usize, reader: &mut Reader<'_>) -> Result<Self, LinkError> {
        let there = reader.byte()?;
        let values = [reader.float()?, reader.float()?];
        let n_logits = reader.count_of(4)?;
        let (logits, scores) = (reader.floats(n_logits)?, reader.floats(n_tokens)?);
        let mut numbers = Self { values, logits, scores, receipt: None };
        if there & RECEIPT == 0 {
            return Ok(numbers);
        }
        let mut figures = [None; 4];
        for (bit, figure) in figures.iter_mut().enumerate() {
            if there >> (bit + 1) & 1 == 1 {
                *figure = Some(reader.float()?);
            }
        }
        let [ratio, kendall_tau, comprehensiveness, sufficiency] = figures;
        let n_players = reader.count_of(2)?;
        let largest = if n_players > 0 { reader.float()? } else { 0.0 };
        let shares = (0..n_players).map(|_| reader.short()).collect::<Result<Vec<i16>, LinkError>>()?;
        let removal: Vec<f32> = shares.iter().map(|share| effect(*share, largest)).collect();
        // As every effect is a share of the largest, that one is whole.
        if shares_of(&removal) != (largest, shares) {
            return Err(LinkError::Impossible { what: "effects that are no shares of the largest of them" });
        }
        let figures = Figures { ratio, comprehensiveness, sufficiency };
        numbers.receipt = Some(Measured { figures, kendall_tau, removal });
        Ok(numbers)
    }
}

/// Effects below this are written as none.
const LEAST: f32 = 1e-30;

/// The largest effect, and every effect as a share of it.
fn shares_of(effects: &[f32]) -> (f32, Vec<i16>) {
    let largest = effects.iter().map(|effect| effect.abs()).fold(0.0, f32::max);
    // Shares of what is next to nothing would be none in 32 bits.
    let largest = if largest < LEAST { 0.0 } else { largest };
    let share = |effect: &f32| if largest > 0.0 { (effect / largest * f32::from(i16::MAX)).round() as i16 } else { 0 };
    (largest, effects.iter().map(share).collect())
}

fn effect(share: i16, largest: f32) -> f32 {
    f32::from(share.max(-i16::MAX)) / f32::from(i16::MAX) * largest
}

impl Measured {
    fn figures(&self) -> [Option<f32>; 4] {
        let Figures { ratio, comprehensiveness, sufficiency } = self.figures;
        [ratio, self.kendall_tau, comprehensiveness, sufficiency]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_arrives_in_16_bits_and_goes_on_as_it_is() {
        let effects = [-2.5f32, -0.3, 0.0, 0.123, 1.0, 1e-9];
        let (largest, shares) = shares_of(&effects);
        let arrived: Vec<f32> = shares.iter().map(|share| effect(*share, largest)).collect();
        assert!(effects.iter().zip(&arrived).all(|(a, b)| (a - b).abs() <= 0.5 * 2.5 / 32_767.0 + 1e-7), "{arrived:?}");
        assert_eq!(shares_of(&arrived), (largest, shares));
        assert_eq!(shares_of(&[0.0, -0.0]), (0.0, vec![0, 0]));
        assert_eq!(effect(i16::MIN, 2.0), -2.0);
    }
}

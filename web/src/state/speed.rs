//! What a text takes in a batch, of what it takes alone: how times are guessed before they are measured.

/// What a text takes in a batch.
pub const IN_BATCHES: f64 = 0.5;
/// So many texts fill a batch.
const FEW: f64 = 8.0;

/// What each of so many texts takes, of what one takes alone.
pub fn of_alone(texts: f64) -> f64 {
    if texts < FEW { 1.0 } else { IN_BATCHES }
}

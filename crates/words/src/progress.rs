//! How far something is, how long it still takes, and what is seen until then.

use vitrine_schema::protocol::Progress;
use vitrine_schema::{Ask, Recipe};

use crate::phrase::apart;
use crate::token::clipped;

/// Letters of a text inside a sentence.
const TEXT_MOST: usize = 60;

/// Bytes done and time left, as far as they are known.
#[must_use]
pub fn download(progress: Progress, elapsed_millis: f64) -> String {
    let mega = |bytes: u64| bytes as f64 / 1e6;
    if progress.total == 0 {
        return format!("{:.1} MB so far", mega(progress.done));
    }
    let amount = format!("{:.1} of {:.1} MB", mega(progress.done), mega(progress.total));
    if progress.done == 0 || elapsed_millis < 500.0 {
        return amount;
    }
    let left = elapsed_millis / 1000.0 * (progress.total.saturating_sub(progress.done)) as f64 / progress.done as f64;
    match left {
        left if left < 1.0 => format!("{amount}, almost there"),
        left if left < 90.0 => format!("{amount}, about {left:.0} s left"),
        left => format!("{amount}, about {:.0} min left", left / 60.0),
    }
}

/// How far a run is, and the time that it still takes.
#[must_use]
pub fn running(progress: Progress, elapsed_millis: f64) -> String {
    let Progress { done, total } = progress;
    match total {
        0 => "Waiting for the engine…".to_owned(),
        1 => "Computing…".to_owned(),
        total if done == 0 || elapsed_millis < 500.0 => format!("{done} of {total} steps"),
        total => {
            let left = elapsed_millis * total.saturating_sub(done) as f64 / done as f64;
            format!("{done} of {total} steps, about {} left", seconds(left))
        }
    }
}

/// How far the receipt is.
#[must_use]
pub fn measuring(progress: Progress) -> String {
    match progress.total {
        0 => "Taking words out…".to_owned(),
        total => format!("Taking words out: {} of {total}", progress.done),
    }
}

/// A time as it is read.
#[must_use]
pub fn seconds(millis: f64) -> String {
    match millis / 1000.0 {
        moment if moment < 0.05 => format!("{millis:.0} ms"),
        short if short < 9.95 => format!("{short:.1} s"),
        some if some < 119.5 => format!("{some:.0} s"),
        long if long < 7_170.0 => format!("{:.0} min", long / 60.0),
        long => format!("{:.0} h", long / 3600.0),
    }
}

/// A time as it is read, in milliseconds where it is short.
#[must_use]
pub fn millis(millis: f64) -> String {
    if millis < 999.5 { format!("{millis:.0} ms") } else { seconds(millis) }
}

/// What an older picture is, where a newer one was stopped or not yet run.
#[must_use]
pub fn older(recipe: &Recipe) -> String {
    format!("This is still {}.", picture(recipe))
}

/// What runs, and about how long.
#[must_use]
pub fn run_about(millis: f64) -> String {
    format!("Run, about {}", seconds(millis))
}

/// What runs, about how long, and in how much memory beside the model's.
#[must_use]
pub fn run_in(millis: f64, bytes: u64) -> String {
    format!("{} and {} of memory", run_about(millis), mega(bytes))
}

/// A time that can be measured, and about how long that takes.
#[must_use]
pub fn measure_about(millis: f64) -> String {
    format!("measure, about {}", seconds(millis))
}

/// What computing a figure here takes: bytes of its model where that is not here, its memory, and about how long.
#[must_use]
pub fn compute_here(fetched: Option<u64>, memory: u64, is_light: bool) -> String {
    let model = fetched.map(|bytes| format!("{} once, {} of memory, ", mega(bytes), mega(memory))).unwrap_or_default();
    let time = if is_light { "a few seconds" } else { "up to minutes" };
    format!("Compute it here ({model}{time})")
}

fn mega(bytes: u64) -> String {
    format!("{:.0} MB", bytes as f64 / 1e6)
}

/// The button that has a link checked: bytes that it fetches, where anything is to be fetched, and about how long it takes.
#[must_use]
pub fn check_here(fetched: u64, millis: Option<f64>) -> String {
    let model = (fetched > 0).then(|| format!("{}, once", mega(fetched)));
    let time = millis.map(|millis| format!("about {}", seconds(millis)));
    let takes: Vec<String> = model.into_iter().chain(time).collect();
    if takes.is_empty() {
        "Check it on this device".to_owned()
    } else {
        format!("Check it on this device ({})", takes.join("; "))
    }
}

fn picture(recipe: &Recipe) -> String {
    let about = apart(&clipped(recipe.subject().unwrap_or_default(), TEXT_MOST));
    match &recipe.ask {
        Ask::Explain(explain) => format!("the picture of “{about}” from {}", explain.method.declared().name),
        _ => format!("the picture of “{about}”"),
    }
}

/// What an older picture is, while a newer one is computed.
#[must_use]
pub fn until_then(recipe: &Recipe) -> String {
    format!("Until then {}. Stop keeps it.", picture(recipe))
}

/// Where the explanation comes from that the page carries: stored with it, or computed again, with the largest difference
/// unless that is too large.
#[must_use]
pub fn carried(again: Option<Option<f32>>) -> String {
    match again {
        None => "Precomputed with the same model; it is computed again on your device as soon as the model is here."
            .to_owned(),
        Some(Some(0.0)) => "Recomputed on your device: the same numbers.".to_owned(),
        Some(Some(difference)) => format!("Recomputed on your device: largest difference {difference:.0e}."),
        Some(None) => {
            "Recomputed on your device, and it differs from what was stored; this is the new result.".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_the_unit_of_its_size() {
        assert_eq!(
            [20.0, 400.0, 21_000.0, 9_035_000.0, 14_400_000.0].map(seconds),
            ["20 ms", "0.4 s", "21 s", "3 h", "4 h"]
        );
        assert_eq!(seconds(1_500_000.0), "25 min");
    }

    #[test]
    fn what_takes_much_says_so_first() {
        assert_eq!(run_in(41_000.0, 482_000_000), "Run, about 41 s and 482 MB of memory");
    }

    #[test]
    fn what_is_left_is_said_once_it_is_known() {
        let at = |done, total| Progress { done, total };
        assert_eq!(download(at(1_500_000, 0), 0.0), "1.5 MB so far");
        assert_eq!(download(at(0, 8_000_000), 900.0), "0.0 of 8.0 MB");
        assert_eq!(download(at(2_000_000, 8_000_000), 2000.0), "2.0 of 8.0 MB, about 6 s left");
        assert_eq!(download(at(7_900_000, 8_000_000), 2000.0), "7.9 of 8.0 MB, almost there");
        assert_eq!(download(at(1_000_000, 8_000_000), 60_000.0), "1.0 of 8.0 MB, about 7 min left");
        assert_eq!([0, 1].map(|total| running(at(0, total), 0.0)), ["Waiting for the engine…", "Computing…"]);
        assert_eq!(running(at(5, 50), 100.0), "5 of 50 steps");
        assert_eq!(running(at(5, 50), 2000.0), "5 of 50 steps, about 18 s left");
        assert_eq!(measuring(at(3, 9)), "Taking words out: 3 of 9");
        assert_eq!([9_900.0, 9_960.0].map(seconds), ["9.9 s", "10 s"]);
    }

    #[test]
    fn an_older_picture_says_what_it_is_of() {
        let recipe = Recipe::new("sentiment", "not bad", Ask::Predict {});
        assert_eq!(older(&recipe), "This is still the picture of “not bad”.");
        assert_eq!(until_then(&recipe), "Until then the picture of “not bad”. Stop keeps it.");
        assert!(
            carried(None).starts_with("Precomputed with the same model; ") && carried(Some(None)).contains("differs")
        );
        assert_eq!(carried(Some(Some(0.0))), "Recomputed on your device: the same numbers.");
        assert_eq!(carried(Some(Some(2e-3))), "Recomputed on your device: largest difference 2e-3.");
    }
}

//! A line of a receipt: what was checked, how it came out, and its number.

use leptos::prelude::*;
use vitrine_schema::Verdict;

/// One check; a mark says how it came out, so that colour need not.
#[component]
pub fn VerdictLine(
    /// How it came out.
    verdict: Verdict,
    /// What was checked.
    said: String,
    /// Its number.
    number: String,
) -> impl IntoView {
    let (name, mark, spoken) = match verdict {
        Verdict::Pass => ("pass", "✓", "holds: "),
        Verdict::NotPromised => ("not-promised", "–", ""),
        Verdict::Warn => ("warn", "!", "nearly holds: "),
        Verdict::Fail => ("fail", "✗", "does not hold: "),
    };
    view! {
        <li class="checks__line" data-verdict=name>
            <span class="checks__mark" aria-hidden="true">{mark}</span>
            <span><span class="visually-hidden">{spoken}</span>{said}</span>
            <span class="number">{number}</span>
        </li>
    }
}

//! A table of `figure` on the page.

use leptos::prelude::*;
use vitrine_figure::table::Table;

/// Rows of words and numbers under a caption; wide ones scroll in themselves.
#[component]
pub fn TableView(
    /// The table.
    table: Table,
    /// What it is called.
    title: String,
    /// What it says.
    caption: String,
) -> impl IntoView {
    let Table { heads, rows } = table;
    let kinds: Vec<bool> = heads.iter().map(|(_, number)| *number).collect();
    let class = |number: bool| if number { "number" } else { "" };
    view! {
        <div class="figure__table" tabindex="0" role="region" aria-label=title>
            <table>
                <caption>{caption}</caption>
                <thead><tr>
                    {heads.into_iter().map(|(head, number)| view! { <th scope="col" class=class(number)>{head}</th> }).collect_view()}
                </tr></thead>
                <tbody>
                    {rows.into_iter().map(|row| view! {
                        <tr>{row.into_iter().zip(&kinds).map(|(cell, number)| view! { <td class=class(*number)>{cell.shown().to_owned()}</td> }).collect_view()}</tr>
                    }).collect_view()}
                </tbody>
            </table>
        </div>
    }
}

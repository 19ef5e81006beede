//! A finding as one HTML file for a report: figures, words, receipt, tables and notes on the method.
//!
//! The file holds no script and asks for nothing, and its policy forbids both. Its only links lead to the live page, where one is
//! named, and to papers on arXiv. Whatever is foreign is escaped and set apart (`bdi`). A line in its head holds the payload of the link,
//! so that the file opens again.

use vitrine_schema::{Diagnostic, Explanation, Finding, MethodId};
use vitrine_words::narrator::{headline, params};
use vitrine_words::{explanation, receipt, remark};

use crate::color::Theme;
use crate::drawing::Role;
use crate::figures::{Figure, Told, drawings};
use crate::svg::{escape, svg_of};
use crate::table::Table;

/// Width for which figures are laid out: that of a printed page.
const WIDTH: f32 = 680.0;
/// Name of the line in the head that holds the payload of the link.
pub const LINK: &str = "vitrine-link";

/// The file. `link` is the payload of the link that holds the finding, `page` the address of the live page.
#[must_use]
pub fn html(finding: &Finding, theme: Theme, link: Option<&str>, page: Option<&str>) -> String {
    let mut out = Page(String::new());
    let title = headline(finding);
    out.0.push_str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.0.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    // The only styles are those below; nothing else may be asked for.
    out.0.push_str(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
    );
    if let Some(link) = link {
        out.0.push_str(&format!("<meta name=\"{LINK}\" content=\""));
        out.text(link);
        out.0.push_str("\">\n");
    }
    out.element("title", &title);
    out.0.push_str(&style(theme));
    out.0.push_str("</head>\n<body>\n<main>\n<h1>");
    out.apart(&title);
    out.0.push_str("</h1>\n");
    out.question(finding);
    let mut told = "";
    let figures = drawings(finding, WIDTH);
    for (place, figure) in figures.iter().enumerate() {
        // Two figures of the same numbers have one caption.
        let caption = Some(&*figure.told.reading.paragraph).filter(|caption| *caption != told);
        out.figure(place, figure, caption, theme);
        told = &figure.told.reading.paragraph;
    }
    out.notes(finding);
    out.foot(finding, link, page);
    out.0.push_str("</main>\n</body>\n</html>\n");
    out.0
}

/// A file that grows.
struct Page(String);

impl Page {
    fn text(&mut self, text: &str) {
        escape(&mut self.0, text);
    }

    /// Foreign text, which keeps its direction to itself.
    fn apart(&mut self, text: &str) {
        self.0.push_str("<bdi>");
        self.text(text);
        self.0.push_str("</bdi>");
    }

    fn element(&mut self, tag: &str, text: &str) {
        self.0.push_str(&format!("<{tag}>"));
        self.text(text);
        self.0.push_str(&format!("</{tag}>\n"));
    }

    /// What was asked, of which model.
    fn question(&mut self, finding: &Finding) {
        let (model, recipe) = (finding.model(), finding.resolved());
        self.0.push_str("<p>Asked of <b>");
        self.apart(&model.id);
        self.0.push_str("</b> (");
        self.apart(&model.architecture);
        self.text(&format!("), {}: ", recipe.ask.name()));
        self.0.push_str("<q>");
        self.apart(&finding.input().text);
        self.0.push_str("</q></p>\n");
    }

    fn figure(&mut self, place: usize, figure: &Figure, caption: Option<&str>, theme: Theme) {
        let Figure { name, told: Told { says, reading, table }, drawing } = figure;
        self.0.push_str(&format!("<figure id=\"{name}\">\n"));
        self.0.push_str(&svg_of(drawing, theme, says, &format!("f{place}-")));
        if let Some(caption) = caption {
            self.0.push_str("<figcaption>");
            self.apart(caption);
            self.0.push_str("</figcaption>\n");
        }
        self.0.push_str("<details><summary>Its numbers</summary>\n");
        self.table(table);
        self.0.push_str("<p class=\"soft\">");
        self.apart(&reading.technical);
        self.0.push_str("</p>\n</details>\n</figure>\n");
    }

    fn table(&mut self, table: &Table) {
        self.0.push_str("<table>\n<thead><tr>");
        for (head, is_number) in &table.heads {
            self.cell("th scope=\"col\"", "th", head, *is_number);
        }
        self.0.push_str("</tr></thead>\n<tbody>\n");
        for row in &table.rows {
            self.0.push_str("<tr>");
            for (cell, (_, is_number)) in row.iter().zip(&table.heads) {
                self.cell("td", "td", cell.shown(), *is_number);
            }
            self.0.push_str("</tr>\n");
        }
        self.0.push_str("</tbody>\n</table>\n");
    }

    fn cell(&mut self, open: &str, close: &str, text: &str, is_number: bool) {
        self.0.push_str(&format!("<{open}{}>", if is_number { " class=\"number\"" } else { "" }));
        self.apart(text);
        self.0.push_str(&format!("</{close}>"));
    }

    /// The receipt, the remarks, and each method once.
    fn notes(&mut self, finding: &Finding) {
        let explanations: &[Explanation] = match finding {
            Finding::Explanation(found) => std::slice::from_ref(found),
            Finding::Comparison(found) => &found.explanations,
            _ => &[],
        };
        if let [found] = explanations {
            self.element("h2", "How far to trust it");
            self.element("p", &explanation::receipt_sentence(found));
            match &found.receipt {
                Some(measured) => {
                    self.element("p", &receipt::verdict(measured, found));
                    receipt::agreement(measured).into_iter().for_each(|said| self.element("p", &said));
                }
                None => self.element("p", "No words were taken out to test this."),
            }
        }
        let remarks: Vec<String> = diagnostics(finding, explanations).filter_map(remark::remark).collect();
        if !remarks.is_empty() {
            self.element("h2", "To be read with it");
            remarks.iter().for_each(|said| self.element("p", said));
        }
        let mut told: Vec<MethodId> = Vec::new();
        for found in explanations.iter().filter(|found| {
            let first = !told.contains(&found.method.id);
            told.push(found.method.id);
            first
        }) {
            let about = found.method.id.declared();
            self.element("h2", &params(&found.method));
            for (name, said) in [
                ("Question", about.question),
                ("Reads as", about.reads_as),
                ("Limits", about.limits),
                ("Cost", about.cost),
            ] {
                self.0.push_str(&format!("<p><b>{name}.</b> "));
                self.text(said);
                self.0.push_str("</p>\n");
            }
            self.0.push_str("<p><b>Source.</b> ");
            self.source(about.source);
            self.0.push_str("</p>\n");
        }
    }

    /// A source, with links to the papers that it numbers.
    fn source(&mut self, source: &str) {
        let mut pieces = source.split("arXiv ");
        self.text(pieces.next().unwrap_or_default());
        for piece in pieces {
            let end = piece.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(piece.len());
            let (number, rest) = piece.split_at(end);
            let number = number.trim_end_matches('.');
            self.0.push_str(&format!("<a href=\"https://arxiv.org/abs/{number}\">arXiv {number}</a>"));
            self.text(piece.get(number.len()..).unwrap_or(rest));
        }
    }

    fn foot(&mut self, finding: &Finding, link: Option<&str>, page: Option<&str>) {
        self.0.push_str("<footer class=\"soft\">\n");
        let sha256 = &finding.model().sha256;
        self.element("p", &format!("Made by Vitrine. Weights: SHA-256 {sha256}. Seed {}.", finding.resolved().seed));
        if let Some(page) = page.filter(|page| is_address(page)) {
            let to = link.map_or_else(|| page.to_owned(), |link| format!("{page}#/x/{link}"));
            self.0.push_str("<p><a rel=\"noreferrer\" href=\"");
            self.text(&to);
            self.0.push_str("\">Open it live</a>, where your own device can compute it again.</p>\n");
        }
        self.0.push_str("</footer>\n");
    }
}

/// Whether an address leads to a page on the web and can do nothing else.
#[must_use]
pub fn is_address(page: &str) -> bool {
    let rest = page.strip_prefix("https://").or_else(|| page.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty() && !rest.contains(|c: char| c.is_whitespace() || c.is_control() || c == '#')
    })
}

/// Every remark on a finding, once.
fn diagnostics<'a>(finding: &'a Finding, explanations: &'a [Explanation]) -> impl Iterator<Item = &'a Diagnostic> {
    let own: &[Diagnostic] = match finding {
        Finding::Prediction(found) => &found.diagnostics,
        Finding::Generation(found) => &found.diagnostics,
        Finding::Comparison(found) => &found.diagnostics,
        Finding::Attention(found) => &found.diagnostics,
        Finding::Stream(found) => &found.diagnostics,
        Finding::Ablation(found) => &found.diagnostics,
        Finding::Patching(found) => &found.diagnostics,
        Finding::Probing(found) => &found.diagnostics,
        Finding::Chaining(found) => &found.diagnostics,
        Finding::Voting(found) => &found.diagnostics,
        Finding::Hearing(found) => &found.diagnostics,
        Finding::Explanation(_) => &[],
    };
    let mut told: Vec<&Diagnostic> = Vec::new();
    own.iter().chain(explanations.iter().flat_map(|found| &found.diagnostics)).filter(move |remark| {
        let first = !told.contains(remark);
        told.push(remark);
        first
    })
}

fn style(theme: Theme) -> String {
    let [ink, soft, line, paper, accent] =
        [Role::Ink, Role::Soft, Role::Line, Role::Paper, Role::Accent].map(|role| role.rgb(theme).css());
    format!(
        "<style>
body {{ margin: 0; background: {paper}; color: {ink}; font: 1rem/1.5 'Source Serif 4', Georgia, serif; }}
main {{ max-width: 44rem; margin: 0 auto; padding: 1.5rem; }}
h1 {{ font-size: 1.6rem; font-weight: 400; line-height: 1.25; }}
h2 {{ font-size: 1.1rem; margin: 2rem 0 0.25rem; }}
p {{ margin: 0.25rem 0; }}
q, bdi {{ overflow-wrap: anywhere; }}
figure {{ margin: 1.5rem 0; padding-top: 1rem; border-top: 1px solid {line}; break-inside: avoid; }}
figure svg {{ max-width: 100%; height: auto; }}
figcaption, .soft {{ color: {soft}; font-size: 0.9rem; }}
table {{ border-collapse: collapse; margin: 0.5rem 0; font-size: 0.9rem; }}
th, td {{ padding: 0.15rem 0.75rem 0.15rem 0; text-align: start; border-bottom: 1px solid {line}; }}
.number {{ text-align: end; font-variant-numeric: tabular-nums; }}
a {{ color: {accent}; }}
footer {{ margin-top: 2rem; }}
@media print {{ ::details-content {{ content-visibility: visible; block-size: auto; }} }}
</style>
"
    )
}

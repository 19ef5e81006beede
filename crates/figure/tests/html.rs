//! The HTML file of every stored finding: whole, quiet, and with nothing in it that asks for anything.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeSet;
use std::path::Path;

use vitrine_figure::color::Theme;
use vitrine_figure::html::{html, is_address};
use vitrine_schema::{Explanation, Finding};

const PAGE: &str = "https://example.org/vitrine/";

fn findings() -> Vec<(String, Finding)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let files = files.filter(|file| file.extension().is_some_and(|ending| ending == "json"));
    files
        .map(|file| (file.display().to_string(), Finding::from_json(&std::fs::read_to_string(file).unwrap()).unwrap()))
        .collect()
}

/// What stands behind each opening of an attribute.
fn values<'a>(file: &'a str, attribute: &'a str) -> impl Iterator<Item = &'a str> {
    file.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap())
}

/// Elements nest, and only those that a report needs are there.
fn check_elements(file: &str) {
    let known: BTreeSet<&str> =
        "html head meta title style body main h1 h2 p b q bdi figure figcaption details summary table \
        thead tbody tr th td footer a svg rect circle path text g pattern clipPath !doctype"
            .split_whitespace()
            .collect();
    let mut open = Vec::new();
    for piece in file.split('<').skip(1) {
        let (tag, _) = piece.split_once('>').unwrap();
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        assert!(known.contains(name), "{tag}");
        match (tag.starts_with('/'), tag.ends_with('/') || ["meta", "!doctype"].contains(&name)) {
            (true, _) => assert_eq!(open.pop(), Some(name), "{tag}"),
            (false, true) => {}
            (false, false) => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn the_file_is_whole_and_asks_for_nothing() {
    for (name, finding) in findings() {
        for theme in [Theme::Light, Theme::Dark] {
            let file = html(&finding, theme, Some("v1.AAAA"), Some(PAGE));
            check_elements(&file);
            assert!(!file.contains("src=") && !file.contains("@import"), "{name}");
            assert!(values(&file, "url(").all(|value| value.starts_with('#')), "{name}");
            for to in values(&file, "href=\"") {
                assert!(to.starts_with("https://arxiv.org/abs/") || to == format!("{PAGE}#/x/v1.AAAA"), "{name}: {to}");
            }
            let ids: Vec<&str> = values(&file, " id=\"").collect();
            assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{name}: {ids:?}");
            assert!(file.contains("<meta name=\"vitrine-link\" content=\"v1.AAAA\">"));
        }
        let alone = html(&finding, Theme::Light, None, None);
        assert!(!alone.contains("vitrine-link") && !alone.contains("example.org"), "{name}");
    }
}

#[test]
fn a_report_says_what_was_measured_and_how() {
    let (_, finding) = findings().into_iter().find(|(name, _)| name.ends_with("integrated-gradients.json")).unwrap();
    let file = html(&finding, Theme::Light, None, None);
    for said in [
        "“dull” decided it; “funny” pulled back and did not win.",
        "It holds up: taking words out in this order moves the answer 2.19 times as far",
        "Integrated Gradients (baseline = mask, max_nodes = 32, nodes = 16, rule = midpoint)",
        "<b>Limits.</b>",
        "<a href=\"https://arxiv.org/abs/1703.01365\">arXiv 1703.01365</a>",
        "SHA-256 9f02322aefe6fe51335178c2aba74e6fdc96dcb2e9e5bdcd27ccdde9b5ed7a20",
    ] {
        assert!(file.contains(said), "{said}");
    }
}

#[test]
fn what_is_foreign_is_text() {
    let (_, finding) = findings().into_iter().find(|(name, _)| name.ends_with("long.json")).unwrap();
    let mut found: Explanation = finding.try_into().unwrap();
    let evil = "</bdi></title><script src=\"https://example.org/x.js\">alert(1)</script><img src=x onerror='alert(1)'>";
    found.model.id = evil.into();
    found.model.architecture = evil.into();
    found.target.label = evil.into();
    found.input.text = evil.into();
    found.method.params.0.insert(evil.into(), evil.into());
    found.input.tokens.iter_mut().for_each(|token| (token.text, token.special) = (evil.into(), true));
    let file =
        html(&Finding::Explanation(found.into()), Theme::Light, Some(evil), Some("https://example.org/\" onclick=\"x"));
    check_elements(&file);
    assert!(!file.contains("href=\"https://example.org") && !file.contains("onclick"));
}

#[test]
fn a_page_is_named_by_an_address_of_the_web() {
    assert!(is_address("https://example.org/vitrine/") && is_address("http://127.0.0.1:8080/"));
    for wrong in
        ["", "https://", "javascript:alert(1)", "example.org", "https://a b", "data:text/html,x", "https://a/#/x"]
    {
        assert!(!is_address(wrong), "{wrong}");
    }
}

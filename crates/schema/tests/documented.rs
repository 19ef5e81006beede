//! `docs/findings.md` names every field that a stored finding has.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

/// Whose keys are names of other things.
const NAMED: [&str; 2] = ["params", "baseline_spread"];

fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            found.insert(key.clone());
            if !NAMED.contains(&key.as_str()) {
                keys(value, found);
            }
        }),
        _ => {}
    }
}

#[test]
fn every_field_of_a_finding_is_documented() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let document = std::fs::read_to_string(root.join("docs/findings.md")).unwrap();
    let mut found = BTreeSet::new();
    for file in std::fs::read_dir(root.join("tests/reference")).unwrap().map(|file| file.unwrap().path()) {
        if file.extension().is_some_and(|ending| ending == "json") {
            keys(&serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap(), &mut found);
        }
    }
    assert!(found.len() > 60, "{}", found.len());
    let missing: Vec<&String> = found.iter().filter(|key| !document.contains(&format!("`{key}`"))).collect();
    assert!(missing.is_empty(), "docs/findings.md does not name {missing:?}");
}

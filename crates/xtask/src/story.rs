//! The Story: a declaration of each scene, prose with blanks and the questions that fill them → a file of each, beside the page.
//!
//! `web/scenes/<nn>-<scene>.json` is written by hand, `web/story/<scene>.json` and `contents.json` by `cargo xtask precompute`. A blank is
//! `{question/pointer:form}`: a number of what the question found, by JSON pointer, as `+` signed, `~` plain, `%` share, `t` as it is; or
//! `{question:says}`: what is said of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};
use vitrine_schema::catalog::Table;
use vitrine_schema::{Ask, Finding, Recipe};
use vitrine_words::narrator::headline;
use vitrine_words::number::{percent, plain, signed};

use crate::shell::{cargo, command, output, root, say, step};

/// Largest file of a scene.
const MOST_BYTES: usize = 60_000;
/// By how much of the largest of its kind a number may differ from what was stored.
const SAME: f64 = 1e-3;
/// What of a scene stands in the contents.
const LISTED: [&str; 3] = ["title", "claim", "sources"];

/// What `precompute` does with questions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Asks all, and refuses what changed.
    Check,
    /// Asks all, and takes what changed.
    Accept,
    /// Asks only what was not asked before; words are written anew.
    New,
}

/// A scene as it is declared.
struct Declared {
    name: String,
    prose: Map<String, Value>,
    questions: BTreeMap<String, Recipe>,
}

/// Findings by the names of their questions.
type Findings = BTreeMap<String, Finding>;

/// Asks the questions of the scenes and writes their files.
pub fn precompute(which: Which) -> Result<()> {
    let (mut scenes, mut changed) = (Vec::new(), Vec::new());
    for scene in declared()? {
        let mut stored = stored(&scene.name).unwrap_or_default();
        let mut findings = Findings::new();
        for (name, recipe) in &scene.questions {
            let known = stored.remove(name).filter(|finding| finding.recipe() == recipe);
            let finding = match known {
                Some(known) if which == Which::New => known,
                Some(known) => {
                    let again = step(&format!("{}: {name}", scene.name), || ask(recipe))?;
                    match differs(&flat(&known)?, &flat(&again)?) {
                        Some(_) if which == Which::Accept => again,
                        Some(how) => {
                            changed.push(format!("{}, {name}: {how}", scene.name));
                            known
                        }
                        None => known,
                    }
                }
                None => step(&format!("{}: {name}", scene.name), || ask(recipe))?,
            };
            findings.insert(name.clone(), finding);
        }
        scenes.push((scene, findings));
    }
    ensure!(
        changed.is_empty(),
        "these are no longer what the models say; see why, then `cargo xtask precompute --accept`:\n{}",
        changed.join("\n")
    );
    let folder = root().join("web/story");
    std::fs::create_dir_all(&folder)?;
    for (name, text) in files(&scenes)? {
        std::fs::write(folder.join(&name), text).with_context(|| format!("{name} cannot be written"))?;
    }
    say(&format!("    {} scenes are in web/story", scenes.len()));
    Ok(())
}

/// The files of scenes, by name, the contents among them.
fn files(scenes: &[(Declared, Findings)]) -> Result<Vec<(String, String)>> {
    let (mut files, mut listed, mut sources) = (Vec::new(), Vec::new(), Vec::<Value>::new());
    for (scene, findings) in scenes {
        let mut whole = filled(&Value::Object(scene.prose.clone()), findings)
            .with_context(|| format!("in the scene {}", scene.name))?;
        let taken = LISTED.map(|key| whole.as_object_mut().and_then(|whole| whole.remove(key)).unwrap_or_default());
        let [title, claim, cited] = taken;
        listed.push(json!({"name": scene.name, "title": title, "claim": claim}));
        let new = cited.as_array().into_iter().flatten().filter(|source| !sources.contains(source));
        let new: Vec<Value> = new.cloned().collect();
        sources.extend(new);
        number(&mut whole, findings).with_context(|| format!("in the number of the scene {}", scene.name))?;
        named(&whole, findings).with_context(|| format!("in the scene {}", scene.name))?;
        whole["findings"] = serde_json::to_value(findings)?;
        let text = serde_json::to_string(&rounded(whole))? + "\n";
        ensure!(
            text.len() <= MOST_BYTES,
            "the scene {} has {} bytes, at most {MOST_BYTES} are fetched",
            scene.name,
            text.len()
        );
        files.push((format!("{}.json", scene.name), text));
    }
    let contents = json!({"scenes": listed, "sources": sources});
    files.push(("contents.json".to_owned(), serde_json::to_string_pretty(&contents)? + "\n"));
    Ok(files)
}

/// The declarations, in their order.
fn declared() -> Result<Vec<Declared>> {
    let folder = root().join("web/scenes");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.sort();
    let read = |path: PathBuf| -> Result<Declared> {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let (_, name) = stem.split_once('-').context("a scene's file is called 01-name.json")?;
        let mut prose: Map<String, Value> = serde_json::from_slice(&std::fs::read(&path)?)?;
        let mut questions = BTreeMap::new();
        for (name, mut recipe) in prose.remove("questions").and_then(|all| all.as_object().cloned()).unwrap_or_default()
        {
            recipe["schema"] = vitrine_schema::recipe::SCHEMA.into();
            questions.insert(name, serde_json::from_value(recipe)?);
        }
        Ok(Declared { name: name.to_owned(), prose, questions })
    };
    paths.into_iter().map(|path| read(path.clone()).with_context(|| path.display().to_string())).collect()
}

/// What was found for a scene before.
fn stored(name: &str) -> Result<Findings> {
    let text = std::fs::read(root().join(format!("web/story/{name}.json")))?;
    let mut scene: Value = serde_json::from_slice(&text)?;
    Ok(serde_json::from_value(scene["findings"].take())?)
}

/// Asks the command line; `VITRINE_CLI` names one that is built.
fn ask(recipe: &Recipe) -> Result<Finding> {
    let file = std::env::temp_dir().join(format!("vitrine-recipe-{}.json", std::process::id()));
    std::fs::write(&file, serde_json::to_vec(recipe)?)?;
    let mut asked = match std::env::var("VITRINE_CLI") {
        Ok(built) => command(&built, &[]),
        Err(_) => cargo(&["run", "--quiet", "--release", "-p", "vitrine-cli", "--"])?,
    };
    asked.args(["--device", "cpu", "run"]).arg(&file);
    if let Ask::Probe(probe) = &recipe.ask {
        let table = Table::named(&probe.data).context("a table that the page lacks")?;
        asked.arg("--data").arg(root().join(format!("web/data/{}.tsv", table.name)));
    }
    let json = output(&mut asked).context("the question was refused; run it by hand to see why")?;
    let finding = Finding::from_json(&json).context("the answer cannot be read")?;
    // As it comes back from its file.
    Ok(serde_json::from_value(rounded(serde_json::to_value(&finding)?))?)
}

/// A finding as the command line prints it.
fn flat(finding: &Finding) -> Result<Value> {
    Ok(serde_json::to_value(finding.json())?)
}

/// Everything with numbers of four digits.
fn rounded(value: Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            let number = number.as_f64().unwrap_or_default();
            format!("{number:.3e}").parse::<f64>().ok().map_or(Value::Null, Value::from)
        }
        Value::Array(all) => {
            let largest = all.iter().map(largest).fold(0.0, f64::max);
            all.into_iter().map(|value| rounded(beside(value, largest))).collect()
        }
        Value::Object(all) => Value::Object(all.into_iter().map(|(key, value)| (key, rounded(value))).collect()),
        other => other,
    }
}

/// The largest number of a list, a matrix or a cube.
fn largest(value: &Value) -> f64 {
    match value {
        Value::Number(number) if number.is_f64() => number.as_f64().map_or(0.0, f64::abs),
        Value::Array(all) => all.iter().map(largest).fold(0.0, f64::max),
        _ => 0.0,
    }
}

/// Numbers as they are told beside a larger one: what is far beyond that one's fourth digit is left out.
fn beside(value: Value, largest: f64) -> Value {
    match value {
        Value::Number(number) if number.is_f64() && largest > 0.0 => {
            // Off by less than a fifth of SAME.
            let decimals = (3.45 - largest.log10()).ceil().clamp(0.0, 300.0) as usize;
            let told = format!("{:.decimals$}", number.as_f64().unwrap_or_default()).parse::<f64>();
            told.map_or(Value::Null, |told| if told == 0.0 { Value::from(0) } else { Value::from(told) })
        }
        Value::Array(all) => all.into_iter().map(|value| beside(value, largest)).collect(),
        other => other,
    }
}

/// Where two findings of one question differ by more than [`SAME`]; numbers of one field are of one kind. What checks and remarks
/// say is what differs from run to run.
fn differs(before: &Value, after: &Value) -> Option<String> {
    let mut kinds: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    let other = compare("", before, after, &mut kinds);
    let apart = kinds.into_iter().find(|(_, (gap, largest))| *gap > SAME * largest.max(f64::MIN_POSITIVE));
    other.or_else(|| apart.map(|(field, (gap, largest))| format!("{field} by {gap:.2e} of {largest:.2e}")))
}

fn compare(field: &str, before: &Value, after: &Value, kinds: &mut BTreeMap<String, (f64, f64)>) -> Option<String> {
    const PASSED: [&str; 2] = ["checks", "diagnostics"];
    match (before, after) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap_or_default(), b.as_f64().unwrap_or_default());
            let (gap, largest) = kinds.entry(field.to_owned()).or_default();
            (*gap, *largest) = (gap.max((a - b).abs()), largest.max(b.abs()));
            None
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).find_map(|(a, b)| compare(field, a, b, kinds))
        }
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().zip(b.values()).find_map(|((key, a), b)| {
                (!PASSED.contains(&&**key)).then(|| compare(&format!("{field}/{key}"), a, b, kinds)).flatten()
            })
        }
        (a, b) => (a != b).then(|| format!("{field} is another")),
    }
}

/// Prose with its blanks filled.
fn filled(prose: &Value, findings: &Findings) -> Result<Value> {
    Ok(match prose {
        Value::String(text) => {
            let (mut done, mut rest) = (String::new(), text.as_str());
            while let Some((before, after)) = rest.split_once('{') {
                let (blank, after) =
                    after.split_once('}').with_context(|| format!("a blank without an end: {text}"))?;
                done.push_str(before);
                done.push_str(&fill(blank, findings).with_context(|| format!("{{{blank}}}"))?);
                rest = after;
            }
            Value::String(done + rest)
        }
        Value::Array(all) => all.iter().map(|each| filled(each, findings)).collect::<Result<_>>()?,
        Value::Object(all) => Value::Object(
            all.iter().map(|(key, each)| Ok((key.clone(), filled(each, findings)?))).collect::<Result<_>>()?,
        ),
        other => other.clone(),
    })
}

fn fill(blank: &str, findings: &Findings) -> Result<String> {
    let (place, form) = blank.rsplit_once(':').context("a blank has a form behind its colon")?;
    let (name, pointer) = place.find('/').map_or((place, ""), |slash| place.split_at(slash));
    let finding = findings.get(name).with_context(|| format!("there is no question {name}"))?;
    if form == "says" {
        return Ok(headline(finding));
    }
    let all = flat(finding)?;
    let value = all.pointer(pointer).with_context(|| format!("nothing is at {pointer}"))?;
    let number = || value.as_f64().map(|number| number as f32).with_context(|| format!("{value} is no number"));
    Ok(match form {
        "+" => signed(number()?),
        "~" => plain(number()?),
        "%" => percent(number()?),
        "t" => value.as_str().map_or_else(|| value.to_string(), |text| text.trim().to_owned()),
        _ => bail!("there is no form {form}"),
    })
}

/// The one number, from its blank to what it shows and where that stands.
fn number(scene: &mut Value, findings: &Findings) -> Result<()> {
    let number = &mut scene["number"];
    let from = number["from"].take();
    let from = from.as_str().context("it says where it is from")?;
    let (place, _) = from.rsplit_once(':').context("its form is missing")?;
    let (name, field) = place.split_once('/').context("its field is missing")?;
    let (name, field) = (name.to_owned(), field.to_owned());
    number["shown"] = fill(from, findings)?.into();
    (number["finding"], number["field"]) = (name.into(), field.into());
    number.as_object_mut().map(|number| number.remove("from"));
    Ok(())
}

/// Every finding that a scene names is there.
fn named(scene: &Value, findings: &Findings) -> Result<()> {
    let lists = [&scene["steps"], &scene["trial"]["choices"]];
    let names = lists.into_iter().flat_map(|list| list.as_array().into_iter().flatten()).map(|each| &each["finding"]);
    for name in names.chain([&scene["lab"], &scene["number"]["finding"]]) {
        let name = name.as_str().context("a step without a finding")?;
        ensure!(findings.contains_key(name), "there is no question {name}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenes() -> Vec<(Declared, Findings)> {
        let with = |scene: Declared| {
            let findings = stored(&scene.name).unwrap();
            (scene, findings)
        };
        declared().unwrap().into_iter().map(with).collect()
    }

    #[test]
    fn every_file_of_the_story_is_what_its_declaration_and_its_findings_give() {
        let scenes = scenes();
        for (scene, findings) in &scenes {
            for (name, recipe) in &scene.questions {
                assert_eq!(findings.get(name).map(Finding::recipe), Some(recipe), "{}: {name}", scene.name);
            }
        }
        for (name, text) in files(&scenes).unwrap() {
            let there = std::fs::read_to_string(root().join("web/story").join(&name)).unwrap();
            assert!(there == text, "{name} is not what `cargo xtask precompute --new` writes");
        }
    }

    #[test]
    fn who_has_no_scripts_reads_the_claims() {
        let index = std::fs::read_to_string(root().join("index.html")).unwrap();
        let (_, rest) = index.split_once("<noscript>").unwrap();
        let (told, _) = rest.split_once("</noscript>").unwrap();
        let contents = std::fs::read_to_string(root().join("web/story/contents.json")).unwrap();
        let contents: Value = serde_json::from_str(&contents).unwrap();
        for scene in contents["scenes"].as_array().unwrap() {
            let claim = scene["claim"].as_str().unwrap();
            assert!(told.contains(&format!("<li>{claim}</li>")), "index.html lacks: {claim}");
        }
    }

    #[test]
    fn the_scene_that_the_story_opens_with_is_fetched_beside_its_module() {
        let start = std::fs::read_to_string(root().join("web/start.js")).unwrap();
        let first = declared().unwrap().remove(0).name;
        assert!(start.contains(&format!("['contents', '{first}']")), "web/start.js does not name {first}");
    }

    #[test]
    fn a_number_may_differ_by_a_thousandth_of_the_largest_of_its_kind_and_words_not_at_all() {
        let one = json!({"scores": [10.0, 0.001], "label": "a", "checks": [{"gap": 1e-7}]});
        let with = |scores: [f64; 2], label: &str| json!({"scores": scores, "label": label, "checks": [{"gap": 3e-7}]});
        assert_eq!(differs(&one, &with([10.005, 0.004], "a")), None);
        assert!(differs(&one, &with([10.02, 0.001], "a")).is_some_and(|how| how.contains("/scores")));
        assert!(differs(&one, &with([10.0, 0.001], "b")).is_some());
        assert!(differs(&one, &json!({"scores": [10.0], "label": "a", "checks": []})).is_some());
        assert_eq!(rounded(json!([1.234_567, 40, -0.000_123_456, 0.0])), json!([1.235, 40, -0.0001, 0]));
        assert_eq!(rounded(json!({"value": -0.000_123_456})), json!({"value": -0.0001235}));
    }
}

//! Which of a folder's files hold the weights, told by their names.

use super::{INDEX, SINGLE};
use crate::WeightsError;

/// The files that hold the weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WeightFiles {
    /// One safetensors file.
    Safetensors(String),
    /// Shards, named by this index.
    Index(String),
    /// One GGUF file, which holds everything, or its parts in order.
    Gguf(Vec<String>),
}

/// Finds the weights among the names of a folder's files.
///
/// # Errors
/// [`WeightsError::NoWeights`] names what is there instead, and the way out.
pub fn weight_files<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<WeightFiles, WeightsError> {
    let names: Vec<&str> = names.into_iter().collect();
    let ending = |ending: &str| -> Vec<&str> {
        let ends = |name: &&&str| name.to_ascii_lowercase().ends_with(ending);
        names.iter().filter(ends).copied().collect()
    };
    let has = |name: &str| names.contains(&name);
    if has(SINGLE) {
        return Ok(WeightFiles::Safetensors(SINGLE.to_owned()));
    }
    if has(INDEX) {
        return Ok(WeightFiles::Index(INDEX.to_owned()));
    }
    let no = |detail: String| Err(WeightsError::NoWeights { detail });
    let mut safetensors = ending(".safetensors");
    safetensors.retain(|name| *name != "adapter_model.safetensors");
    match (&*ending(".gguf"), &*safetensors) {
        ([first, others @ ..], []) if split(first).is_some() => {
            return match others.iter().find(|other| split(other) != split(first)) {
                Some(other) => no(format!("{first} and {other} are of two models; name the file that is meant")),
                None => parts(first, &names).map(WeightFiles::Gguf),
            };
        }
        ([file], []) => return Ok(WeightFiles::Gguf(vec![(*file).to_owned()])),
        ([], [file]) => return Ok(WeightFiles::Safetensors((*file).to_owned())),
        ([], []) => {}
        ([_, ..], _) => {
            return no("there are several files of weights; name the one GGUF file that is meant".to_owned());
        }
        ([], _) => {
            return no(format!(
                "there are several safetensors files, but neither {SINGLE} nor {INDEX}; add one of them"
            ));
        }
    }
    let other = |names: &[&str]| names.iter().find_map(|name| ending(name).first().copied());
    if has("adapter_model.safetensors") || has("adapter_config.json") || has("adapter_model.bin") {
        return no("it holds an adapter only; merge it into its base model and save that".to_owned());
    }
    if let Some(file) = other(&[".bin", ".bin.index.json", ".pt", ".pth"]) {
        let way_out = "load the model in Python and save it with safe_serialization";
        return no(format!("the weights are pickled by PyTorch ({file}), which can run any program; {way_out}"));
    }
    if let Some(file) = other(&[".onnx"]) {
        return no(format!("it holds an ONNX graph only ({file}); take the model's safetensors files"));
    }
    if let Some(file) = other(&[".h5", ".msgpack", ".ckpt", ".ckpt.index", ".tflite"]) {
        return no(format!("the weights are of another framework ({file}); save them as safetensors"));
    }
    no(format!("it holds no weights; {SINGLE} or a GGUF file is needed"))
}

/// The parts of the GGUF file to which the one of this name belongs, in order, among the names of a folder's files.
///
/// # Errors
/// [`WeightsError::MissingFile`] for the first that is not there.
pub fn parts(name: &str, names: &[&str]) -> Result<Vec<String>, WeightsError> {
    let Some((stem, count)) = split(name) else { return Ok(vec![name.to_owned()]) };
    let part = |nth: u32| format!("{stem}-{nth:05}-of-{count:05}.gguf");
    let there =
        |name: String| if names.contains(&&*name) { Ok(name) } else { Err(WeightsError::MissingFile { file: name }) };
    (1..=count).map(part).map(there).collect()
}

/// What a part of a split GGUF file is called before its number, and how many parts there are.
fn split(name: &str) -> Option<(&str, u32)> {
    let (rest, count) = name.strip_suffix(".gguf")?.rsplit_once("-of-")?;
    let (stem, nth) = rest.rsplit_once('-')?;
    let number = |digits: &str| (digits.len() == 5).then(|| digits.parse::<u32>().ok()).flatten();
    let (nth, count) = (number(nth)?, number(count)?);
    (2..=MOST_PARTS).contains(&count).then_some(())?;
    (1..=count).contains(&nth).then_some((stem, count))
}

/// Far more than a model has that is read here.
const MOST_PARTS: u32 = 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::CONFIG;

    #[test]
    fn the_weights_are_found_or_what_is_there_is_named() {
        let find = |names: &[&str]| weight_files(names.iter().copied()).map_err(|error| error.to_string());
        let named = |names: &[&str], sentence: &str| {
            let said = find(names).unwrap_err();
            assert!(said.contains(sentence), "{said}");
        };
        assert_eq!(find(&[CONFIG, SINGLE, "x.safetensors"]), Ok(WeightFiles::Safetensors(SINGLE.into())));
        assert_eq!(find(&[CONFIG, "my.safetensors"]), Ok(WeightFiles::Safetensors("my.safetensors".into())));
        assert_eq!(find(&["a-1.safetensors", INDEX]), Ok(WeightFiles::Index(INDEX.into())));
        assert_eq!(find(&["README.md", "M.GGUF"]), Ok(WeightFiles::Gguf(vec!["M.GGUF".into()])));
        named(&["a.safetensors", "b.safetensors"], "several safetensors files");
        named(&["a.gguf", "b.gguf"], "several files of weights");
        let part = |nth: u32| format!("m-0000{nth}-of-00003.gguf");
        let [one, two, three] = [part(1), part(2), part(3)];
        assert_eq!(
            find(&[&two, CONFIG, &three, &one]),
            Ok(WeightFiles::Gguf(vec![one.clone(), two.clone(), three.clone()]))
        );
        named(&[&one, &three], "there is no m-00002-of-00003.gguf");
        named(&[&one, &two, &three, "n.gguf"], "m-00001-of-00003.gguf and n.gguf are of two models");
        named(&["adapter_config.json", "adapter_model.safetensors"], "an adapter only");
        named(&[CONFIG, "pytorch_model.bin"], "pickled by PyTorch (pytorch_model.bin)");
        named(&[CONFIG, "pytorch_model.bin.index.json"], "pickled by PyTorch");
        named(&["onnx/model.onnx", CONFIG], "an ONNX graph only");
        named(&["tf_model.h5"], "another framework");
        named(&[CONFIG], "holds no weights");
        named(&[], "holds no weights");
    }
}

//! The head of a classifier: how it sees the sequence, and what its logits are called.

use serde_json::Value;
use vitrine_schema::ProblemType;
use vitrine_schema::inspection::Group;

use super::Pooling;
use crate::WeightsError;
use crate::keys::Keys;

/// What only a classifier has.
pub(super) struct Classes {
    pub pooling: Pooling,
    pub labels: Vec<String>,
    pub problem_type: ProblemType,
}

impl Default for Classes {
    fn default() -> Self {
        Self { pooling: Pooling::First, labels: Vec::new(), problem_type: ProblemType::default() }
    }
}

/// The labels of a classifier, and how it pools; `mean` is for those whose first token has a layer of its own.
pub(super) fn read(keys: &mut Keys<'_>, pools: bool) -> Result<Classes, WeightsError> {
    let shape = Group::Shape;
    let pooling = if pools { keys.text(shape, &["classifier_pooling"])? } else { None };
    let pooling = match pooling.as_deref() {
        None | Some("cls") => Pooling::First,
        Some("mean") => Pooling::Mean,
        Some(other) => {
            keys.not_understood("classifier_pooling", format!("{other:?} is not built; cls and mean are"));
            Pooling::First
        }
    };
    let counted = keys.size(shape, &["num_labels"])?;
    let labels = match keys.take(shape, "id2label") {
        None => (0..counted.unwrap_or(2).min(1 << 13)).map(|class| format!("LABEL_{class}")).collect(),
        Some(Value::Object(names)) => labels(keys, names, counted)?,
        Some(other) => return Err(keys.wrong(format!("id2label is {other}, not an object"))),
    };
    let problem_type = match keys.text(shape, &["problem_type"])?.as_deref() {
        // A single logit has nothing to be weighed against.
        _ if labels.len() == 1 => ProblemType::Regression,
        None | Some("single_label_classification") => ProblemType::SingleLabel,
        Some("multi_label_classification") => ProblemType::MultiLabel,
        Some(other) => {
            keys.not_understood("problem_type", format!("{other:?} of {} labels is not built", labels.len()));
            ProblemType::SingleLabel
        }
    };
    Ok(Classes { pooling, labels, problem_type })
}

/// Names of classes in the order of their ids as numbers, which have to count from 0.
fn labels(
    keys: &Keys<'_>,
    names: serde_json::Map<String, Value>,
    counted: Option<usize>,
) -> Result<Vec<String>, WeightsError> {
    let mut by_id = std::collections::BTreeMap::new();
    for (id, name) in names {
        let label = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
        let id: usize = id.trim().parse().map_err(|_| keys.wrong(format!("id2label has {id:?}, no number")))?;
        if by_id.insert(id, label).is_some() {
            return Err(keys.wrong(format!("id2label names class {id} twice")));
        }
    }
    if by_id.keys().copied().ne(0..by_id.len()) {
        return Err(keys.wrong("id2label does not count from 0".to_owned()));
    }
    if counted.is_some_and(|counted| counted != by_id.len()) {
        let counted = counted.unwrap_or_default();
        return Err(keys.wrong(format!("num_labels is {counted}, but id2label names {}", by_id.len())));
    }
    Ok(by_id.into_values().collect())
}

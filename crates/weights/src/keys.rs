//! The keys of one file: each is taken once by who uses it, and what is left over is judged in one place.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use vitrine_schema::inspection::{Account, Group, clipped};

use crate::WeightsError;

/// What becomes of a key that nobody took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It changes nothing here.
    WithoutEffect(String),
    /// It may change a result and is not built.
    NotUnderstood(String),
}

/// Keys with their values, and the account that is told what becomes of them.
///
/// A number in another type than expected is converted where that is exact and refused where it is not. `null` stands for
/// a key that is not there only where the reader says so, with [`Keys::absent_if_null`].
#[derive(Debug)]
pub struct Keys<'a> {
    file: String,
    prefix: String,
    values: BTreeMap<String, Value>,
    account: &'a mut Account,
}

impl<'a> Keys<'a> {
    /// The keys of a file.
    pub fn new(file: &str, values: Map<String, Value>, account: &'a mut Account) -> Self {
        Self { file: file.to_owned(), prefix: String::new(), values: values.into_iter().collect(), account }
    }

    /// The account that these keys are told to.
    pub const fn account(&mut self) -> &mut Account {
        self.account
    }

    /// Whether a key is there and not taken yet.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The value of a key that is not taken yet, left where it is.
    #[must_use]
    pub fn peek(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Keys whose `null` means the same as their absence.
    pub fn absent_if_null(&mut self, group: Group, names: &[&str]) {
        for name in names {
            if self.values.get(*name).is_some_and(Value::is_null) {
                self.take(group, name);
            }
        }
    }

    /// The value of a key, which counts as used.
    pub fn take(&mut self, group: Group, name: &str) -> Option<Value> {
        let value = self.values.remove(name)?;
        self.account.use_key(group);
        Some(value)
    }

    /// A key under any of its names; where several stand, they have to agree.
    ///
    /// # Errors
    /// [`WeightsError::Config`] when two of them disagree.
    pub fn any_of(&mut self, group: Group, names: &[&str]) -> Result<Option<(String, Value)>, WeightsError> {
        let mut found: Option<(String, Value)> = None;
        for &name in names {
            let Some(value) = self.take(group, name) else { continue };
            match &found {
                Some((first, other)) if !same(other, &value) => {
                    return Err(self.wrong(format!("{first} is {other} and {name} is {value}; they mean the same")));
                }
                Some(_) => {}
                None => found = Some((name.to_owned(), value)),
            }
        }
        Ok(found)
    }

    /// A whole number that is not negative.
    ///
    /// # Errors
    /// [`WeightsError::Config`] when it is anything else.
    pub fn size(&mut self, group: Group, names: &[&str]) -> Result<Option<usize>, WeightsError> {
        self.typed(group, names, "a whole number", whole)
    }

    /// As [`Keys::size`], of a key that has to be there.
    ///
    /// # Errors
    /// [`WeightsError::Config`].
    pub fn needed_size(&mut self, group: Group, names: &[&str]) -> Result<usize, WeightsError> {
        let size = self.size(group, names)?;
        size.ok_or_else(|| self.wrong(format!("{} is missing", names.first().copied().unwrap_or_default())))
    }

    /// A number.
    ///
    /// # Errors
    /// [`WeightsError::Config`] when it is anything else.
    pub fn number(&mut self, group: Group, names: &[&str]) -> Result<Option<f64>, WeightsError> {
        self.typed(group, names, "a number", exact)
    }

    /// Yes or no.
    ///
    /// # Errors
    /// [`WeightsError::Config`] when it is anything else.
    pub fn flag(&mut self, group: Group, names: &[&str]) -> Result<Option<bool>, WeightsError> {
        self.typed(group, names, "true or false", Value::as_bool)
    }

    /// A text.
    ///
    /// # Errors
    /// [`WeightsError::Config`] when it is anything else.
    pub fn text(&mut self, group: Group, names: &[&str]) -> Result<Option<String>, WeightsError> {
        self.typed(group, names, "a text", |value| value.as_str().map(str::to_owned))
    }

    /// One token id, or a list of them.
    ///
    /// # Errors
    /// [`WeightsError::Config`] when it is anything else.
    pub fn ids(&mut self, group: Group, name: &str) -> Result<Vec<u32>, WeightsError> {
        let id = |value: &Value| whole(value).and_then(|id| u32::try_from(id).ok());
        let ids = |value: &Value| match value {
            Value::Array(ids) => ids.iter().map(id).collect(),
            one => id(one).map(|id| vec![id]),
        };
        Ok(self.typed(group, &[name], "a token's number or a list of them", ids)?.unwrap_or_default())
    }

    /// The keys inside of a key.
    ///
    /// # Errors
    /// [`WeightsError::Config`] when its value is no object.
    pub fn inside(&mut self, group: Group, name: &str) -> Result<Option<Keys<'_>>, WeightsError> {
        match self.take(group, name) {
            None => Ok(None),
            Some(Value::Object(values)) => {
                let (file, prefix) = (self.file.clone(), format!("{}{name}.", self.prefix));
                Ok(Some(Keys { file, prefix, values: values.into_iter().collect(), account: self.account }))
            }
            Some(other) => Err(self.expected(name, "an object", &other)),
        }
    }

    /// A key that changes nothing as long as it has one of these values; with another it is not understood.
    pub fn only(&mut self, group: Group, name: &str, built: &[Value], reason: &str) {
        let Some(value) = self.values.remove(name) else { return };
        if built.iter().any(|built| same(built, &value)) {
            self.account.use_key(group);
        } else {
            let reason = format!("{} is not built{reason}", quoted(&value));
            self.not_understood(name, reason);
        }
    }

    /// A key that is there has a value that is not built.
    pub fn not_understood(&mut self, name: &str, reason: impl Into<String>) {
        self.account.refuse(&self.file, &format!("{}{name}", self.prefix), reason);
    }

    /// A key has no effect, or its value was taken with a remark.
    pub fn remark(&mut self, name: &str, reason: impl Into<String>) {
        self.account.pass_over(&self.file, &format!("{}{name}", self.prefix), reason);
    }

    /// Judges what nobody took.
    pub fn finish(self, judge: impl Fn(&str, &Value) -> Judgement) {
        for (name, value) in &self.values {
            let name = format!("{}{name}", self.prefix);
            match judge(&name, value) {
                Judgement::WithoutEffect(reason) => self.account.pass_over(&self.file, &name, reason),
                Judgement::NotUnderstood(reason) => self.account.refuse(&self.file, &name, reason),
            }
        }
    }

    /// The file cannot be used.
    #[must_use]
    pub fn wrong(&self, detail: String) -> WeightsError {
        WeightsError::Config { file: self.file.clone(), detail: clipped(&detail, 300) }
    }

    fn expected(&self, name: &str, expected: &str, found: &Value) -> WeightsError {
        self.wrong(format!("{}{name} is {}, not {expected}", self.prefix, quoted(found)))
    }

    fn typed<T>(
        &mut self,
        group: Group,
        names: &[&str],
        expected: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, WeightsError> {
        let Some((name, value)) = self.any_of(group, names)? else { return Ok(None) };
        read(&value).map(Some).ok_or_else(|| self.expected(&name, expected, &value))
    }
}

/// Equal, numbers by their value whatever their type.
fn same(a: &Value, b: &Value) -> bool {
    match (exact(a), exact(b)) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

/// A number as it is, where 64 bits hold it exactly.
fn exact(value: &Value) -> Option<f64> {
    const MOST: u64 = 1 << f64::MANTISSA_DIGITS;
    match (value.as_u64(), value.as_i64()) {
        (Some(number), _) if number > MOST => None,
        (None, Some(number)) if number.unsigned_abs() > MOST => None,
        _ => value.as_f64().filter(|number| number.is_finite()),
    }
}

fn whole(value: &Value) -> Option<usize> {
    let number = exact(value)?;
    // Exact below 2⁵³, which `exact` has checked of integers; a larger fraction-free float is no size.
    (number >= 0.0 && number.fract() == 0.0 && number <= 9.0e15)
        .then_some(number as u64)
        .and_then(|n| n.try_into().ok())
}

/// A value for a sentence.
fn quoted(value: &Value) -> String {
    clipped(&value.to_string(), 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn with<T>(object: Value, read: impl FnOnce(&mut Keys<'_>) -> T) -> (T, Account) {
        let mut account = Account::default();
        let Value::Object(object) = object else { panic!("no object") };
        let result = read(&mut Keys::new("config.json", object, &mut account));
        (result, account)
    }

    #[test]
    fn a_number_of_another_type_is_converted_where_that_is_exact() {
        let size = |value: Value| {
            with(json!({ "n": value }), |keys| keys.size(Group::Shape, &["n"]).map_err(|error| error.to_string())).0
        };
        assert_eq!(size(json!(12)), Ok(Some(12)));
        assert_eq!(size(json!(12.0)), Ok(Some(12)));
        for wrong in [json!(12.5), json!(-1), json!("12"), json!(true), json!(null), json!([12]), json!(1e300)] {
            let said = size(wrong).unwrap_err();
            assert!(said.contains("n is") && said.contains("not a whole number"), "{said}");
        }
        let number = |value: Value| with(json!({ "x": value }), |keys| keys.number(Group::Shape, &["x"])).0;
        assert_eq!(number(json!(10_000)), Ok(Some(10_000.0)));
        assert!(number(json!("NaN")).is_err() && number(json!(u64::MAX)).is_err());
    }

    #[test]
    fn names_of_one_key_have_to_agree() {
        let both = |a: Value, b: Value| {
            with(json!({"dim": a, "hidden_size": b}), |keys| keys.size(Group::Shape, &["hidden_size", "dim"])).0
        };
        assert_eq!(both(json!(8), json!(8.0)), Ok(Some(8)));
        let said = both(json!(8), json!(16)).unwrap_err().to_string();
        assert!(said.contains("hidden_size is 16 and dim is 8"), "{said}");
    }

    #[test]
    fn what_nobody_takes_is_judged() {
        let judge = |name: &str, _: &Value| match name {
            "rope.type" => Judgement::NotUnderstood("why".into()),
            _ => Judgement::WithoutEffect("because".into()),
        };
        let mut account = Account::default();
        let Value::Object(object) = json!({"a": 1, "b": 2, "rope": {"type": "x"}, "c": null, "d": 7}) else { panic!() };
        let mut keys = Keys::new("config.json", object, &mut account);
        assert_eq!(keys.size(Group::Shape, &["a"]), Ok(Some(1)));
        keys.inside(Group::Shape, "rope").unwrap().unwrap().finish(judge);
        keys.absent_if_null(Group::Shape, &["c", "e"]);
        keys.only(Group::Shape, "d", &[json!(8)], "");
        keys.finish(judge);
        assert_eq!(account.used.shape_keys, 3);
        let names = |entries: &[vitrine_schema::inspection::Entry]| -> Vec<String> {
            entries.iter().map(|entry| entry.name.clone()).collect()
        };
        assert_eq!(
            (names(&account.without_effect), names(&account.not_understood)),
            (vec!["b".to_owned()], vec!["rope.type".to_owned(), "d".to_owned()])
        );
    }
}

//! Enums of many kinds, each an object that names its kind: `{"id": "chain-cut", "most": 60}`.
//!
//! What is read and written is what `#[serde(tag = "id", rename_all = "kebab-case")]` would. Derived, each kind has a reader of
//! its own, for objects and for lists; here all share one for each type of field, which is what a page has to fetch before it
//! can be read.

use serde::de::DeserializeOwned;
use serde_json::{Error, Map, Value};

/// Declares such an enum, with the name of the field that says which kind it is.
macro_rules! kinds {
    (
        $(#[$of:meta])*
        pub enum $name:ident in $tag:literal {
            $( $(#[$about:meta])* $kind:ident $({ $( $(#[$what:meta])* $field:ident: $type:ty, )* })?, )*
        }
    ) => {
        $(#[$of])*
        pub enum $name {
            $( $(#[$about])* $kind $({ $( $(#[$what])* $field: $type, )* })?, )*
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(None)?;
                match self {
                    $( Self::$kind $({ $( $field, )* })? => {
                        map.serialize_entry($tag, &$crate::kinds::kebab(stringify!($kind)))?;
                        $($( map.serialize_entry(stringify!($field), $field)?; )*)?
                    } )*
                }
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                /// One reader, whatever is read from.
                fn read(mut map: serde_json::Map<String, serde_json::Value>) -> Result<$name, serde_json::Error> {
                    let kind: String = $crate::kinds::take(&mut map, $tag)?;
                    Ok(match $crate::kinds::camel(&kind).as_str() {
                        $( stringify!($kind) => $name::$kind $({
                            $( $field: $crate::kinds::take(&mut map, stringify!($field))?, )*
                        })?, )*
                        _ => return Err(serde::de::Error::custom(format!("unknown {} {kind:?}", $tag))),
                    })
                }
                read(serde::Deserialize::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use kinds;

/// Takes a field out; one that is not there is `null`.
pub fn take<T: DeserializeOwned>(map: &mut Map<String, Value>, name: &str) -> Result<T, Error> {
    let found = map.remove(name).unwrap_or_default();
    T::deserialize(found).map_err(|error| serde::de::Error::custom(format!("{name}: {error}")))
}

/// `ChainCut` as `chain-cut`.
pub fn kebab(kind: &str) -> String {
    let mut said = String::new();
    for (i, letter) in kind.char_indices() {
        if letter.is_ascii_uppercase() && i > 0 {
            said.push('-');
        }
        said.push(letter.to_ascii_lowercase());
    }
    said
}

/// `chain-cut` as `ChainCut`; what is not written so is no kind.
pub fn camel(said: &str) -> String {
    let mut kind = String::new();
    for word in said.split('-') {
        let mut letters = word.chars();
        kind.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        kind.push_str(letters.as_str());
    }
    if kebab(&kind) == said { kind } else { String::new() }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    kinds! {
        /// Read by the one reader.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Ours in "id" {
            /// Nothing beside its kind.
            NoWordsAtAll,
            /// All that fields are made of.
            Some {
                /// A number.
                share: f32,
                /// One that may be missing.
                at: Option<usize>,
                /// Several.
                names: Vec<String>,
                /// Another of its kind.
                inner: Option<Box<Ours>>,
            },
        }
    }

    /// Derived.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "id", rename_all = "kebab-case")]
    enum Theirs {
        NoWordsAtAll,
        Some { share: f32, at: Option<usize>, names: Vec<String>, inner: Option<Box<Self>> },
    }

    #[test]
    fn what_is_read_and_written_is_what_serde_derives() {
        let names = vec!["a".to_owned(), "\"b\"".to_owned()];
        let inner = Theirs::Some { share: 0.1, at: None, names: names.clone(), inner: None };
        for theirs in [
            Theirs::NoWordsAtAll,
            inner.clone(),
            Theirs::Some { share: -3.5e-9, at: Some(7), names, inner: Some(Box::new(inner)) },
        ] {
            let json = serde_json::to_string(&theirs).unwrap();
            let ours: Ours = serde_json::from_str(&json).unwrap();
            assert_eq!(serde_json::to_string(&ours).unwrap(), json);
            assert_eq!(serde_json::from_str::<Theirs>(&json).unwrap(), theirs);
        }
        // Fields in any order, fields that nobody knows, and one that may be missing.
        let json = r#"{"names":[],"other":1,"share":2,"id":"some"}"#;
        let ours = Ours::Some { share: 2.0, at: None, names: Vec::new(), inner: None };
        assert_eq!(serde_json::from_str::<Ours>(json).unwrap(), ours);
        for (broken, named) in [
            (r#"{"share":1}"#, "id"),
            (r#"{"id":"other"}"#, "other"),
            (r#"{"id":"Some","share":1,"names":[]}"#, "Some"),
            (r#"{"id":"some","share":1}"#, "names"),
            (r#"{"id":"some","share":"1","names":[]}"#, "share"),
            ("[]", "sequence"),
        ] {
            assert!(serde_json::from_str::<Theirs>(broken).is_err(), "{broken}");
            let error = serde_json::from_str::<Ours>(broken).unwrap_err().to_string();
            assert!(error.contains(named), "{broken}: {error}");
        }
    }
}

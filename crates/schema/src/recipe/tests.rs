//! Recipes by hand, as JSON and back.

use proptest::prelude::*;

use super::*;
use crate::method::Params;
use crate::{Methods, Players};

fn check(ask: &str, expected: Result<Ask, &str>) {
    let json = format!(r#"{{"schema": "vitrine.recipe/1", "model": "m", "text": "t", "ask": {ask}}}"#);
    let found = Recipe::from_json(&json).map(|recipe| recipe.ask).map_err(|refusal| refusal.to_string());
    match (&found, &expected) {
        (Ok(found), Ok(expected)) => assert_eq!(found, expected),
        (Err(found), Err(expected)) => assert!(found.starts_with(expected), "{found}"),
        _ => panic!("{ask}: {found:?}"),
    }
}

#[test]
fn a_recipe_by_hand_may_leave_out_what_has_a_default() {
    check(r#"{"id": "predict"}"#, Ok(Ask::Predict {}));
    check(r#"{"id": "attention"}"#, Ok(Ask::Attention(Attention::default())));
    check(r#"{"id": "generate", "chat": true}"#, Ok(Ask::Generate(Generate { chat: true, ..Generate::default() })));
    check(r#"{"id": "stream"}"#, Ok(Ask::Stream(Stream { position: None })));
    let parts = vec![Part::Head { layer: 5, head: 1 }, Part::Mlp { layer: 3 }, Part::Neuron { layer: 5, neuron: 120 }];
    let ablate = Ablate { parts, how: Some(How::Zero), ..Ablate::default() };
    check(r#"{"id": "ablate", "parts": ["L5H1", "MLP3", "L5N120"], "how": "zero"}"#, Ok(Ask::Ablate(ablate)));
}

#[test]
fn of_two_classes_one_stands_against_the_other() {
    let classes = ["NO".to_owned(), "YES".to_owned()];
    let sides = |target: Option<&str>, foil: Option<&str>, classes: &[String]| {
        let own = |name: Option<&str>| name.map(str::to_owned);
        let request = TargetRequest { target: own(target), foil: own(foil), quantity: None };
        let (target, foil) = request.sides(classes);
        format!("{} {}", target.unwrap_or_default(), foil.unwrap_or_default())
    };
    assert_eq!(sides(None, None, &classes), "YES NO");
    assert_eq!(sides(None, Some("YES"), &classes), "NO YES");
    assert_eq!(sides(Some("NO"), None, &classes), "NO ");
    assert_eq!(sides(None, Some("YES"), &[]), " YES");
    let request = TargetRequest { target: Some("yes".into()), ..TargetRequest::default() };
    let names: Vec<String> = request.targets(&classes, Some("any")).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["", "NO", "YES", "yes"]);
    assert_eq!(TargetRequest::default().targets(&classes, None).len(), 2);
    assert!(request.is_among(&classes) && !request.is_among(&[]) && TargetRequest::default().is_among(&[]));
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    let cannot = "the recipe cannot be read: ";
    check(
        r#"{"id": "chain", "shots": "five"}"#,
        Err(&format!("{cannot}shots must be four, direct, none, zero, or the SHA-256")),
    );
    for inject in ["y = 3", "0=y", "2=", "=y", "-1=y"] {
        let ask = format!(r#"{{"id": "chain", "inject": "{inject}"}}"#);
        check(&ask, Err(&format!("{cannot}inject must be the number of a step")));
    }
    check(r#"{"id": "courtroom", "test": "burn"}"#, Err(&format!("{cannot}unknown variant `burn`")));
    check(r#"{"id": "predict", "position": 3}"#, Err("the recipe cannot be read: unknown field `position`"));
    check(r#"{"id": "stream", "layer": 3}"#, Err("the recipe cannot be read: unknown field `layer`"));
    check(r#"{"id": "explain", "method": "blur"}"#, Err("there is no method \"blur\"; known: integrated-gradients"));
    check(r#"{"id": "dance"}"#, Err("nothing can be asked by the name \"dance\"; known: predict, generate"));
    for part in ["L5", "H1", "L5H", "L-1H2", "MLP", "l5h1", "L5H1N2", "L99999999999999999999H1"] {
        let ask = format!(r#"{{"id": "ablate", "parts": ["{part}"]}}"#);
        check(&ask, Err(&format!("the recipe cannot be read: {part:?} is no part of a model")));
    }
    let other = Recipe::from_json(r#"{"schema": "vitrine.recipe/2"}"#).map_err(|refusal| refusal.to_string());
    assert_eq!(other, Err("this is \"vitrine.recipe/2\"; this version reads vitrine.recipe/1".to_owned()));
    let none = Recipe::from_json("{}").map_err(|refusal| refusal.to_string());
    assert_eq!(none, Err("this says no schema; this version reads vitrine.recipe/1".to_owned()));
}

fn shots() -> impl Strategy<Value = Shots> {
    let built_in = prop::sample::select(vec![Shots::Four, Shots::Direct, Shots::None, Shots::Zero]);
    prop_oneof![built_in, "[0-9a-f]{64}".prop_map(Shots::File)]
}

fn any_ask() -> impl Strategy<Value = Ask> {
    let part = prop_oneof![
        (any::<u16>(), any::<u16>()).prop_map(|(layer, head)| Part::Head { layer: layer.into(), head: head.into() }),
        any::<u16>().prop_map(|layer| Part::Mlp { layer: layer.into() }),
        (any::<u16>(), any::<u16>())
            .prop_map(|(layer, neuron)| Part::Neuron { layer: layer.into(), neuron: neuron.into() }),
    ];
    let method = prop::sample::select(MethodId::ALL.to_vec());
    let span = (any::<u16>(), any::<u16>()).prop_map(|(start, end)| [start.into(), end.into()]);
    let players = prop_oneof![
        Just(Players::Tokens),
        Just(Players::Words),
        Just(Players::Sentences),
        prop::collection::vec(span, 0..4).prop_map(Players::Spans),
    ];
    prop_oneof![
        Just(Ask::Predict {}),
        any::<Option<u16>>().prop_map(|at| Ask::Attention(Attention { position: at.map(usize::from) })),
        (any::<bool>(), any::<Option<String>>(), any::<u16>(), 0.0f32..9.0, any::<u16>()).prop_map(
            |(chat, system, max_tokens, temperature, top_k)| {
                let (max_tokens, top_k) = (max_tokens.into(), top_k.into());
                Ask::Generate(Generate { chat, system, max_tokens, temperature, top_k })
            }
        ),
        (
            method,
            prop::collection::btree_map("[a-z_]{1,8}", any::<i32>(), 0..4),
            players,
            any::<Option<String>>(),
            any::<bool>()
        )
            .prop_map(|(method, params, players, continuation, receipt)| {
                let params = Params(params.into_iter().map(|(name, value)| (name, value.into())).collect());
                Ask::Explain(Explain { method, params, players, continuation, receipt })
            }),
        (
            prop::option::of(prop::collection::vec(prop::sample::select(MethodId::ALL.to_vec()), 1..4)),
            any::<Option<String>>(),
            any::<Option<String>>()
        )
            .prop_map(|(methods, with_text, with_model)| {
                let methods = methods.map_or(Methods::All, Methods::Listed);
                Ask::Compare(Compare { methods, with_text, with_model })
            }),
        any::<Option<u16>>().prop_map(|at| Ask::Stream(Stream { position: at.map(usize::from) })),
        (any::<String>(), shots(), prop::option::of((1usize..9, "[^\\s].{0,8}")), any::<bool>()).prop_map(
            |(question, shots, inject, forced)| {
                let inject = inject.map(|(step, text)| Inject { step, text });
                Ask::Chain(Chain { question, shots, inject, forced })
            }
        ),
        (any::<String>(), shots(), any::<u16>(), 0.0f32..9.0).prop_map(|(question, shots, samples, temperature)| {
            Ask::Vote(Vote { question, shots, samples: samples.into(), temperature })
        }),
        (
            prop::sample::select(Family::ALL.to_vec()),
            any::<u16>(),
            prop::sample::select(Evidence::ALL.to_vec()),
            any::<bool>()
        )
            .prop_map(|(family, problems, test, forced)| {
                Ask::Courtroom(Courtroom { family, problems: problems.into(), test, forced })
            }),
        (prop::collection::vec(any::<u16>(), 0..4), prop::collection::vec(part, 0..4), any::<Option<String>>())
            .prop_map(|(tokens, parts, resample_from)| {
                let tokens = tokens.into_iter().map(usize::from).collect();
                Ask::Ablate(Ablate { tokens, parts, how: Some(How::Zero), resample_from, write: 0, neurons: 0 })
            }),
    ]
}

proptest! {
    #[test]
    fn a_recipe_comes_back_from_json_as_it_was(ask in any_ask(), model in any::<String>(), text in any::<Option<String>>(), foil in any::<Option<String>>(), seed in any::<u64>()) {
        let target = TargetRequest { target: None, foil, quantity: Some(Quantity::Logit) };
        let recipe = Recipe { schema: SCHEMA.into(), model, text, target, ask, seed };
        let json = serde_json::to_string(&recipe).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(Recipe::from_json(&json), Ok(recipe));
    }

    #[test]
    fn what_is_asked_goes_by_one_name(ask in any_ask()) {
        let json = serde_json::to_value(&ask).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(json["id"].as_str(), Some(ask.name()));
        prop_assert!(Ask::NAMES.contains(&ask.name()));
    }

    #[test]
    fn any_text_as_a_recipe_gets_one_sentence(json in any::<String>()) {
        if let Err(refusal) = Recipe::from_json(&json) {
            prop_assert_eq!(refusal.to_string().lines().count(), 1);
        }
    }
}

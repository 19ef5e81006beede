//! Addresses of the Lab: those that were released, the laws, and any bytes at all.

use proptest::prelude::*;
use vitrine_schema::recipe::{
    Ablate, Attention, Chain, Compare, Courtroom, Explain, Generate, Patch, Probe, Steer, Stream, Vote,
};
use vitrine_schema::{
    Aligned, Ask, Cell, Direction, Evidence, Family, How, Inject, MethodId, Methods, Params, Part, PatchSite, Players,
    ProbeKind, ProbePosition, Quantity, Recipe, Shots, TargetRequest, Traits,
};
use vitrine_share::address::{MOST_BYTES, read, write};
use vitrine_share::{AddressError, Opened, Place, View};

const RELEASED: &str = include_str!("addresses.txt");

fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| error.to_string())
}

/// What an address opens, in the words of `addresses.txt`.
fn described(address: &str) -> Vec<String> {
    let Some(Opened { place, fault }) = read(address) else { return vec!["another page".to_owned()] };
    let mut lines = Vec::new();
    let mut line = |key: &str, word: Option<String>| lines.extend(word.map(|word| format!("{key} {word}")));
    if let Ok(recipe) = place.recipe() {
        line("recipe", Some(json(&recipe)));
    } else {
        let Place { model, text, target, ask, seed, view: _, at: _ } = &place;
        line("model", model.as_ref().map(json));
        line("text", text.as_ref().map(json));
        line("ask", ask.as_ref().map(json));
        line("target", Some(target).filter(|target| **target != TargetRequest::default()).map(json));
        line("seed", Some(seed).filter(|seed| **seed != 0).map(json));
    }
    line("view", place.view.map(|view| view.to_string()));
    line("at", place.at.as_ref().map(json));
    line("fault", fault.as_ref().map(ToString::to_string));
    if fault.is_none() && write(&place).as_deref() == Ok(address) {
        lines.push("written".to_owned());
    }
    lines
}

#[test]
fn every_address_that_was_released_opens_as_it_did() {
    // Methods and questions are added; the address is refused as before.
    let (methods, asks) = (MethodId::names().join(", "), Ask::NAMES.join(", "));
    let mut n_addresses = 0;
    let mut lines = RELEASED.lines().peekable();
    while let Some(address) = lines.next() {
        if !address.starts_with('#') {
            continue;
        }
        let mut expected = Vec::new();
        while let Some(line) = lines.next_if(|line| line.starts_with("  ")) {
            expected.push(line.trim().replace("{methods}", &methods).replace("{asks}", &asks));
        }
        assert_eq!(described(address), expected, "{address}");
        assert_eq!(read(address), read(address.trim_start_matches('#')), "{address}");
        n_addresses += 1;
    }
    assert!(n_addresses > 50, "{n_addresses}");
}

#[test]
fn an_address_is_read_and_written_up_to_its_limit() {
    let text = "a".repeat(MOST_BYTES - "#/lab?text=".len());
    let longer = Place { text: Some(format!("{text}a")), ..Place::default() };
    let place = Place { text: Some(text), ..Place::default() };
    let address = write(&place).unwrap();
    assert_eq!(read(&address), Some(Opened { place, fault: None }));

    let too_long = AddressError::TooLong { most: MOST_BYTES, found: MOST_BYTES + 1 };
    assert_eq!(too_long.to_string(), "an address has at most 65536 bytes, this one 65537; shorten the text");
    assert_eq!(write(&longer), Err(too_long.clone()));
    let opened = Opened { place: Place::default(), fault: Some(too_long) };
    assert_eq!(read(&format!("{address}a")), Some(opened));
}

#[test]
fn an_unfinished_question_says_what_is_missing() {
    let check = |address: &str, sentence: &str| {
        let opened = read(address).unwrap();
        assert_eq!(opened.fault, None);
        assert_eq!(opened.place.recipe().map_err(|error| error.to_string()), Err(sentence.to_owned()));
    };
    let no_ask = format!("this address asks nothing yet; add ask= and one of {}", Ask::NAMES.join(", "));
    check("#/lab", &no_ask);
    check("#/lab?model=sentiment&text=the%20plot", &no_ask);
    check("#/lab?text=the%20plot&ask=predict", "this address names no model; add model= and the name of one");
}

#[test]
fn every_question_can_be_asked_by_address() {
    for id in Ask::NAMES {
        let method = if id == "explain" { "&method=saliency" } else { "" };
        let opened = read(&format!("#/lab?ask={id}{method}")).unwrap();
        assert_eq!((opened.place.ask.map(|ask| ask.name()), opened.fault), (Some(id), None));
    }
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z +&%=#?.\r\n\u{5e9}\u{1f600}]{0,40}", "(%[0-9a-fA-F]{0,2}){0,4}"]
}

/// Parameters as an address can hold them: what a word means to the method, known or not.
fn any_explain() -> impl Strategy<Value = Ask> {
    let method = prop::sample::select(MethodId::ALL.to_vec());
    let name = "(nodes|max_nodes|baseline|variant|hold_first|[a-z_]{0,8})";
    let word = prop_oneof!["[0-9]{1,20}", "(true|false|mask|mean|0x1|-1|1e3|0\\.5)", any_text()];
    let words = prop::collection::btree_map(name, word, 0..4);
    let players = prop_oneof![
        Just(Players::Tokens),
        Just(Players::Words),
        prop::collection::vec(any::<[usize; 2]>(), 0..3).prop_map(Players::Spans),
    ];
    (method, words, players, prop::option::of(any_text()), any::<bool>()).prop_map(
        |(method, words, players, continuation, receipt)| {
            Ask::Explain(Explain { method, params: Params::from_words(method, words), players, continuation, receipt })
        },
    )
}

fn any_patch() -> impl Strategy<Value = Ask> {
    let cell = any::<(usize, usize)>().prop_map(|(layer, column)| Cell { layer, column });
    let aligned = any::<(usize, usize)>().prop_map(|(clean, corrupt)| Aligned { clean, corrupt });
    let (site, direction) = (prop::sample::select(PatchSite::ALL), prop::sample::select(Direction::ALL));
    let lists = (prop::collection::vec(cell, 0..4), prop::collection::vec(aligned, 0..4));
    (any_text(), any_text(), site, direction, any::<bool>(), lists, any::<usize>()).prop_map(
        |(clean, corrupt, site, direction, approximate, (cells, align), join)| {
            Ask::Patch(Patch { clean, corrupt, site, direction, approximate, cells, align, join })
        },
    )
}

fn any_reasoning() -> impl Strategy<Value = Ask> {
    let shots = || {
        let built_in = prop::sample::select(vec![Shots::Four, Shots::Direct, Shots::None, Shots::Zero]);
        prop_oneof![built_in, "[0-9a-f]{64}".prop_map(Shots::File)]
    };
    let inject = (1usize.., any_text()).prop_map(|(step, text)| Inject { step, text });
    let inject = inject.prop_filter("an empty step is none", |inject| !inject.text.trim().is_empty());
    let (family, test) = (prop::sample::select(Family::ALL), prop::sample::select(Evidence::ALL));
    prop_oneof![
        (any_text(), shots(), prop::option::of(inject), any::<bool>())
            .prop_map(|(question, shots, inject, forced)| { Ask::Chain(Chain { question, shots, inject, forced }) }),
        (any_text(), shots(), any::<usize>(), -9.0f32..9e9).prop_map(|(question, shots, samples, temperature)| {
            Ask::Vote(Vote { question, shots, samples, temperature })
        }),
        (family, any::<usize>(), test, any::<bool>()).prop_map(|(family, problems, test, forced)| {
            Ask::Courtroom(Courtroom { family, problems, test, forced })
        }),
    ]
}

fn any_ask() -> impl Strategy<Value = Ask> {
    let part = (0..3, any::<usize>(), any::<usize>()).prop_map(|(kind, layer, index)| match kind {
        0 => Part::Head { layer, head: index },
        1 => Part::Mlp { layer },
        _ => Part::Neuron { layer, neuron: index },
    });
    let tokens = prop::collection::vec(any::<usize>(), 0..4);
    let how = prop::option::of(prop::sample::select(How::ALL.to_vec()));
    prop_oneof![
        Just(Ask::Predict {}),
        (any::<bool>(), prop::option::of(any_text()), any::<usize>(), -9.0f32..9e9, any::<usize>()).prop_map(
            |(chat, system, max_tokens, temperature, top_k)| {
                Ask::Generate(Generate { chat, system, max_tokens, temperature, top_k })
            }
        ),
        any_explain(),
        (
            prop::option::of(prop::collection::vec(prop::sample::select(MethodId::ALL.to_vec()), 1..4)),
            prop::option::of(any_text())
        )
            .prop_map(|(methods, with_text)| {
                let methods = methods.map_or(Methods::All, Methods::Listed);
                Ask::Compare(Compare { methods, with_text, with_model: None })
            }),
        any::<Option<usize>>().prop_map(|position| Ask::Attention(Attention { position })),
        any::<Option<usize>>().prop_map(|position| Ask::Stream(Stream { position })),
        (tokens, prop::collection::vec(part, 0..4), how, prop::option::of(any_text()), any::<[usize; 2]>()).prop_map(
            |(tokens, parts, how, resample_from, [write, neurons])| Ask::Ablate(Ablate {
                tokens,
                parts,
                how,
                resample_from,
                write,
                neurons
            })
        ),
        any_patch(),
        (
            any_text(),
            prop::sample::select(ProbePosition::ALL),
            prop::sample::select(ProbeKind::ALL),
            any::<Option<usize>>(),
            any::<usize>()
        )
            .prop_map(|(data, position, probe, layer, seeds)| Ask::Probe(Probe {
                data,
                position,
                probe,
                layer,
                seeds
            })),
        any_reasoning(),
        (any_text(), any_text(), any::<Option<usize>>(), -9.0f32..9e9)
            .prop_map(|(toward, away, layer, strength)| Ask::Steer(Steer { toward, away, layer, strength })),
    ]
}

prop_compose! {
    fn any_place()(
        (model, text, at) in (prop::option::of(any_text()), prop::option::of(any_text()), prop::option::of(any_text())),
        (target, foil) in (prop::option::of(any_text()), prop::option::of(any_text())),
        quantity in prop::option::of(prop::sample::select(Quantity::ALL.to_vec())),
        ask in prop::option::of(any_ask()),
        seed in prop_oneof![Just(0), any::<u64>()],
        view in prop::option::of(prop::sample::select(View::ALL.to_vec())),
    ) -> Place {
        Place { model: model.map(|name| name.trim().to_owned()), text, target: TargetRequest { target, foil, quantity }, ask, seed, view, at }
    }
}

fn written(place: &Place) -> Result<String, TestCaseError> {
    write(place).map_err(|error| TestCaseError::fail(error.to_string()))
}

/// The law of the fuzz target `address`.
fn opens(address: &str) -> Result<(), TestCaseError> {
    let Some(Opened { place, fault }) = read(address) else { return Ok(()) };
    if let Some(sentence) = fault.map(|fault| fault.to_string()) {
        prop_assert_eq!(sentence.lines().count(), 1);
        prop_assert!(sentence.len() < 1000, "{}", sentence);
    }
    // What could be read is shown, and so can be written, unless escaping it makes it too long.
    if let Ok(address) = write(&place) {
        prop_assert_eq!(read(&address), Some(Opened { place, fault: None }));
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_place_comes_back_from_its_address_as_it_was(place in any_place()) {
        prop_assert_eq!(read(&written(&place)?), Some(Opened { place, fault: None }));
    }

    #[test]
    fn a_recipe_comes_back_from_its_address_as_it_was(text in any_text(), ask in any_ask(), seed in any::<u64>()) {
        let recipe = Recipe { seed, ..Recipe::new("m", text, ask) };
        let address = written(&Place::from(recipe.clone()))?;
        prop_assert_eq!(read(&address).unwrap_or_default().place.recipe(), Ok(recipe));
    }

    #[test]
    fn an_address_holds_what_no_browser_and_no_chat_changes(place in any_place()) {
        let address = written(&place)?;
        let may = |c: char| c.is_ascii_alphanumeric() || "-._~!$'()*,;:@/?&=%".contains(c);
        prop_assert!(address.strip_prefix('#').is_some_and(|fragment| fragment.chars().all(may)), "{}", address);
        prop_assert!(address.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '='), "{}", address);
    }

    #[test]
    fn a_number_of_javascript_comes_back_as_the_number_it_is(nodes in 1u32..2000) {
        let method = MethodId::IntegratedGradients;
        let params = Params([("nodes".to_owned(), f64::from(nodes).into())].into());
        let ask = Some(Ask::Explain(Explain { params: params.clone(), ..Explain::new(method, &[]) }));
        let address = written(&Place { ask, ..Place::default() })?;
        let Some(Ask::Explain(found)) = read(&address).unwrap_or_default().place.ask else {
            return Err(TestCaseError::fail(address));
        };
        let model = Traits { mask: true, ..Traits::default() };
        prop_assert_eq!(method.resolve(&found.params, &model), method.resolve(&params, &model));
    }

    #[test]
    fn any_bytes_are_opened_or_refused_in_one_sentence(bytes in any::<Vec<u8>>(), escaped in any::<Vec<u8>>()) {
        let bytes = String::from_utf8_lossy(&bytes);
        let escaped: String = escaped.iter().map(|byte| format!("%{byte:02x}")).collect();
        opens(&bytes)?;
        for query in [&*bytes, &escaped, &format!("text={escaped}&{bytes}"), &format!("ask=explain&method=occlusion&set.{bytes}={escaped}")] {
            opens(&format!("#/lab?{query}"))?;
        }
    }

    #[test]
    fn any_words_are_opened_or_refused_in_one_sentence(pairs in prop::collection::vec(("(ask|method|set\\.nodes|seed|position|tokens|parts|how|chat|view|temperature|quantity|text|\\PC{0,60})", prop_oneof!["(explain|predict|ablate|stream|generate|saliency|3|-1|1e9|3,4|L1H1,MLP2|true|mask)", any_text()]), 0..8)) {
        let pairs: Vec<String> = pairs.into_iter().map(|(key, word)| format!("{key}={word}")).collect();
        opens(&format!("#/lab?{}", pairs.join("&")))?;
    }
}

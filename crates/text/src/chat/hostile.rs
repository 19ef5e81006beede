//! Templates that want to take the time, the memory or the stack of the reader.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// The most that any template may hold at once.
const MAX_HELD: u64 = 300 << 20;

fn prompt(source: String) -> Result<String, TextError> {
    let message = ChatMessage { role: "user".into(), content: "Hi there".into() };
    ChatTemplate::new(source).prompt(&[message], Some(0))
}

/// Runs on the stack that a worker has; the bytes held at most, and the time.
fn measured(source: String) -> (Result<String, TextError>, u64, Duration) {
    let run = move || {
        let start = Instant::now();
        let mut made = Ok(String::new());
        let counted = allocation_counter::measure(|| made = prompt(source));
        (made, counted.bytes_max, start.elapsed())
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap()
}

#[test]
fn a_value_that_grows_without_end_is_stopped() {
    let text = "a".repeat(200_000);
    let names = vec!["x"; 46].join(" ~ ");
    let big = "{% set x = ('a' * 200)|replace('a', 'a' * 200) %}{% set x = x ~ x ~ x ~ x ~ x ~ x %}";
    let sources = [
        "{% set ns = namespace(x='a') %}{% for i in range(100) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}".to_owned(),
        "{% set ns = namespace(x='a') %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}".to_owned(),
        "{% set ns = namespace(x='a') %}{% for i in range(100) %}{% set a, ns.x = 1, ns.x ~ ns.x %}{% endfor %}".to_owned(),
        "{% set ns = namespace(x='a') %}{% for i in range(100) %}{%- set ns.x -%}{{ ns.x }}{{ ns.x }}{% endset %}{% endfor %}".to_owned(),
        "{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = ns.l + ns.l %}{% endfor %}".to_owned(),
        "{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l ~ '' }}".to_owned(),
        "{% set ns = namespace(l=[1]) %}{% for i in range(9000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l ~ '' }}".to_owned(),
        "{% set ns = namespace(l=1) %}{% set ns.l = ns %}{{ ns ~ '' }}".to_owned(),
        "{% set ns = namespace(l=1) %}{% set ns.l = [ns] %}{{ ns ~ '' }}".to_owned(),
        "{% set ns = namespace(l=1) %}{% set ns.l = namespace(b=ns) %}{{ ns ~ '' }}".to_owned(),
        "{% macro f(s) %}{{ f(s ~ s) }}{% endmacro %}{{ f('aaaaaaaaaaaaaaaa') }}".to_owned(),
        "{% macro f(s) %}{{ s }}{{ f(s ~ s ~ s ~ s ~ s ~ s ~ s ~ s) }}{% endmacro %}{{ f('aaaaaaaa') }}".to_owned(),
        "{% for x in ['aaaaaaaa'] recursive %}{{ loop([x ~ x ~ x ~ x ~ x ~ x ~ x ~ x]) }}{% endfor %}".to_owned(),
        format!("{{% set x = 'a' %}}{}b", "{% with x = x ~ x ~ x ~ x ~ x ~ x ~ x ~ x ~ x ~ x %}".repeat(9) + &"{% endwith %}".repeat(9)),
        format!("{{% macro f(x) %}}{{{{ caller({names}) }}}}{{% endmacro %}}{}", "{% call(x) f('a' * 200) %}{% call(x) f(x) %}{{ x ~ x }}{% endcall %}{% endcall %}") + "{% for %}",
        format!("{{% set x %}}{{% for i in range(99999) %}}{text}{{% endfor %}}{{% endset %}}"),
        format!("{{% macro f() %}}{{% for i in range(99999) %}}{text}{{% endfor %}}{{% endmacro %}}{{{{ f() ~ f() }}}}"),
        "{% set x %}{% for i in range(9999) %}{{ 'a' * 9000 }}{% endfor %}{% endset %}".to_owned(),
        format!("{big}{{{{ ({names}) ~ ({names}) }}}}"),
        format!("{big}{{% for i in range(9999) %}}{{% set y = {names} %}}{{% endfor %}}"),
        format!("{big}{{{{ {names} }}}}"),
        format!("{big}{{{{ [{}]|join }}}}", vec!["x"; 45].join(",")),
        format!("{big}{{{{ ([x] * 9000) ~ '' }}}}"),
        format!("{big}{{{{ (9000 * [x]) ~ '' }}}}"),
        format!("{big}{{{{ (9000 * x) ~ '' }}}}"),
        format!("{big}{{{{ x * 9000 }}}}"),
        format!("{big}{{% for i in range(99999) %}}{{% if ({names})|length %}}{{% endif %}}{{% endfor %}}"),
        format!("{big}{{% for i in range(99999) %}}{{% if x|upper|length %}}{{% endif %}}{{% endfor %}}"),
        format!("{big}{{% for i in range(99999) %}}{{% if x.upper() %}}{{% endif %}}{{% endfor %}}"),
        format!("{big}{{% for i in range(99999) %}}{{% if x == x %}}{{% endif %}}{{% endfor %}}"),
        format!("{big}{{% for i in range(99999) %}}{{% if x[9:] %}}{{% endif %}}{{% endfor %}}"),
        format!("{big}{{% for i in range(99999) %}}{{% if [x][0][::-1] %}}{{% endif %}}{{% endfor %}}"),
        format!("{big}{{% for i in range(99999) %}}{{% if x[9] %}}{{% endif %}}{{% endfor %}}"),
        format!("{{{{ a{} }}}}", "[1:]".repeat(30)),
        format!("{big}{{{{ range(9000)|map('replace', '1', x)|list }}}}"),
        format!("{big}{{{{ x|replace('a', 'a\n')|indent(9000) }}}}"),
        "{{ '%999999999d'|format(1) }}".to_owned(),
        "{{ '%*d'|format(999999999, 1) }}".to_owned(),
        "{{ '{:>999999999}'.format(1) }}".to_owned(),
        "{{ [1]|batch(999999999, 'a')|list }}".to_owned(),
        "{{ [1]|slice(999999999)|list }}".to_owned(),
        format!("{{{{ 1{} }}}}", " + 1".repeat(9000)),
        format!("{{{{ 1{} }}}}", "|abs".repeat(9000)),
        format!("{{{{ a{} }}}}", "[0]".repeat(9000)),
        format!("{{{{ 2{} }}}}", "**2".repeat(9000)),
        format!("{{% if a %}}{}{{% endif %}}", "{% elif a %}".repeat(9000)),
        "{% set a = 'x') ~ ('y' %}".to_owned(),
    ];
    for source in sources {
        let start: String = source.chars().take(120).collect();
        let (made, held, took) = measured(source);
        let error = made.expect_err(&start).to_string();
        assert!(!error.contains('\n') && error.len() < 600, "{error}");
        assert!(held < MAX_HELD, "{held} bytes: {start}");
        assert!(took < Duration::from_secs(20), "{took:?}: {start}");
    }
}

#[test]
fn what_a_template_may_say_is_left_as_it_is() {
    let rows = [
        (
            "{{ '{{ ((((' }}((((((((((((((((((((((((((((((((((((( [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[ {% if 1 %}%{% endif %}",
            None,
        ),
        ("{% raw %}((((((((((((((((((((((((((((((((({{ {% for %} {# {% endraw %}", None),
        ("{# {{ (((((((((((((((((((((((((((((((((((((( #}a", Some("a")),
        ("{{ '%}' ~ \"}}\" }}{% set a = '{% set' %}{{ a }}", Some("%}}}{% set")),
        ("{% for a in [1, 2] %}\n  {{ a }}\n{% endfor %}\nb", Some("  1\n  2\nb")),
        ("{% for a, b in [(1, 2)] -%}\n  {{ a ~ b }}\n{%- endfor +%}\nb", Some("12\nb")),
        ("{% set a %}\n x{% endset %}{% set a = a if true %}{{ a }}", Some(" x")),
        (
            "{% set x | indent(width=2) %}a\nb{% endset %}{{ x }}{% filter upper|trim %} a {% endfilter %}",
            Some("a\n  bA"),
        ),
        (
            "{{ 'a' is string and 1 + 2 in [3] }}{{ 1 if -1 + 2 }}{{ 'a' 	~ 'b' + 'c'|upper }}{{ ['b']|first|upper ~ 'c' }}",
            Some("True1abCBc"),
        ),
        ("{% set a = 1, 2 %}{{ a }}{% set a, b = 3, 4 %}{{ a ~ b }}", Some("[1, 2]34")),
        ("{% with a = 1, b = [2, 3] %}\n{{ a }}{{ b }}{% endwith %}{% with %}c{% endwith %}", Some("1[2, 3]c")),
        (
            "{% macro f(a, b=[1, 2], c='x, y') %}\n{{ a }}{{ b }}{{ c }}{% endmacro %}{{ f(1) }}{{ f(1, c=2) }}",
            Some("1[1, 2]x, y1[1, 2]2"),
        ),
        ("{% macro f() %}{{ caller(2) }}{% endmacro %}{% call(a) f() %}\n{{ a * 3 }}{% endcall %}", Some("6")),
        (
            "{{ 2 * 3 * 4 + 2 ** 3 * 2 }}{{ '-' * 3 }}{{ -2 * -3 }}{{ 7 // 2 * 2 }}{{ 2 * [1, 2]|length }}{{ 1.5 * 2 }}",
            Some("40---6643.0"),
        ),
        ("{% generation %}a{% endgeneration %}{%- generation -%} b {%- endgeneration -%}", Some("ab")),
        (
            "{{ ['a', 'b']|map('upper')|join }}{{ [{'a': 1}]|map(attribute='a')|list }}{{ '%s-%05d'|format('a', 2) }}",
            Some("AB[1]a-00002"),
        ),
        (
            "{% set a = {'b': ['cde', 'f']} %}{{ a.b[0][1:] }}{{ a['b'][:-1] }}{{ (a.b)[1:][0] ~ 'ghi'[::-1][:2] }}",
            Some("de['cde']fih"),
        ),
        (
            "{% for m in messages[0:] if m.content[:2] in 'Hi'[0:] %}{{ m.content.split(' ')[1:][0] ~ [1][1:] }}{% endfor %}",
            Some("there[]"),
        ),
    ];
    for (source, want) in rows {
        let made = prompt(source.into());
        match want {
            Some(want) => assert_eq!(made.as_deref(), Ok(want), "{source}"),
            None => assert!(made.is_ok(), "{source}: {made:?}"),
        }
    }
}

/// The law of the fuzz target, and what its reader is told.
fn holds(source: String) -> Result<(), TestCaseError> {
    let shown = source.clone();
    let (made, held, took) = measured(source);
    prop_assert!(held < MAX_HELD, "{} bytes: {}", held, shown);
    prop_assert!(took < Duration::from_secs(20), "{:?}: {}", took, shown);
    if let Err(error) = made {
        let error = error.to_string();
        prop_assert!(error.lines().count() == 1 && error.len() < 2000, "{}", error);
        prop_assert!(!error.contains("Error {") && !error.contains("kind:"), "{}", error);
    }
    Ok(())
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "a",
        "b",
        "ns.a",
        "ns",
        "'x'",
        "'äö\\n'",
        "2",
        "900",
        "1.5",
        "none",
        "[a, b]",
        "{'k': a}",
        "messages",
        "range(900)",
        "messages[0].content",
        "loop.index",
        "f(a)",
        "caller()",
        "loop([a])",
        "namespace(a=a)",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(4, 24, 3, |inner| {
        let sign = prop::sample::select(vec!["~", "+", "*", "-", "//", "%", "**", "==", "in", "and", "if a else"]);
        let filter = prop::sample::select(vec![
            "list",
            "join",
            "tojson",
            "string",
            "map('upper')",
            "map('replace', 'x', a)",
            "replace('x', b)",
            "indent(900)",
            "batch(900, a)",
            "length",
            "reverse",
            "sort",
            "format(a)",
            "trim",
            "items",
            "unique",
            "first",
        ]);
        let method = prop::sample::select(vec![
            "split('x')",
            "strip()",
            "replace('x', a)",
            "format(a)",
            "join(b)",
            "items()",
            "k",
            "title()",
        ]);
        prop_oneof![
            (inner.clone(), sign, inner.clone()).prop_map(|(a, sign, b)| format!("({a} {sign} {b})")),
            (inner.clone(), filter).prop_map(|(a, filter)| format!("{a}|{filter}")),
            (inner, method).prop_map(|(a, method)| format!("{a}.{method}")),
        ]
    })
}

fn template() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(" x\n".to_owned()),
        expression().prop_map(|e| format!("{{{{ {e} }}}}")),
        (prop::sample::select(vec!["a", "b", "ns.a", "a, b"]), expression())
            .prop_map(|(name, e)| format!("{{%- set {name} = {e} %}}")),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let body = prop::collection::vec(inner, 1..4).prop_map(|parts| parts.concat());
        prop_oneof![
            (expression(), body.clone()).prop_map(|(e, b)| format!("{{% for a in {e} %}}{b}{{% endfor %}}")),
            body.clone().prop_map(|b| format!("{{% for a in [a] recursive %}}{b}{{% endfor %}}")),
            body.clone().prop_map(|b| format!("{{% for i in range(99) -%}}{b}{{% endfor %}}")),
            (expression(), body.clone()).prop_map(|(e, b)| format!("{{% if {e} %}}{b}{{% endif %}}")),
            (expression(), body.clone()).prop_map(|(e, b)| format!("{{% with a = {e}, b = a %}}{b}{{% endwith %}}")),
            body.clone().prop_map(|b| format!("{{% set ns.a %}}{b}{{% endset %}}")),
            body.clone().prop_map(|b| format!("{{% macro f(a, b=2) %}}{b}{{% endmacro %}}{{{{ f(a) }}}}")),
            body.prop_map(|b| format!("{{% call(a) f(a) %}}{b}{{% endcall %}}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_text_as_a_template_ends(source in any::<String>()) {
        holds(source)?;
    }

    #[test]
    fn any_bytes_as_a_template_end(bytes in prop::collection::vec(prop::sample::select(b"{}%#-+()[]'\"\\=|.,~* \nabfor in set if else end raw".to_vec()), 0..120)) {
        holds(String::from_utf8_lossy(&bytes).into_owned())?;
    }

    #[test]
    fn any_template_of_good_parts_ends(body in template()) {
        holds(format!("{{% set ns = namespace(a='x') %}}{{% set a = 'xx' %}}{body}"))?;
    }
}

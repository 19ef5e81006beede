use super::*;

const NOW: i64 = 1_709_210_096;

fn chat() -> Vec<ChatMessage> {
    [("user", "Hi"), ("assistant", " <think>x</think>Yo "), ("user", "äöü 😂")]
        .map(|(role, content)| ChatMessage { role: role.into(), content: content.into() })
        .to_vec()
}

fn render(source: &str) -> Result<String, TextError> {
    let tokens = [("bos_token", "<s>"), ("eos_token", "</s>")].map(|(name, token)| (name.into(), token.into()));
    ChatTemplate::new(source.into()).with_tokens(tokens.into()).prompt(&chat(), Some(NOW))
}

/// Each line with what transformers 4.57.1 makes of it for the same chat.
#[test]
fn templates_come_out_as_transformers_renders_them() {
    let rows = [
        (r#"{{ ' a b '.strip() ~ '|' ~ '  x'.lstrip() ~ '|' ~ 'x  '.rstrip() }}"#, r#"a b|x|x"#),
        (
            r#"{{ 'a,b,c'.split(',') }}{{ 'a b  c'.split() }}{{ 'a,b,c'.rsplit(',', 1) }}{{ 'a b c'.split(None, 1) }}{{ 'a,b,c'.split(',')[-1] }}"#,
            r#"['a', 'b', 'c']['a', 'b', 'c']['a,b', 'c']['a', 'b c']c"#,
        ),
        (
            r#"{{ 'x'.startswith('x') }}{{ 'xy'.endswith(('y','z')) }}{{ 'hello world'.title() }}{{ 'aBC'.capitalize() }}{{ "it's".title() }}"#,
            r#"TrueTrueHello WorldAbcIt'S"#,
        ),
        (
            r#"{{ 'äb'.find('b') }}{{ 'aaa'.count('a') }}{{ 'a\nb'.splitlines() }}{{ 'aba'.replace('a','x',1) }}{{ 'abc'.count('') }}"#,
            r#"13['a', 'b']xba4"#,
        ),
        (
            r#"{{ {'b':1,'a':2}|tojson }}{{ "<a> & 'b' é"|tojson }}{{ [1,{'a':[]}]|tojson(indent=4) }}{{ {'b':1,'a':2}|tojson(sort_keys=true, separators=(',',':')) }}{{ 'é😂'|tojson(ensure_ascii=true) }}{{ 'é'|tojson(true) }}{{ {1:2.0, none:none}|tojson }}"#,
            r#"{"b": 1, "a": 2}"<a> & 'b' é"[
    1,
    {
        "a": []
    }
]{"a":2,"b":1}"\u00e9\ud83d\ude02""\u00e9"{"1": 2.0, "null": null}"#,
        ),
        (
            r#"{% generation %}{{ messages[0].content }}{% endgeneration %}|{%- generation -%} x {%- endgeneration -%}"#,
            r#"Hi|x"#,
        ),
        (
            r#"{{ true }}{{ false }}{{ none }}{{ 1.0 }}{{ 1e20 }}{{ 7//2 }}{{ 7/2 }}{{ 4/2 }}{{ 7%3 }}{{ 2**3 }}{{ 'a'*3 }}{{ -7//2 }}{{ -7%3 }}"#,
            r#"TrueFalseNone1.01e+2033.52.018aaa-42"#,
        ),
        (r#"{{ true ~ '' }}{{ none ~ '' }}{{ 1.0 ~ '' }}{{ [1,true] ~ '' }}"#, r#"TrueNone1.0[1, True]"#),
        (
            r#"{{ 'a' in 'abc' }}{{ 'role' in messages[0] }}{{ 'x' not in messages[0] }}{{ none in [none] }}"#,
            r#"TrueTrueTrueTrue"#,
        ),
        (
            r#"{% for m in messages[::-1] %}{{ loop.index0 }}{{ m.role }}{{ loop.previtem.role if loop.previtem is defined }}{{ loop.last }}{% endfor %}"#,
            r#"0userFalse1assistantuserFalse2userassistantTrue"#,
        ),
        (
            r#"{% for m in messages[1:] %}{{ m['role'] }}{% endfor %}{{ messages[-1]['role'] }}{{ 'abcdef'[-3:] }}{{ 'abcdef'[:-2] }}{{ 'abcdef'[::-1] }}{{ 'abcdef'[1:4] }}{{ 'abc'[5:] }}"#,
            r#"assistantuseruserdefabcdfedcbabcd"#,
        ),
        (
            r#"{% for i in [1,2,3,4] %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}"#,
            r#"13"#,
        ),
        (
            r#"{% set ns = namespace(x=1, y='a') %}{% for m in messages %}{% set ns.x = ns.x + 1 %}{% endfor %}{{ ns.x }}{{ ns.y }}"#,
            r#"4a"#,
        ),
        (
            r#"{{ messages|selectattr('role','equalto','user')|list|length }}{{ messages|rejectattr('role','equalto','user')|map(attribute='role')|join(',') }}"#,
            r#"2assistant"#,
        ),
        (
            r#"{{ ' a '|trim }}{{ 'a\nb'|indent(2) }}{{ 'a\nb'|indent(2, true) }}{{ 'aa'|replace('a','b') }}{{ 3|string }}{{ '3'|int + 1 }}{{ x|default('d') }}{{ ''|default('d', true) }}{{ 'ab'|upper }}{{ [1,2]|join('-') }}{{ true|string }}{{ [none,true]|join(',') }}"#,
            r#"aa
  b  a
  bbb34ddAB1-2TrueNone,True"#,
        ),
        (
            r#"{{ {} is mapping }}{{ [] is iterable }}{{ [] is sequence }}{{ 'a' is string }}{{ 1 is number }}{{ true is boolean }}{{ none is none }}{{ q is defined }}{{ q is undefined }}{{ true is true }}{{ false is false }}{{ true is number }}{{ 'a' is sequence }}{{ {} is sequence }}{{ 'a' is iterable }}{{ none is iterable }}{{ 1 is integer }}{{ 1.0 is float }}"#,
            r#"TrueTrueTrueTrueTrueTrueTrueFalseTrueTrueTrueTrueTrueTrueTrueFalseTrueTrue"#,
        ),
        (r#"{{ 'a' if false }}{{ 'b' if true }}{{ 'a' if none else 'c' }}"#, r#"bc"#),
        (
            r#"{% set x %}hello{% endset %}{{ x }}{% macro f(a, b=2) %}{{ a }}{{ b }}{{ caller() if caller }}{% endmacro %}{{ f(1) }}{{ f(a=3, b=4) }}{% call f(9) %}C{% endcall %}"#,
            r#"hello123492C"#,
        ),
        (r#"{# comment #}a{%- if true -%} b {%- endif -%} c{% raw %}{{ x }}{% endraw %}"#, r#"abc{{ x }}"#),
        (r#"{{ undefined_thing }}|{% for a in undefined_thing %}x{% endfor %}|{{ undefined_thing ~ 'x' }}"#, r#"||x"#),
        (
            r#"{{ messages[0].get('content') }}{{ messages[0].get('nope') }}{{ messages[0].get('nope', 'd') }}{{ messages[0].keys()|list }}{{ messages[0].values()|list }}"#,
            r#"HiNoned['role', 'content']['user', 'Hi']"#,
        ),
        (
            r#"{{ messages|length }}{{ messages|first }}{{ (messages|last).role }}{{ messages[0].tool_calls is defined }}{{ messages[0]['tool_calls'] is not none }}{{ tools is none }}{{ tools is defined }}{{ documents is none }}{{ tools is not none and tools|length > 0 }}"#,
            r#"3{'role': 'user', 'content': 'Hi'}userFalseTrueTrueTrueTrueFalse"#,
        ),
        (
            r#"{{ [1,2] + [3] }}{{ [3,1,2]|sort }}{{ [1,2,3]|sum }}{{ [1,1,2]|unique|list }}{{ 'a' < 'b' }}{{ [1,2][0:1] }}{{ [1,2,3]|reverse|list }}{{ range(3)|list }}{{ dict(a=1) }}"#,
            r#"[1, 2, 3][1, 2, 3]6[1, 2]True[1][3, 2, 1][0, 1, 2]{'a': 1}"#,
        ),
        (
            r#"{% set a, b = 1, 2 %}{{ a }}{{ b }}{% for a, b in [(1,2),(3,4)] %}{{ a }}{{ b }}{% else %}e{% endfor %}{% for i in [] %}{% else %}empty{% endfor %}{% for m in messages if m.role == 'user' %}{{ loop.index }}{{ loop.length }}{{ loop.cycle('a','b') }}{% endfor %}"#,
            r#"121234empty12a22b"#,
        ),
        (
            r#"{{ 1.5|round }}{{ 2|float }}{{ 'a b'|title }}{{ 'hello'|first }}{{ 'hello'|length }}{{ 'abc'|list }}{{ 'abc'|reverse }}{{ 'x'|capitalize }}{{ -3|abs }}"#,
            r#"2.02.0A Bh5['a', 'b', 'c']cbaX3"#,
        ),
        (
            r#"{{ 0.1 + 0.2 }}{{ 100000000000000000000 }}{{ 1 / 3 }}{{ 1e-5 }}{{ 3 | tojson }}{{ 1.5 | tojson }}{{ 'a"b\n' | tojson }}"#,
            r#"0.300000000000000041000000000000000000000.33333333333333331e-0531.5"a\"b\n""#,
        ),
        (
            r#"{{ 'a' == "a" and not false or none }}{{ none or 'x' }}{{ '' or [] or 'z' }}{{ 1 == 1.0 }}{{ true == 1 }}"#,
            r#"TruexzTrueTrue"#,
        ),
        (
            r#"{%- for message in messages %}
    {%- if message['role'] == 'user' %}
        {{- '<u>' + message['content'] | trim + '</u>' }}
    {%- endif %}
{%- endfor %}"#,
            r#"<u>Hi</u><u>äöü 😂</u>"#,
        ),
        (
            r#"a
"#, r#"a"#,
        ),
        (
            r#"a

"#, r#"a
"#,
        ),
        (
            r#"  {% if true %}
  b
  {% endif %}
 c
"#,
            r#"  b
 c"#,
        ),
    ];
    for (source, want) in rows {
        assert_eq!(render(source).as_deref(), Ok(want), "{source}");
    }
}

#[test]
fn what_a_reader_wrote_is_no_template() {
    let user = ChatMessage { role: "user".into(), content: "Hi {{ 7 * 7 }} <b>".into() };
    let source = "{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m['content'] }}{{ eos_token }}{% endfor %}";
    let prompt = ChatTemplate::new(source.into()).prompt(std::slice::from_ref(&user), None).unwrap();
    assert_eq!(prompt, "[user]Hi {{ 7 * 7 }} <b>");
}

#[test]
fn the_message_of_a_template_is_the_refusal() {
    let error = render("{{ raise_exception('Roles must alternate\n user/assistant') }}").unwrap_err();
    assert_eq!(error.to_string(), "the chat template of this model refuses this: Roles must alternate user/assistant");
    let inside = render("{% macro f() %}{{ raise_exception('No') }}{% endmacro %}{{ f() }}").unwrap_err();
    assert_eq!(inside, TextError::TemplateRefuses { message: "No".into() });
    let clock = ChatTemplate::new("{{ strftime_now('%Y') }}".into()).prompt(&chat(), None).unwrap_err();
    assert!(clock.to_string().contains("today's date"), "{clock}");
}

/// On the stack that a worker has.
#[test]
fn a_template_that_is_broken_or_never_ends_is_refused_in_one_sentence() {
    let nested = |inside: String, _| format!("{{% for a in [1,2,3,4,5,6,7,8,9] %}}{inside}{{% endfor %}}");
    let sources = [
        "{% for %}".to_owned(),
        "{{ nothing.here }}".to_owned(),
        "{{ 'a'.nothing() }}".to_owned(),
        (0..9).fold("a".to_owned(), nested),
        "{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}".to_owned(),
        "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}".to_owned(),
        "{% for a in range(90000) %}{{ 'a' * 1000 }}{% endfor %}".to_owned(),
        "{{ 'a' * 1000000000 }}".to_owned(),
        "{{ ('a' * 90000)|replace('a', 'a' * 90000) }}".to_owned(),
        "{{ ('a' * 90000).replace('a', 'a' * 90000) }}".to_owned(),
        format!("{{{{ {}1{} }}}}", "(".repeat(9000), ")".repeat(9000)),
        format!("{{{{ {}1{} }}}}", "[".repeat(9000), "]".repeat(9000)),
        format!("{{{{ {}1 }}}}", "not ".repeat(9000)),
        format!("{{{{ {}1 }}}}", "-".repeat(9000)),
        "{% if true %}".repeat(9000),
        "{% set ns = namespace(a=[]) %}{% for i in range(900) %}{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a }}{{ ns.a|tojson }}".to_owned(),
        "a".repeat(1 << 20),
    ];
    let run = move || {
        for source in sources {
            let start: String = source.chars().take(60).collect();
            let error = render(&source).expect_err(&start).to_string();
            assert!(error.starts_with("the chat template of this model cannot be used: "), "{error}");
            assert!(!error.contains('\n') && error.len() < 600, "{error}");
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap();
}

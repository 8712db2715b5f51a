"""From elements to verbs: order, grammar, and the fault of everything that does not fit (facts §1.1, §2 and §4)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringback.calls.notes import ERROR, WARNING, Fault
from ringback.rcml.document import Element, Place, parse
from ringback.rcml.grammar import grammar_of
from ringback.rcml.kind import Text
from ringback.rcml.reader import MOST_FAULTS, Reading, Unusable, read
from ringback.rcml.verb import Verb, content, nested, verbs
from ringback.rcml.verbs.gather import Gather
from ringback.rcml.verbs.pause import Pause
from ringback.rcml.verbs.play import Play
from ringback.rcml.verbs.say import Say
from tests.rcml.noun import Noun


def reading(document: str) -> Reading:
    return read(parse(document.encode()))


def names(document: str) -> list[str]:
    return [verb.name for verb in reading(document).verbs]


def test_the_verbs_of_this_floor() -> None:
    """Facts §1.1: verb names in exact case."""
    assert {"Gather", "Hangup", "Pause", "Play", "Redirect", "Reject", "Say"} <= set(verbs())


@pytest.mark.parametrize(
    ("document", "order"),
    [
        ("<Response><Say>a</Say><Pause/><Play>x</Play></Response>", ["Say", "Pause", "Play"]),
        ("<Response/>", []),
        ("<Whatever><Hangup/></Whatever>", ["Hangup"]),
        ("<Say>hi</Say>", ["Say"]),
        ("<Response><Foo><Say>a</Say><Bar><Pause/></Bar></Foo><Hangup/></Response>", ["Say", "Pause", "Hangup"]),
        ("<Response><say>a</say><Hangup/></Response>", ["Hangup"]),
        ("<Response><Gather><Say>a</Say></Gather><Say>b</Say></Response>", ["Gather", "Say"]),
        ("<Response><Say>a<Hangup/></Say></Response>", ["Say"]),
    ],
)
def test_order(document: str, order: list[str]) -> None:
    """Facts §1.1: any root; depth first; unknown elements are passed by, the verbs in them run; a verb's own do not."""
    assert names(document) == order


def test_a_verb_knows_its_place_and_what_was_written() -> None:
    verb = reading('<Response>\n  <Say voice="man">Hello</Say></Response>').verbs[0]
    assert verb.place == Place(2, 3)
    assert verb.written == {"voice": "man", "text": "Hello"}


@pytest.mark.parametrize(
    ("document", "code", "begins"),
    [
        ('<Play loop="x">u</Play>', 13410, "x is an invalid loop value."),
        ('<Play loop="-1">u</Play>', 13410, "-1 is an invalid loop value."),
        ('<Say loop="1.5">t</Say>', 13510, "1.5 is an invalid loop value."),
        ('<Say voice="alice">t</Say>', 13511, "alice is an invalid voice value."),
        ('<Say voice="Man">t</Say>', 13511, "Man is an invalid voice value."),
        ('<Pause length="long"/>', 13910, "long is not a valid length value."),
        ('<Redirect method="PUT">u</Redirect>', 13710, "PUT is not a valid HTTP method for <Redirect>."),
        ('<Gather method="PUT"/>', 14104, "PUT is not a valid HTTP method for <Gather>."),
        ('<Gather finishOnKey="A"/>', 13310, "A is not a valid finishOnKey value."),
        ('<Gather finishOnKey="0123456789*#0"/>', 13310, "0123456789*#0 is not a valid finishOnKey value."),
        ('<Gather timeout="five"/>', 13313, "five is not a valid timeout value."),
        ('<Gather timeout="٥"/>', 13313, "٥ is not a valid timeout value."),
        ('<Gather numDigits="0"/>', 13314, "0 is not a valid numDigits value."),
        ('<Gather numDigits="99999999999"/>', 13314, "99999999999 is not a valid numDigits value."),
        ('<Gather startInputKey="x"/>', 13315, "x is not a valid startInputKey value."),
        ('<Gather partialResultCallbackMethod="x"/>', 14104, "x is not a valid HTTP method for <Gather>."),
        ('<Gather><Say voice="x">t</Say></Gather>', 13321, "x is an invalid voice value."),
        ('<Gather><Say loop="x">t</Say></Gather>', 13322, "x is an invalid loop value."),
        ('<Say foo="1">t</Say>', 12200, "<Say> has no attribute foo"),
        ('<Say Loop="1">t</Say>', 12200, "<Say> has no attribute Loop"),
        ("<Response><Foo/></Response>", 12200, "<Foo> is no verb and is ignored"),
        ("<Response><say/></Response>", 12200, "<say> is no verb and is ignored; <Say> is meant?"),
        ("<Response>hello</Response>", 12200, "text outside of any verb is ignored: hello"),
        ("<Gather><Gather/></Gather>", 12200, "<Gather> may not stand in <Gather>"),
        ("<Gather><Foo/></Gather>", 12200, "<Foo> may not stand in <Gather>"),
        ("<Pause>x</Pause>", 12200, "<Pause> has no text"),
        ("<Say>a<b/></Say>", 12200, "<b> may not stand in <Say>"),
    ],
)
def test_warnings(document: str, code: int, begins: str) -> None:
    """Facts §4, told truthfully: the value that was written, what is allowed, what is used instead."""
    found = reading(document)
    assert [(fault.code, fault.level) for fault in found.faults] == [(code, WARNING)]
    assert found.faults[0].message.startswith(begins)
    assert found.faults[0].line == 1
    assert found.faults[0].column
    assert not any(isinstance(verb, Unusable) for verb in found.verbs)


def test_a_warning_says_what_is_allowed_and_used() -> None:
    fault = reading('<Gather timeout="x" finishOnKey="x"/>').faults
    assert fault[0].message == "x is not a valid timeout value. Allowed: whole seconds from 0; the default is used."
    assert fault[1].message.endswith("Allowed: up to 12 of 0-9 * #, or nothing; # is used.")


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("<Play>a b</Play>", 11100),
        ("<Redirect>http://h/{x}</Redirect>", 11100),
        ('<Gather action="a b"/>', 11100),
        ('<Gather partialResultCallback="a b"/>', 11100),
    ],
)
def test_a_url_that_is_none_is_an_error_when_its_turn_comes(document: str, code: int) -> None:
    """Facts §2: E 11100 "<text> is an invalid URI.", and the call is hung up."""
    found = reading(f"<Response><Pause/>{document}</Response>")
    assert found.faults == []
    broken = found.verbs[1]
    assert isinstance(broken, Unusable)
    assert (broken.fault.code, broken.fault.level, broken.fault.line) == (code, ERROR, 1)
    assert "is an invalid URI" in broken.fault.message
    assert broken.name == document[1 : document.index(">")].split()[0]


def test_inside_gather_it_has_its_own_code() -> None:
    """Facts §4: 13325, URI of a Play in Gather."""
    gather = reading("<Gather><Say>x</Say><Play>a b</Play></Gather>").verbs[0]
    assert isinstance(gather, Gather)
    broken = gather.prompts[1]
    assert isinstance(broken, Unusable)
    assert broken.fault.code == 13325


def test_defaults() -> None:
    """The tables of facts §2.1 to §2.9."""
    say, play, pause, gather = reading("<R><Say>t</Say><Play>u</Play><Pause/><Gather/></R>").verbs
    assert isinstance(say, Say)
    assert (say.voice, say.language, say.loop, say.text) == ("man", "en", 1, "t")
    assert isinstance(play, Play)
    assert (play.loop, play.url) == (1, "u")
    assert isinstance(pause, Pause)
    assert pause.length == 1
    assert isinstance(gather, Gather)
    assert (gather.action, gather.method, gather.timeout, gather.finish_on_key) == (None, "POST", None, "#")
    assert (gather.num_digits, gather.start_input_key, gather.input) == (None, "0123456789*#", "dtmf")


def test_empty_values_are_as_none_but_an_empty_finish_key_is_no_key() -> None:
    """Decision 19: `finishOnKey=""` means none."""
    found = reading('<Gather action="" method="" timeout="" numDigits="" finishOnKey=""/>')
    gather = found.verbs[0]
    assert isinstance(gather, Gather)
    assert (gather.action, gather.method, gather.timeout, gather.num_digits) == (None, "POST", None, None)
    assert gather.finish_on_key == ""
    assert found.faults == []


@pytest.mark.parametrize(
    ("attribute", "field", "value"),
    [
        ('method="get"', "method", "GET"),
        ('method=" Post "', "method", "POST"),
        ('input="SPEECH"', "input", "speech"),
        ('input="dtmf  Speech"', "input", "dtmf speech"),
        ('input="telepathy"', "input", "dtmf"),
        ('finishOnKey="*1#"', "finish_on_key", "*1#"),
        ('timeout="0"', "timeout", 0),
        ('numDigits="007"', "num_digits", 7),
    ],
)
def test_values_of_gather(attribute: str, field: str, value: object) -> None:
    found = reading(f"<Gather {attribute}/>")
    assert getattr(found.verbs[0], field) == value
    assert found.faults == []


def test_the_faults_of_one_document_are_bounded() -> None:
    found = reading("<Response>" + "<Foo/>" * 1000 + "</Response>")
    assert len(found.faults) == MOST_FAULTS + 1
    assert found.faults[-1] == Fault(12200, f"{1000 - MOST_FAULTS} further faults of this document", WARNING)


def test_a_long_value_is_cut() -> None:
    assert len(reading(f'<Say voice="{"x" * 5000}">t</Say>').faults[0].message) < 250


def test_every_verb_has_a_grammar_that_can_be_shown() -> None:
    """Documentation, lint and builders are made from it."""
    for verb in verbs().values():
        grammar = grammar_of(verb)
        for name, rule in grammar.attributes.items():
            assert rule.name == name
            assert name[0].islower()
            assert rule.kind.allowed


class Party(Verb):
    """A verb outside of the registry, with nouns inside."""

    guests: tuple[Noun, ...] = nested(default=(), codes={"Guest.seats": 78})
    topic: Text = content(default="none")


def test_a_verb_may_hold_any_kind_of_a_tag() -> None:
    """A new kind is a new file in its folder."""
    grammar = grammar_of(Party)
    assert set(grammar.nested) == {"Guest"}
    assert grammar.content is not None
    assert grammar.content.default == "none"


_elements = st.recursive(
    st.builds(
        Element,
        st.sampled_from(["Say", "Play", "Gather", "Pause", "Redirect", "Foo", "say", "Reject", "Hangup"]),
        st.dictionaries(
            st.sampled_from(["loop", "voice", "timeout", "numDigits", "finishOnKey", "action", "method", "x"]),
            st.text(max_size=5),
        ),
        st.just(Place()),
        st.just([]),
        st.text(max_size=5),
    ),
    lambda inner: st.builds(
        lambda element, children: Element(element.name, element.attributes, Place(), children, element.text),
        inner,
        st.lists(inner, max_size=3),
    ),
    max_leaves=20,
)


@settings(max_examples=60)
@given(_elements)
def test_any_tree_is_read(root: Element) -> None:
    assert isinstance(read(root), Reading)

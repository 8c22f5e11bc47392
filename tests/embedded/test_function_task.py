"""The function-calling task: stable streams, splits that share nothing, references that hold up."""

from __future__ import annotations

import json
import random
import re
import statistics
from itertools import islice
from typing import Any

import jsonschema
import pytest

from lora_ui.embedded.tasks.base import Example, Split
from lora_ui.embedded.tasks.function import (
    TASK,
    catalogue,
    compose,
    describing,
    grading,
    grammar,
    task,
    values,
    wishes,
)
from lora_ui.embedded.tasks.function.texts import pools

SPLITS: tuple[Split, Split] = ("train", "heldout")


def examples(split: Split, n: int = 1500, seed: int = 11) -> list[Example]:
    return list(islice(TASK.generate(seed, split), n))


def listed(example: Example) -> list[dict[str, Any]]:
    """The functions in the system message, whichever way they are printed."""
    text = example.messages[0]["content"].split("\n", 1)[1].strip()
    found: list[Any] = []
    while text:
        value, end = json.JSONDecoder().raw_decode(text)
        found += value if isinstance(value, list) else [value]
        text = text[end:].lstrip()
    return [entry.get("function", entry) for entry in found]


def signature(function: dict[str, Any]) -> tuple[str, ...]:
    return (function["name"], *sorted(function["parameters"]["properties"]))


def example(check: dict[str, Any]) -> Example:
    return Example("x", [], "", check)


@pytest.mark.parametrize("split", SPLITS)
def test_same_seed_same_stream(split: Split) -> None:
    assert examples(split, 200) == examples(split, 200)
    assert examples(split, 20, seed=1) != examples(split, 20, seed=2)


def test_catalogue_is_broad() -> None:
    functions = [f for split in SPLITS for f in catalogue.functions(split)]
    assert len(functions) >= 200
    assert len({f.domain for f in functions}) >= 60


def test_heldout_shares_no_function_and_no_wording() -> None:
    names = [{n for f in catalogue.functions(split) for n in f.names} for split in SPLITS]
    assert names[0].isdisjoint(names[1])
    templates = [{t for f in catalogue.functions(split) for t in f.templates} for split in SPLITS]
    assert templates[0].isdisjoint(templates[1])
    assert set(wishes.moods("train")).isdisjoint(wishes.moods("heldout"))
    for operation in compose.OPERATIONS:
        train, heldout = (set(compose.frames(operation, split)) for split in SPLITS)
        assert train
        assert heldout
        assert train.isdisjoint(heldout)
    for topic in ("small_talk", "knowledge", "requests"):
        lines = [set(task.chat_lines(topic, split)) for split in SPLITS]
        assert lines[0].isdisjoint(lines[1])
    train, heldout = (compose.parts(split) for split in SPLITS)
    assert set(train.objects).isdisjoint(heldout.objects)
    assert {w for e in train.entities for w in e.words}.isdisjoint(
        w for e in heldout.entities for w in e.words
    )
    for key, attribute in train.attributes.items():
        assert set(attribute.clauses).isdisjoint(heldout.attributes[key].clauses)


def test_streams_share_no_schema_and_no_wish() -> None:
    train, heldout = examples("train", 4000), examples("heldout", 1500)
    schemas = [{signature(f) for e in part for f in listed(e)} for part in (train, heldout)]
    assert schemas[0].isdisjoint(schemas[1])
    assert {e.messages[1]["content"] for e in train}.isdisjoint(
        e.messages[1]["content"] for e in heldout
    )


@pytest.mark.parametrize("split", SPLITS)
def test_references_are_right_and_valid(split: Split) -> None:
    for item in examples(split):
        assert TASK.grade(item, item.answer).right, item
        functions = {f["name"]: f for f in listed(item)}
        assert len(functions) == len(listed(item)), "a name is listed twice"
        for function in functions.values():
            jsonschema.Draft202012Validator.check_schema(function["parameters"])
        if "no_call" in item.check:
            assert grading.CALL not in item.answer
            continue
        schema = functions[item.check["name"]]["parameters"]
        arguments = item.check["arguments"]
        jsonschema.validate(arguments, schema | {"additionalProperties": False})
        assert list(arguments) == [key for key in schema["properties"] if key in arguments]


@pytest.mark.parametrize("split", SPLITS)
def test_free_text_arguments_are_in_the_wish(split: Split) -> None:
    """A string that is no enum value and no reformatted date must be copied from the wish."""
    for item in examples(split):
        if "no_call" in item.check:
            continue
        schema = next(f for f in listed(item) if f["name"] == item.check["name"])["parameters"]
        for key, value in item.check["arguments"].items():
            prop = schema["properties"][key]
            reformatted = re.search(
                r"YYYY|HH:MM|ISO|'format': 'date|r code|language code|ticker|e\.g\. (en|USD|ORCL)",
                str(prop),
            )
            if isinstance(value, str) and value not in str(prop) and not reformatted:
                assert value in item.messages[1]["content"], item


@pytest.mark.parametrize("split", SPLITS)
def test_mixture_and_prompt_length(split: Split) -> None:
    items = examples(split)
    told = sum("says" in item.check for item in items) / len(items)
    assert (0.12 < told < 0.25) if split == "train" else not told, "answers after results"
    least = 0.13 if split == "train" else 0.18
    assert least < sum(item.check == {"no_call": True} for item in items) / len(items) < 0.28
    assert sum(item.check.get("arguments") == {} for item in items) > len(items) * 0.02
    lengths = [len(item.messages[0]["content"]) for item in items]
    assert statistics.median(lengths) < 950
    assert sum(length < 2300 for length in lengths) / len(items) > 0.97


@pytest.mark.parametrize("split", SPLITS)
def test_calls_leave_out_what_the_wish_does_not_name(split: Split) -> None:
    """Most listed schemas have optional parameters the wish is silent about; some name just one."""
    calls = [item for item in examples(split) if "no_call" not in item.check]
    silent = lone = apostrophes = 0
    for item in calls:
        schema = next(f for f in listed(item) if f["name"] == item.check["name"])["parameters"]
        given = item.check["arguments"]
        left_out = schema["properties"].keys() - given
        silent += bool(left_out)
        lone += bool(left_out) and len(given.keys() - set(schema.get("required", ()))) == 1
        apostrophes += "'" in json.dumps(given)
    assert silent / len(calls) > 0.45
    assert lone / len(calls) > 0.1
    assert 0.03 < apostrophes / len(calls) < 0.15


@pytest.mark.parametrize(
    "text",
    [
        """<functioncall> {"name": "greet", "arguments": '{"who": "O'Brien", "times": 2}'}""",
        """<functioncall> {"name": "greet", "arguments": '{"times": 2.0, "who": " O'Brien"}'}""",
        """<functioncall> {"name": "greet", "arguments": {"who": "O'Brien", "times": 2}}""",
        r"""<functioncall>{"name": "greet", "arguments": "{\"who\": \"O'Brien\", \"times\": 2}"}""",
        """OK <functioncall> {"name": "greet", "arguments": '{"who": "O'Brien", "times": 2}'}.""",
    ],
)
def test_every_spelling_of_a_right_call_counts(text: str) -> None:
    check = {"name": "greet", "arguments": {"who": "O'Brien", "times": 2}}
    assert TASK.grade(example(check), text).right


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("I can't do that.", "no function call"),
        ("<functioncall> greet", "names no function"),
        ('<functioncall> {"name": "greet"}', "no arguments"),
        ("""<functioncall> {"name": "greet", "arguments": '{"who": '}""", "not JSON"),
        ("""<functioncall> {"name": "greet", "arguments": '[1]'}""", "no JSON object"),
        ("""<functioncall> {"name": "meet", "arguments": '{"who": "Ana"}'}""", "called 'meet'"),
        ("""<functioncall> {"name": "greet", "arguments": '{"who": "ana"}'}""", "is 'ana'"),
        ("""<functioncall> {"name": "greet", "arguments": '{}'}""", "missing argument 'who'"),
        (
            """<functioncall> {"name": "greet", "arguments": '{"who": "Ana", "loud": true}'}""",
            "extra argument 'loud'",
        ),
    ],
)
def test_wrong_calls_are_told_apart(text: str, reason: str) -> None:
    grade = TASK.grade(example({"name": "greet", "arguments": {"who": "Ana"}}), text)
    assert not grade.right
    assert reason in grade.reason


def test_accepted_alternatives_and_booleans() -> None:
    check = {"name": "f", "arguments": {"a": 1}, "accept": [{"a": 1, "b": "x"}]}
    assert TASK.grade(example(check), grading.render_call("f", {"a": 1, "b": "x"})).right
    assert not TASK.grade(example(check), grading.render_call("f", {"a": True})).right


def test_no_call_wants_words() -> None:
    check = {"no_call": True}
    assert TASK.grade(example(check), "I can't book flights.").right
    assert not TASK.grade(example(check), "  \n").right
    assert not TASK.grade(example(check), "<functioncall> {}").right


def test_templates_that_cannot_be_answered_are_refused() -> None:
    with pytest.raises(catalogue.CatalogueError, match="missing"):
        catalogue.parse_block("f : do\n  a: city\n  > do it", "d", frozenset())
    with pytest.raises(catalogue.CatalogueError, match="unknown"):
        catalogue.parse_block("f : do\n  > do {b}", "d", frozenset())
    with pytest.raises(ValueError, match="template"):
        grammar.parse("do (this|that")


def test_optional_parts_come_and_go() -> None:
    tree = grammar.parse("go[ to {city}](!|?)")
    rng = random.Random(0)
    seen = {
        "".join(p if isinstance(p, str) else "X" for p in grammar.expand(tree, rng))
        for _ in range(99)
    }
    assert seen == {"go!", "go?", "go to X!", "go to X?"}
    assert grammar.always(tree) == frozenset()


def test_pools_hold_no_duplicates() -> None:
    for name, words in pools().items():
        assert len(words) == len(set(words)), name


def test_a_small_the_and_a_number_sign_are_no_part_of_a_value() -> None:
    rng = random.Random(0)
    landmarks = [values.draw(rng, "landmark") for _ in range(200)]
    assert any(drawn.text.startswith("the ") for drawn in landmarks)
    assert not any(drawn.value.startswith("the ") for drawn in landmarks)
    ids = [values.draw(rng, "id") for _ in range(500)]
    assert any(drawn.text.startswith("#") for drawn in ids)
    assert not any(str(drawn.value).startswith("#") for drawn in ids)
    whole = [drawn for drawn in ids if drawn.schema["type"] == "integer"]
    assert whole
    assert all(str(drawn.value) == drawn.text.removeprefix("#") for drawn in whole)


@pytest.mark.parametrize("kind", ["currency", "language", "ticker"])
def test_codes_are_asked_for_where_names_are_said(kind: str) -> None:
    rng = random.Random(1)
    drawn = [values.draw(rng, kind) for _ in range(300)]
    named = [d for d in drawn if d.value != d.text]
    assert 20 < len(named) < 150
    assert all(d.hint for d in named)


@pytest.mark.parametrize("split", SPLITS)
def test_after_a_result_it_is_told_or_the_next_call_is_made(split: Split) -> None:
    items = list(islice(TASK.rounds(3, split), 600))
    told = [item for item in items if "no_call" in item.check]
    assert 0.6 < len(told) / len(items) < 0.9
    for item in items:
        assert TASK.grade(item, item.answer).right, item
        roles = [message["role"] for message in item.messages]
        assert roles in (["system", "user"] + ["assistant", "user"] * n for n in range(3))
        results = [m["content"] for m in item.messages[3::2]]
        assert all(text.startswith("FUNCTION RESPONSE: ") for text in results)
        for text in results:
            json.loads(text.removeprefix("FUNCTION RESPONSE: "))
        names = {f["name"] for f in listed(item)}
        assert item in told or item.check["name"] in names


def test_an_answer_after_a_result_must_hold_its_values() -> None:
    check = {"no_call": True, "says": ["19", "foggy"]}
    assert TASK.grade(example(check), "It is foggy, 19 degrees.").right
    assert TASK.grade(example(check), "It is foggy.").reason == "does not say '19'"
    assert not TASK.grade(example(check), "<functioncall> 19 foggy").right


def test_whole_sentences_in_quotes_keep_their_full_stop() -> None:
    """What stands between quotation marks is the value, to the letter."""
    ended = 0
    for item in examples("train", 3000):
        for value in item.check.get("arguments", {}).values():
            if isinstance(value, str) and value[0].isupper() and value[-1] in ".!":
                wish = item.messages[1]["content"]
                ended += bool(re.search(rf"[\"“']{re.escape(value)}[\"”']", wish))
    assert ended > 10


def test_nobody_travels_from_a_place_to_itself() -> None:
    for item in examples("train", 3000):
        said = [v for v in item.check.get("arguments", {}).values() if isinstance(v, str)]
        places = [v for v in said if v in values.texts.pools()["city"]]
        assert len(places) == len(set(places)), item


@pytest.mark.parametrize(
    ("name", "noun"),
    [
        ("max_price", "maximum price"),
        ("width_cm", "width in cm"),
        ("order_id", "order ID"),
        ("num_guests", "number of guests"),
        ("city", "city"),
    ],
)
def test_parameter_names_as_words(name: str, noun: str) -> None:
    assert describing.noun_of(name) == noun


def test_lists_are_short_enough_to_train_on() -> None:
    items = examples("train")
    assert statistics.mean(len(listed(item)) for item in items) < 2.5
    assert statistics.mean(len(item.messages[0]["content"]) for item in items) < 850

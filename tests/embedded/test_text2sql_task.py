"""The text2sql task: reproducible, disjoint between splits, and graded by execution."""

from __future__ import annotations

import random
import re
import sqlite3
import time
from itertools import islice

import pytest

from lora_ui.embedded.tasks.base import Example, Split
from lora_ui.embedded.tasks.text2sql import TASK
from lora_ui.embedded.tasks.text2sql.coined import SYLLABLES, Coiner
from lora_ui.embedded.tasks.text2sql.dates import date_sql, spoken_day
from lora_ui.embedded.tasks.text2sql.grading import compare, first_statement, is_ordered
from lora_ui.embedded.tasks.text2sql.lexicon import lexicon, plural, read, split_list
from lora_ui.embedded.tasks.text2sql.naming import Naming, abbreviated, camel, pascal, snake
from lora_ui.embedded.tasks.text2sql.schemas import SchemaMaker
from lora_ui.embedded.tasks.text2sql.subjects import Scene
from lora_ui.embedded.tasks.text2sql.wording import (
    is_wordless,
    mistyped,
    negated,
    phrasebook,
    singular_verb,
)

SPLITS: tuple[Split, ...] = ("train", "heldout")
SETUP = (
    "CREATE TABLE books (id INTEGER, title TEXT, price REAL);"
    "INSERT INTO books VALUES (1, 'Dune', 9.5), (2, 'Emma', 7.0), (3, 'Emma', 12.25);"
)


def sample(split: Split, count: int = 400, seed: int = 5) -> list[Example]:
    return list(islice(TASK.generate(seed, split), count))


def handmade(gold: str) -> Example:
    return Example("x", [], gold, {"setup": SETUP, "gold": gold})


@pytest.mark.parametrize("split", SPLITS)
def test_same_seed_and_split_give_the_same_stream(split: Split) -> None:
    assert sample(split, 60) == sample(split, 60)
    assert sample(split, 60) != sample(split, 60, seed=6)


@pytest.mark.parametrize("split", SPLITS)
def test_answers_execute_and_are_graded_right(split: Split) -> None:
    for example in sample(split):
        assert example.check["gold"] == example.answer
        grade = TASK.grade(example, example.answer)
        assert grade.right, (example, grade)
        assert TASK.grade(example, f"```sql\n{example.answer};\n```\nDone.").right


@pytest.mark.parametrize("split", SPLITS)
def test_wrong_answers_are_graded_wrong(split: Split) -> None:
    for example in sample(split, 150):
        for wrong in ("SELECT 'no such value'", "", "SELECT * FROM nowhere", "DELETE FROM books"):
            grade = TASK.grade(example, wrong)
            assert not grade.right
            assert grade.reason


def test_rows_tell_conditions_apart() -> None:
    """Leaving out the WHERE clause nearly always changes the rows."""
    told = total = 0
    for example in sample("train", 500):
        if " WHERE " in example.answer and example.answer.count("SELECT") == 1:
            total += 1
            told += not TASK.grade(example, without_where(example.answer)).right
    assert total > 100
    assert told / total > 0.85


def without_where(sql: str) -> str:
    return re.sub(r" WHERE .*?(?= GROUP BY | ORDER BY | HAVING |$)", "", sql)


def test_splits_share_no_things_and_no_phrases() -> None:
    train, heldout = lexicon("train"), lexicon("heldout")
    assert len(train.things) >= 60
    assert len(heldout.things) >= 15
    assert not train.things.keys() & heldout.things.keys()
    assert not {(link.child, link.parent) for link in train.links} & {
        (link.child, link.parent) for link in heldout.links
    }
    books = phrasebook("train"), phrasebook("heldout")
    for topic in books[0].topics:
        texts = [{phrase.text for phrase in book.topics[topic]} for book in books]
        shared = {text for text in texts[0] & texts[1] if not is_wordless(text)}
        assert not shared, topic


def test_splits_share_no_coined_words() -> None:
    """Neither made-up tables nor what qualifies their columns; none is the lexicon's either."""
    words = {split: read("coined")[split] for split in SPLITS}
    for topic in words["train"]:
        parts = [set(split_list(words[split][topic])) for split in SPLITS]
        assert not parts[0] & parts[1], topic
    known = {split: {key.replace("_", " ") for key in lexicon(split).things} for split in SPLITS}
    assert not known["heldout"] & set(split_list(words["train"]["things"]))
    assert not known["train"] & set(split_list(words["heldout"]["things"]))
    assert not set(SYLLABLES["train"].split()) & set(SYLLABLES["heldout"].split())


@pytest.mark.parametrize("split", SPLITS)
def test_coined_schemas_vary(split: Split) -> None:
    coiner = Coiner(random.Random(3), split)
    things = [coiner.thing() for _ in range(200)]
    assert len({thing.key for thing, _ in things}) > 120
    assert len({key for _, columns in things for key in columns}) > 150
    for thing, columns in things:
        assert thing.archetypes == tuple(columns)


def test_create_statements_are_valid_sql_in_every_hand() -> None:
    """Constraints, comments and quotes as a prompt shows them run, and do not change the names."""
    shown = set()
    for example in sample("train", 500, seed=9):
        schema = example.messages[-1]["content"].rsplit("\n\n", 1)[0]
        shown |= {w for w in ("CHECK", "DEFAULT", "UNIQUE", "-- ", "`", "EXISTS") if w in schema}
        connection = sqlite3.connect(":memory:")
        for statement in re.split(r"(?<=\));?\s+(?=create table)", schema, flags=re.I):
            connection.execute(statement)
        connection.execute(example.answer)
        connection.close()
    assert len(shown) == 6


@pytest.mark.parametrize(
    ("kind", "day", "expected"),
    [
        ("quarter", "2023-05-17", "{0} BETWEEN '2023-04-01' AND '2023-06-30'"),
        ("half", "2023-05-17", "{0} BETWEEN '2023-01-01' AND '2023-06-30'"),
        ("half", "2024-12-01", "{0} BETWEEN '2024-07-01' AND '2024-12-31'"),
        ("after_month", "2024-02-03", "{0} > '2024-02-29'"),
    ],
)
def test_date_ranges(kind: str, day: str, expected: str) -> None:
    assert date_sql(kind, day, day, day) == expected


def test_days_are_spoken_in_many_ways() -> None:
    styles = ("iso", "us", "eu", "short", "ord", "of")
    assert [spoken_day("2024-03-02", style) for style in styles] == [
        "2024-03-02",
        "March 2, 2024",
        "2 March 2024",
        "Mar 2, 2024",
        "March 2nd, 2024",
        "2nd of March 2024",
    ]
    assert spoken_day("2024-03-11", "ord") == "March 11th, 2024"
    assert spoken_day("2024-03-23", "ord") == "March 23rd, 2024"


def test_naming_conventions() -> None:
    assert abbreviated("employee") == "emp"
    assert abbreviated("order_item") == "oi"
    assert (camel("order_date"), pascal("order_date")) == ("orderDate", "OrderDate")
    naming = Naming(random.Random(0))
    naming.case, naming.id_style, naming.prefix, naming.affix = snake, "{}_no", "long", "tbl_{}"
    assert naming.table("orders") == "tbl_orders"
    assert naming.key("order") == ("order_no", "number")
    assert naming.foreign_key("order_id", "order") == "order_no"
    assert naming.foreign_key("assigned_to", "agent") == "assigned_to"
    assert naming.column("total", "order") == "order_total"
    assert naming.column("is_paid", "order") == "is_paid"


def test_values_shown_in_a_check_may_be_spelled_freely() -> None:
    schema = SchemaMaker(random.Random(1), lexicon("train")).make()
    scene = Scene(random.Random(1), schema, phrasebook("train"), lexicon("train"), "", "'on_hold'")
    said = {scene.value("on_hold").strip("\x02\x03") for _ in range(30)}
    assert said == {"on_hold", "on hold"}
    assert {scene.value("no_show").strip("\x02\x03") for _ in range(30)} == {"no_show"}


def test_typos_spare_the_data() -> None:
    rng = random.Random(2)
    for _ in range(50):
        text = mistyped(rng, "show customers from \x02Marseille\x03")
        assert "\x02Marseille\x03" in text
        assert text != "show customers from \x02Marseille\x03" or "customers" in text


def test_splits_share_no_tables_in_practice() -> None:
    def schemas(split: Split) -> set[str]:
        prompts = [example.messages[-1]["content"] for example in sample(split, 800)]
        return {prompt.rsplit("\n\n", 1)[0] for prompt in prompts}

    train, heldout = schemas("train"), schemas("heldout")
    assert not train & heldout
    assert len(train) > 780


def test_messages_have_schema_blank_line_question() -> None:
    examples = sample("train", 300)
    for example in examples:
        schema, question = example.messages[-1]["content"].rsplit("\n\n", 1)
        assert schema.lower().startswith("create table")
        assert question.strip() == question != ""
        assert not re.search(r"[{}\x02\x03]", question)
        assert not example.answer.endswith(";")
    systems = sum(example.messages[0]["role"] == "system" for example in examples)
    assert 0.25 < systems / len(examples) < 0.45
    assert len({example.id for example in examples}) == len(examples)


def test_examples_come_quickly() -> None:
    start = time.perf_counter()
    sample("train", 300)
    assert time.perf_counter() - start < 10


@pytest.mark.parametrize(
    ("gold", "answer", "right"),
    [
        ("SELECT title FROM books", "select title from books;", True),
        ("SELECT title FROM books", "SELECT DISTINCT title FROM books", False),
        ("SELECT title, price FROM books", "SELECT price, title FROM books", True),
        ("SELECT title FROM books", "SELECT title, price FROM books", False),
        ("SELECT id FROM books ORDER BY price", "SELECT id FROM books ORDER BY price DESC", False),
        ("SELECT id FROM books", "SELECT id FROM books ORDER BY price DESC", True),
        ("SELECT AVG(price) FROM books", "SELECT SUM(price) / 3.0000000001 FROM books", True),
        ("SELECT AVG(price) FROM books", "SELECT ROUND(AVG(price), 1) FROM books", False),
        ("SELECT COUNT(*) FROM books", "SELECT 3; SELECT 4", True),
        ("SELECT title FROM books", "DROP TABLE books", False),
        ("SELECT title FROM books", "PRAGMA table_info(books)", False),
    ],
)
def test_grading(gold: str, answer: str, right: bool) -> None:
    assert TASK.grade(handmade(gold), answer).right is right


def test_endless_queries_are_cut_off() -> None:
    endless = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"
    )
    grade = TASK.grade(handmade("SELECT 1"), endless)
    assert not grade.right
    assert "too long" in grade.reason


def test_permutation_must_be_one_for_all_rows() -> None:
    assert not compare([(1, 2), (3, 4)], [(2, 1), (3, 4)], ordered=False).right
    assert compare([(1, 2), (3, 4)], [(4, 3), (2, 1)], ordered=False).right


def test_first_statement() -> None:
    assert first_statement("```sql\nSELECT ';' FROM t;\n```") == "SELECT ';' FROM t"
    assert first_statement(" ;; SELECT 1 ; SELECT 2") == "SELECT 1"
    assert first_statement("Sure:\n```\nSELECT 1\n```") == "SELECT 1"
    assert first_statement("") == ""


def test_only_the_outermost_order_counts() -> None:
    assert is_ordered("SELECT a FROM t ORDER BY a")
    assert not is_ordered("SELECT a FROM (SELECT a FROM t ORDER BY a LIMIT 2)")
    assert not is_ordered("SELECT 'order by' FROM t")


def test_grammar() -> None:
    assert plural("date of birth") == "dates of birth"
    assert plural("category") == "categories"
    assert singular_verb("cost more than 5 and are new") == "costs more than 5 and is new"
    assert singular_verb("were born in 1990") == "was born in 1990"
    assert negated("live in Paris") == "do not live in Paris"
    assert negated("are red") == "are not red"


def test_setup_builds_a_small_database() -> None:
    for example in sample("train", 50):
        connection = sqlite3.connect(":memory:")
        connection.executescript(example.check["setup"])
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall()
        for (table,) in tables:
            (rows,) = connection.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()
            assert 6 <= rows <= 12
        connection.close()


@pytest.mark.parametrize("split", ["train", "heldout"])
def test_no_schema_loses_a_foreign_key_to_one_of_the_same_name(split: Split) -> None:
    for seed in range(3000):
        maker = SchemaMaker(random.Random(seed), lexicon(split))
        maker.naming.id_style = "short"  # cask_cabinet and code_change both have cc_code
        maker.coin()
        maker.junction()
        schema = maker.schema
        for table in schema.tables:
            names = [column.name.lower() for column in table.columns]
            assert len(set(names)) == len(names), names
        for edge in schema.edges:
            assert edge.key in edge.child.columns, (edge.child.name, edge.key.name)

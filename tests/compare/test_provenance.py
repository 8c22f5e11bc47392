"""What answered: whom it belongs to, what is told of it, and that every export carries it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from lora_ui.catalog.findings import finding
from lora_ui.catalog.models import Adapter, Catalog
from lora_ui.client import fill
from lora_ui.compare.batch import Batch, EngineAsker, Row, specs_for
from lora_ui.compare.columns import Column, ColumnSpec
from lora_ui.compare.export import as_csv, as_json, as_markdown
from lora_ui.compare.prompts import Prompt
from lora_ui.compare.running import Run
from lora_ui.compare.text_table import as_text
from lora_ui.engine.protocol import GenerationRequest
from lora_ui.sampling import Sampling
from tests.fake_engine import SHA256, FakeEngine

CATALOG = Catalog(adapters=(Adapter(name="sql", source="x"),))


async def ran(engine: FakeEngine, names: list[str], visitor: str | None = None) -> list[Column]:
    specs = [ColumnSpec(key=str(n), adapter=name) for n, name in enumerate(names)]
    run = Run(engine, engine.catalog, "hello", specs, Sampling(seed=7, max_tokens=9), visitor)
    async for _ in run.changes():
        pass
    return run.columns


async def test_a_column_tells_what_ran_and_with_which_settings():
    base, sql = await ran(FakeEngine(CATALOG, delay_s=0), ["base", "sql"])
    told = sql.as_result()["provenance"]
    assert told["adapter"] == "sql"
    assert told["sha256"] == SHA256
    assert told["source"] == "x"
    assert (told["model"], told["engine"], told["dtype"]) == ("fake/model", "fake 1.0", "none")
    assert told["seed"] == 7
    assert told["settings"]["max_tokens"] == 9
    assert "seed" not in told["settings"]
    assert base.as_result()["provenance"]["sha256"] is None
    (nobody,) = await ran(FakeEngine(CATALOG), ["nobody"])
    assert nobody.as_result()["provenance"] is None


async def test_additions_are_named_by_their_visitor_alone():
    engine = FakeEngine(CATALOG, delay_s=0)
    mine = Adapter(name="mine", source="upload", system="Be mine.", sampling=Sampling(top_k=3))
    await engine.add(mine, Path("anywhere"), "me")
    (column,) = await ran(engine, ["mine"], "me")
    assert column.error is None
    (request,) = engine.requests
    assert request.visitor == "me"
    assert "Be mine." in request.prompt.text
    assert request.sampling.top_k == 3
    for visitor in ("you", None):
        (column,) = await ran(engine, ["mine"], visitor)
        assert "choose one of base, sql." in (column.error or "")
    (column,) = await ran(engine, ["nope"], "me")
    assert "choose one of base, sql, mine." in (column.error or "")


async def test_a_batch_names_its_visitors_additions():
    engine = FakeEngine(CATALOG, delay_s=0)
    await engine.add(Adapter(name="mine", source="upload"), Path("anywhere"), "me")
    batch = Batch(
        EngineAsker(engine, CATALOG, Sampling(), "me"), [Prompt("one")], specs_for(["mine"])
    )
    async for _ in batch.changes():
        pass
    assert batch.results()[0]["columns"][0]["text"].startswith("mine: ")


async def test_what_the_first_answer_shows_is_told_at_its_end():
    class Late(FakeEngine):
        """Sees only with the first answer that the adapter has no effect."""

        async def generate(self, request: GenerationRequest):
            async for event in super().generate(request):
                yield event
            status = self.adapters()[0]
            found = (finding("no_effect", "warning"),)
            self.shelf[None, "sql"] = replace(status, has_effect=False, findings=found)

    (column,) = await ran(Late(CATALOG, delay_s=0), ["sql"])
    assert column.has_effect is False
    assert column.warnings == ["It answers exactly like the base model."]
    assert column.as_result()["has_effect"] is False


@pytest.fixture
async def results() -> list[dict]:
    engine = FakeEngine(CATALOG, delay_s=0)
    batch = Batch(
        EngineAsker(engine, CATALOG, Sampling(seed=5, stop=("=x",))),
        [Prompt("one"), Prompt("two")],
        specs_for(["base", "sql"]),
    )
    async for _ in batch.changes():
        pass
    return batch.results()


async def test_every_export_carries_it(results: list[dict]):
    assert json.loads(as_json(results))[1]["columns"][1]["provenance"]["sha256"] == SHA256
    rows = list(csv.DictReader(io.StringIO(as_csv(results), newline="")))
    assert [row["sha256"] for row in rows] == ["", SHA256] * 2
    assert {row["seed"] for row in rows} == {"5"}
    assert {row["model"] for row in rows} == {"fake/model"}
    assert 'stop ["=x"]' in rows[0]["settings"]
    for text in (as_markdown(results), as_text(results, 200)):
        assert text.count(SHA256) == 1  # once for both prompts
        assert text.count("fake 1.0") == 2
        assert "What answered" in text


async def test_a_client_takes_it_over(results: list[dict]):
    row = Row(Prompt("one"), [Column(spec) for spec in specs_for(["base", "sql"])])
    fill(row, results[0], ended=True)
    assert [column.ran() for column in row.columns] == [
        column["provenance"] for column in results[0]["columns"]
    ]
    older = {"columns": [{"text": "x"}, {"text": "y"}]}
    row = Row(Prompt("one"), [Column(spec) for spec in specs_for(["base", "sql"])])
    fill(row, older, ended=True)
    assert row.columns[1].ran() is None

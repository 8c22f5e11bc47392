"""Catalog files: what is right loads, what is wrong is named with its line and the fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from lora_ui.catalog.loading import load_catalog
from lora_ui.errors import Problem

ROOT = Path(__file__).resolve().parents[2]


def message(tmp_path: Path, text: str) -> str:
    path = tmp_path / "adapters.yaml"
    path.write_text(text)
    with pytest.raises(Problem) as raised:
        load_catalog(path)
    assert str(path) in raised.value.message
    return raised.value.message


def test_the_shipped_catalogs_load() -> None:
    shipped = load_catalog(ROOT / "adapters.yaml")
    assert [a.name for a in shipped.adapters] == ["text2sql", "math", "function"]
    assert all(a.examples for a in shipped.adapters)
    article = load_catalog(ROOT / "examples" / "tinyllama.yaml")
    assert [a.source for a in article.adapters] == [
        "hf:sid321axn/tiny-llama-text2sql",
        "hf:philimon/TinyLlama-gsm8k-lora",
        "hf:unclecode/tinyllama-function-call-lora-adapter-250424",
    ]


def test_an_empty_file_is_a_catalog_of_defaults(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("")
    catalog = load_catalog(path)
    assert catalog.engine.model == "embedded"
    assert catalog.adapters == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("engine:\n  modle: x\n", ["line 2", "“engine.modle”", "Did you mean “model”", "dtype"]),
        (
            "adapters:\n  - name: A B\n    source: x\n",
            ["line 2", "adapters[0].name", "small letters"],
        ),
        (
            "adapters:\n  - {name: a, source: x}\n  - {name: a, source: y}\n",
            ["line 3", "“a”", "line 2"],
        ),
        ("engine:\n\tmodel: x\n", ["line 2", "tab", "spaces"]),
        ("engine:\n  max_loras: many\n", ["line 2", "'many'", "a whole number, or auto"]),
        ("engine:\n  max_lora_rank: 7\n", ["line 2", "is 7", "16, 32"]),
        ("defaults:\n  temperature: -1\n", ["line 2", "is -1", "greater than or equal to 0"]),
        ("adapters:\n  - name: a\n", ["line 2", "“adapters[0].source” is missing"]),
        ("adapters: 3\n", ["line 1", "a list"]),
        ("- a\n", ["must hold keys"]),
        ("adapters:\n  - {name: base, source: x}\n", ["bare model"]),
        ("engine: {model: 'hf:foo'}\n", ["line 1", "hf:owner/repo"]),
        ("engine: [\n", ["not valid YAML"]),
        ("engine:\n  model: x\n  model: y\n", ["line 3", "duplicate"]),
        (
            "adapters:\n  - name: a\n    source: x\n    sampling: {temprature: 3}\n",
            ["line 4", "Did you mean “temperature”"],
        ),
        ("engine:\n  extra: {enable_lora: false}\n", ["line 2", "enable_lora has"]),
        ("engine:\n  max_model_len: 20x\n  dtype: int3\n", ["line 2", "More is wrong"]),
    ],
)
def test_what_is_wrong_is_named_with_place_and_fix(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    found = message(tmp_path, text)
    assert all(part in found for part in expected), found


def test_a_missing_file_names_the_flag(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="--catalog"):
        load_catalog(tmp_path / "nowhere.yaml")


def test_a_binary_file_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(Problem, match="cannot be read"):
        load_catalog(path)

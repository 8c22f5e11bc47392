"""What the start decides by itself."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from lora_ui.serve import may_clear_cache
from lora_ui.settings import load_settings


@pytest.mark.parametrize(
    ("host", "said", "allowed"),
    [
        ("127.0.0.1", "", True),
        ("::1", "clear_cache: auto", True),
        ("0.0.0.0", "", False),
        ("demo.example.org", "clear_cache: auto", False),
        ("0.0.0.0", "clear_cache: true", True),
        ("127.0.0.1", "clear_cache: false", False),
    ],
)
def test_the_hub_cache_is_the_operators(tmp_path: Path, host: str, said: str, allowed: bool):
    catalog = tmp_path / "adapters.yaml"
    catalog.write_text(f"additions:\n  max_mb: 1\n  {said}\n")
    flags = argparse.Namespace(catalog=str(catalog), host=host)
    assert may_clear_cache(load_settings(flags, {})) is allowed


@pytest.mark.parametrize(("said", "allowed"), [("", False), ("clear_cache: true", True)])
def test_in_a_public_demo_the_cache_is_the_operators(tmp_path: Path, said, allowed):
    catalog = tmp_path / "adapters.yaml"
    catalog.write_text(f"additions:\n  max_mb: 1\n  {said}\n")
    flags = argparse.Namespace(catalog=str(catalog), public="true")
    assert may_clear_cache(load_settings(flags, {})) is allowed

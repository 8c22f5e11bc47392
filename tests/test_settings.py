"""Settings: catalog, then environment, then flags; what is wrong is named where it was written."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lora_ui.errors import Problem
from lora_ui.hosting import add_server_arguments
from lora_ui.settings import ENGINE_KEYS, Settings, add_arguments, load_settings

ROOT = Path(__file__).resolve().parents[1]

# engine key: as the catalog writes it and what becomes of it, then the same for text from outside
LAYERS: dict[str, tuple[tuple[str, object], tuple[str, object], tuple[str, object]]] = {
    "model": (("embedded", "embedded"), ("hf:a/b@v1", "hf:a/b@v1"), ("/models/x", "/models/x")),
    "max_loras": (("3", 3), ("5", 5), ("auto", "auto")),
    "max_lora_rank": (("8", 8), ("32", 32), ("auto", "auto")),
    "max_cpu_loras": (("3", 3), ("50", 50), ("auto", "auto")),
    "lora_target_modules": (
        ("[q_proj]", ("q_proj",)),
        ("k_proj, v_proj", ("k_proj", "v_proj")),
        ("auto", "auto"),
    ),
    "specialize_active_lora": (("true", True), ("false", False), ("auto", "auto")),
    "max_model_len": (("128", 128), ("256", 256), ("512", 512)),
    "dtype": (("float16", "float16"), ("bfloat16", "bfloat16"), ("float32", "float32")),
    "gpu_memory_utilization": (("0.5", 0.5), ("0.6", 0.6), ("1", 1.0)),
    "fair_wait_s": (("0.5", 0.5), ("2", 2.0), ("0", 0.0)),
}


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_server_arguments(parser)
    add_arguments(parser)
    return parser.parse_args(arguments)


def load(catalog: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Settings:
    return load_settings(parse("--catalog", str(catalog), *arguments), environment or {})


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    path = tmp_path / "adapters.yaml"
    path.write_text("")
    return path


def test_every_engine_key_is_tried_here() -> None:
    assert set(LAYERS) == set(ENGINE_KEYS)


@pytest.mark.parametrize("key", ENGINE_KEYS)
def test_flags_come_before_the_environment_before_the_catalog(key: str, catalog: Path) -> None:
    (written, in_catalog), (variable, from_environment), (flag, from_flag) = LAYERS[key]
    catalog.write_text(f"engine:\n  {key}: {written}\n")
    environment = {f"LORA_UI_{key.upper()}": variable}
    arguments = (f"--{key.replace('_', '-')}", flag)
    for settings_, value, origin in (
        (load(catalog), in_catalog, "catalog"),
        (load(catalog, environment=environment), from_environment, "environment"),
        (load(catalog, *arguments), from_flag, "flag"),
        (load(catalog, *arguments, environment=environment), from_flag, "flag"),
    ):
        assert getattr(settings_.catalog.engine, key) == value
        assert settings_.given == {key: origin}


def test_what_nobody_sets_is_auto_and_empty_values_set_nothing(catalog: Path) -> None:
    found = load(catalog, "--max-loras", "", environment={"LORA_UI_DTYPE": ""})
    assert found.given == {}
    assert found.catalog.engine.max_loras == "auto"
    assert found.catalog.engine.dtype == "auto"


def test_keys_that_only_the_catalog_has_survive_a_flag(catalog: Path) -> None:
    catalog.write_text("engine:\n  extra: {block_size: 32}\n  max_model_len: 512\n")
    engine = load(catalog, "--max-loras", "2").catalog.engine
    assert engine.extra == {"block_size": 32}
    assert engine.max_model_len == 512
    assert engine.max_loras == 2


@pytest.mark.parametrize(
    ("key", "text", "allowed"),
    [
        ("max_loras", "many", "a whole number, or auto"),
        ("max_loras", "0", "greater than or equal to 1"),
        ("max_lora_rank", "7", "one of auto, 1, 8, 16, 32"),
        ("max_lora_rank", "9" * 5000, "a whole number, or auto"),
        ("max_cpu_loras", "-1", "greater than or equal to 1"),
        ("specialize_active_lora", "maybe", "true or false, or auto"),
        ("max_model_len", "12", "greater than or equal to 64"),
        ("max_model_len", "2k", "a whole number."),
        ("dtype", "int3", "'float32'"),
        ("gpu_memory_utilization", "1.5", "less than or equal to 1"),
        ("gpu_memory_utilization", "nan", "less than or equal to 1"),
        ("fair_wait_s", "-1", "greater than or equal to 0"),
        ("fair_wait_s", "soon", "a number"),
        ("model", "hf:only-one-part", "hf:owner/repo"),
        ("lora_target_modules", " , ", "auto"),
    ],
)
def test_a_wrong_value_names_the_flag_or_the_variable(
    key: str, text: str, allowed: str, catalog: Path
) -> None:
    flag, variable = f"--{key.replace('_', '-')}", f"LORA_UI_{key.upper()}"
    with pytest.raises(Problem) as by_flag:
        load(catalog, f"{flag}={text}")
    with pytest.raises(Problem) as by_variable:
        load(catalog, environment={variable: text})
    assert by_flag.value.message.startswith(f"{flag} is “{text[:20]}")
    assert by_variable.value.message.startswith(f"{variable} is “{text[:20]}")
    for raised in (by_flag, by_variable):
        assert allowed in raised.value.message
        assert len(raised.value.message) < 400


@pytest.mark.parametrize("text", ["0", "65536", "-1", "http", "8 0", "", "²", "9" * 5000])
def test_a_wrong_port_is_a_sentence(text: str, catalog: Path) -> None:
    if text:
        with pytest.raises(Problem, match="from 1 to 65535: give --port"):
            load(catalog, f"--port={text}")
    else:
        assert load(catalog, "--port=").hosting.port == 7860


def test_host_and_port_fall_back_to_gradios_variables(catalog: Path) -> None:
    gradios = {"GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": "1111"}
    ours = {**gradios, "LORA_UI_HOST": "127.0.0.2", "LORA_UI_PORT": "2222"}

    def address(*arguments: str, environment: Mapping[str, str]) -> tuple[str, int]:
        found = load(catalog, *arguments, environment=environment)
        return found.hosting.host, found.hosting.port

    assert address(environment={}) == ("127.0.0.1", 7860)
    assert address(environment=gradios) == ("0.0.0.0", 1111)
    assert address(environment=ours) == ("127.0.0.2", 2222)
    assert address("--host", "::1", "--port", "3333", environment=ours) == ("::1", 3333)


def test_the_cache_folder_comes_from_flag_variable_xdg_or_home(catalog: Path) -> None:
    xdg = {"XDG_CACHE_HOME": "/x"}
    ours = {**xdg, "LORA_UI_CACHE_DIR": "~/elsewhere"}
    assert load(catalog).cache_dir == Path("~/.cache/lora-ui").expanduser()
    assert load(catalog, environment=xdg).cache_dir == Path("/x/lora-ui")
    assert load(catalog, environment=ours).cache_dir == Path("~/elsewhere").expanduser()
    assert load(catalog, "--cache-dir", "/y", environment=ours).cache_dir == Path("/y")


def test_the_catalog_can_be_named_by_variable_and_by_flag(catalog: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("engine: {max_loras: 9}\n")
    environment = {"LORA_UI_CATALOG": str(other)}
    assert load_settings(parse(), environment).catalog.engine.max_loras == 9
    assert load(catalog, environment=environment).catalog.engine.max_loras == "auto"


@pytest.mark.parametrize("flag", ["--catalog", "--cache-dir"])
def test_the_home_of_a_user_that_does_not_exist_is_a_sentence(flag: str, catalog: Path) -> None:
    given_ = ["--catalog", str(catalog), flag, "~nobody-of-that-name/x"]
    with pytest.raises(Problem, match="~nobody-of-that-name/x"):
        load_settings(parse(*given_), {})


def test_folders_for_adding_come_from_catalog_variable_or_flag(
    catalog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    catalog.write_text("additions:\n  folders: [mine]\n  max_mb: 7\n")
    variable = {"LORA_UI_ADAPTER_FOLDERS": "/a, b ,"}
    flag = ("--adapter-folders", "../c")
    for found, folders in (
        (load(catalog), ("mine",)),
        (load(catalog, environment=variable), ("/a", str(tmp_path / "b"))),
        (load(catalog, *flag, environment=variable), (str(tmp_path / "../c"),)),
    ):
        assert found.catalog.additions.folders == folders
        assert found.catalog.additions.max_mb == 7
    with pytest.raises(Problem, match="--adapter-folders is “~nobody-of-that-name”"):
        load(catalog, "--adapter-folders", "a,~nobody-of-that-name")


def test_sharing_additions_is_a_switch(catalog: Path) -> None:
    on = {"LORA_UI_SHARE_ADDITIONS": "1"}
    assert not load(catalog).catalog.additions.shared
    assert load(catalog, "--share-additions").catalog.additions.shared
    assert load(catalog, environment=on).catalog.additions.shared
    assert not load(catalog, "--share-additions", "false", environment=on).catalog.additions.shared
    catalog.write_text("additions: {shared: true}\n")
    assert load(catalog).catalog.additions.shared
    with pytest.raises(Problem, match=r"^--share-additions is “perhaps”, but must be: true or fa"):
        load(catalog, "--share-additions=perhaps")
    with pytest.raises(Problem, match=r"^LORA_UI_SHARE_ADDITIONS is “2”"):
        load(catalog, environment={"LORA_UI_SHARE_ADDITIONS": "2"})


TEXT = st.one_of(
    st.text(),
    st.text(alphabet="0123456789.-eE+_ ,autonfl~/@:hf\x00", max_size=12),
    st.sampled_from(["auto", "true", "1e400", "~x", "~", "\x00", "\udc80", "hf:a/b", "9" * 5000]),
)
NAMES = [*ENGINE_KEYS, "host", "port", "cache_dir", "adapter_folders", "share_additions"]


@settings(
    deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(flags=st.dictionaries(st.sampled_from(NAMES), TEXT), variables=st.data())
@example(flags={"port": "9" * 5000}, variables=None)
@example(flags={"cache_dir": "~nobody-of-that-name"}, variables=None)
@example(flags={"model": "\udc80"}, variables=None)
def test_any_text_at_all_is_settings_or_a_problem(
    catalog: Path, flags: dict[str, str], variables: st.DataObject | None
) -> None:
    names = [*(f"LORA_UI_{n.upper()}" for n in NAMES), "GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT"]
    environment = variables.draw(st.dictionaries(st.sampled_from(names), TEXT)) if variables else {}
    asked = argparse.Namespace(**{"catalog": str(catalog), **flags})
    try:
        found = load_settings(asked, environment)
    except Problem:
        return
    assert 1 <= found.hosting.port <= 65535
    assert found.hosting.host
    for key, origin in found.given.items():
        assert origin in ("flag", "environment")
        assert hasattr(found.catalog.engine, key)


@settings(deadline=None, max_examples=200)
@given(path=TEXT)
@example(path="a\x00b")
@example(path="~\x00")
@example(path="~nobody-of-that-name")
@example(path="x" * 5000)
def test_any_text_at_all_as_catalog_is_a_problem(path: str) -> None:
    asked = argparse.Namespace(catalog=path and f"/nowhere/{path}" if path[:1] != "~" else path)
    if not path:
        return
    with pytest.raises(Problem):
        load_settings(asked, {})


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--catalog", "/nowhere.yaml"], ["/nowhere.yaml", "--catalog"]),
        (["--max-lora-rank", "7"], ["--max-lora-rank", "“7”", "16, 32"]),
        (["--port", "many"], ["“many”", "--port"]),
        (["--host", "no.such.host.invalid"], ["no.such.host.invalid", "--host"]),
        (["--host", "a" * 70], ["a" * 70, "--host"]),
        (["--host", "a..b"], ["a..b", "--host"]),
        (["--host", "ä" * 70], ["--host"]),
        (["--host", ".ä"], ["--host"]),
        (["--cache-dir", "~nobody-of-that-name"], ["~nobody-of-that-name"]),
    ],
)
def test_the_app_says_what_is_wrong_in_one_sentence(arguments: list[str], parts: list[str]) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("LORA_UI", "GRADIO"))}
    done = subprocess.run(
        [sys.executable, "app.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert all(part in done.stderr for part in parts), done.stderr


@pytest.mark.parametrize(
    ("written", "path"),
    [
        (["--metrics"], "/metrics"),
        (["--metrics", "true"], "/metrics"),
        (["--metrics", "/internal/metrics"], "/internal/metrics"),
        (["--metrics", "no"], None),
        ([], None),
    ],
)
def test_the_path_for_prometheus_is_opened_on_request(catalog: Path, written: list[str], path):
    def opened(*arguments: str, environment: Mapping[str, str] | None = None) -> str | None:
        return load(catalog, *arguments, environment=environment).hosting.metrics

    assert opened(*written) == path
    environment = {"LORA_UI_METRICS": written[1]} if len(written) > 1 else {}
    assert opened(environment=environment) == (path if environment else None)
    assert opened("--metrics", "/a/metrics", environment=environment) == "/a/metrics"


@pytest.mark.parametrize("found", ["/", "/gradio_api", "metrics", "/metrics/", "/a b/metrics", "x"])
def test_the_path_for_prometheus_is_none_of_the_pages_own(catalog: Path, found: str):
    with pytest.raises(Problem, match=r"--metrics is “.*”, but must be: .* that ends in /metrics"):
        load(catalog, "--metrics", found)

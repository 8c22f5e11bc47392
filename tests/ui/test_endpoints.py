"""The endpoints as gradio_client sees them, over the test engine."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from lora_ui.catalog.models import Adapter
from lora_ui.engine.protocol import AdapterStatus
from tests.fake_engine import SHA256
from tests.ui.fake_page import FakePage, serve


@pytest.fixture(scope="module")
def fake() -> Iterator[FakePage]:
    served = serve(delay_s=0.005)
    yield served
    served.demo.close()


@pytest.fixture(scope="module")
def client(fake: FakePage) -> Client:
    return Client(fake.url, verbose=False)


def test_engine(client: Client):
    status = client.predict(api_name="/engine")
    assert status["state"] == "ready"
    assert status["model"] == "fake/model"
    wanted = "state stage detail model device dtype max_loras max_lora_rank max_model_len running"
    assert set(wanted.split()) | {"waiting"} <= set(status)


def test_adapters(client: Client):
    adapters = client.predict(api_name="/adapters")
    assert [adapter["name"] for adapter in adapters][:3] == ["text2sql", "math", "function"]
    first = adapters[0]
    assert first["rank"] == 16
    assert first["verdict"] == "ok"
    assert first["state"] == "disk"
    unknown = ("alpha", "base_model", "format", "bytes", "parameters", "revision", "has_effect")
    for name in unknown:
        assert first[name] is None
    assert first["sha256"] == SHA256
    assert first["load_s"] == {"disk": None, "host": None}
    assert not first["added"]
    assert not first["pinned"]
    assert (first["running"], first["waiting"], first["tokens"]) == (0, 0, 0)


def test_additions_are_their_sessions(client: Client, fake: FakePage):
    other = Client(fake.url, verbose=False)
    adapter = Adapter(name="mine", source="upload", title="Mine")
    mine = AdapterStatus(adapter, "disk", "ok", added=True, visitor=client.session_hash)
    fake.engine.shelf[client.session_hash, "mine"] = mine
    try:
        names = [[one["name"] for one in c.predict(api_name="/adapters")] for c in (client, other)]
        assert names[0] == [*names[1], "mine"]
        (column,) = client.predict("one", ["mine"], api_name="/compare")["columns"]
        assert column["text"].startswith("mine: ")
        (column,) = other.predict("one", ["mine"], api_name="/compare")["columns"]
        assert "There is no adapter called “mine”" in column["error"]
    finally:
        del fake.engine.shelf[client.session_hash, "mine"]


def test_columns_tell_what_answered(client: Client):
    names = ["base", "math", "nobody"]
    base, math, nobody = client.predict("one", names, seed=3, api_name="/compare")["columns"]
    told = math["provenance"]
    assert told["adapter"] == "math"
    assert told["sha256"] == SHA256
    assert told["seed"] == 3
    assert told["settings"]["max_tokens"] == 150
    assert base["provenance"]["sha256"] is None
    assert nobody["provenance"] is None
    assert math["has_effect"] is None


def test_compare_streams_and_keeps_the_order(client: Client):
    names = ["math", "base", "nobody", "math", "extra5"]
    job = client.submit("one two three", names, api_name="/compare")
    result = job.result()
    assert len(job.outputs()) > 1
    assert result["wall_s"] > 0
    assert [column["adapter"] for column in result["columns"]] == names
    first, base, nobody, _, broken = result["columns"]
    assert first["text"].startswith("math: ")
    assert first["finish_reason"] == "stop"
    assert first["tokens"] == len(first["text"].split())
    assert first["prompt_tokens"] == 3
    assert first["ttft_s"] > 0
    assert base["error"] is None
    assert "nobody" in nobody["error"]
    assert nobody["finish_reason"] == "error"
    assert "cannot be loaded" in broken["error"]


def test_settings_reach_the_engine(client: Client, fake: FakePage):
    fake.engine.requests.clear()
    client.predict(
        "one",
        ["base", "function"],
        system="",
        temperature=0.5,
        top_p=0.9,
        max_tokens=1,
        seed=7,
        top_k=5,
        min_p=0.1,
        repetition_penalty=1.1,
        stop=["END"],
        api_name="/compare",
    )
    for request in fake.engine.requests:
        assert "<system>" not in request.prompt.text
        assert request.sampling.model_dump() == {
            "temperature": 0.5,
            "top_p": 0.9,
            "top_k": 5,
            "min_p": 0.1,
            "repetition_penalty": 1.1,
            "max_tokens": 1,
            "stop": ("END",),
            "seed": 7,
        }


def test_a_prompt_over_the_context_is_the_columns_error(client: Client):
    result = client.predict("word " * 300, ["base"], api_name="/compare")
    (column,) = result["columns"]
    assert "45 too many for the context of 256" in column["error"]


@pytest.mark.parametrize(
    ("prompt", "adapters", "more", "sentence"),
    [
        ("hi", ["base"] * 65, {}, "65 columns are asked for, but at most 64 are taken"),
        ("x" * 200_001, ["base"], {}, "have 200,001 characters, but at most 200,000 are taken"),
        ("x" * 150_000, ["base"], {"system": "y" * 60_000}, "have 210,000 characters"),
        (" ", ["base"], {}, "The prompt is empty"),
        ("x", [], {}, "No adapter is chosen"),
        ("x", ["base"], {"temperature": 9}, "temperature is 9, but it must be a number at least 0"),
        ("x", ["base"], {"max_tokens": 0}, "max_tokens is 0, but it must be a whole number"),
    ],
)
def test_wrong_calls_raise_the_sentence(client: Client, prompt, adapters, more, sentence):
    with pytest.raises(AppError, match=sentence):
        client.predict(prompt, adapters, api_name="/compare", **more)


def test_odd_text_survives(client: Client):
    result = client.predict("a \u0000 \u202e \U0001f600 <b>", ["base"], api_name="/compare")
    assert "\U0001f600 <b>" in result["columns"][0]["text"]


def test_the_description_names_types_and_an_example(client: Client):
    endpoints = client.view_api(return_format="dict")["named_endpoints"]
    assert set(endpoints) == {"/engine", "/adapters", "/compare", "/call_functions", "/memory"}
    assert all("Example:" in endpoint["description"] for endpoint in endpoints.values())
    parameters = {p["parameter_name"]: p for p in endpoints["/compare"]["parameters"]}
    assert parameters["adapters"]["python_type"]["type"] == "list[str]"
    assert not parameters["prompt"]["parameter_has_default"]
    assert parameters["temperature"]["parameter_has_default"]


@pytest.fixture
def slow(fake: FakePage) -> Iterator[None]:
    """Answers that take 20 s."""
    usual, fake.engine.delay_s = fake.engine.delay_s, 0.2
    yield
    fake.engine.delay_s = usual


@pytest.mark.usefixtures("slow")
def test_a_script_that_dies_ends_its_work(fake: FakePage):
    script = (
        f"from gradio_client import Client; Client({fake.url!r}, verbose=False)"
        ".predict('word ' * 100, ['base', 'math'], api_name='/compare')"
    )
    with subprocess.Popen([sys.executable, "-c", script]) as process:
        wait_until(lambda: fake.engine.running == 2, 30)
        process.kill()
    took = wait_until(lambda: fake.engine.running == 0)
    print(f"a script that died: its work ended after {took:.2f} s")


@pytest.mark.usefixtures("slow")
def test_a_cancelled_call_ends_its_work(client: Client, fake: FakePage):
    job = client.submit("word " * 100, ["base", "math"], api_name="/compare")
    wait_until(lambda: fake.engine.running == 2)
    wait_until(lambda: bool(job.outputs()))  # a client that knows of nothing yet cancels nothing
    job.cancel()
    took = wait_until(lambda: fake.engine.running == 0)
    print(f"a cancelled call: its work ended after {took:.2f} s")


def wait_until(holds: Callable[[], bool], seconds: float = 10) -> float:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.02)
    return time.monotonic() - began

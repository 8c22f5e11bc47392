"""The engine's line in its three states."""

from __future__ import annotations

from lora_ui.catalog.findings import Finding
from lora_ui.catalog.models import Adapter
from lora_ui.engine.protocol import AdapterStatus, Choice, EngineStatus, Stage
from lora_ui.ui.engine_banner import details_html, line_html


def test_while_it_starts_the_stages_stand_with_their_times():
    stages = (Stage("installing", 1.23, True), Stage("loading weights", 3.2, False))
    line = line_html(EngineStatus("loading", "loading weights", stages=stages))
    assert "Engine starting" in line
    assert "installing 1.2 s" in line
    assert "loading weights 3.2 s" in line


def test_once_ready_one_line_says_what_it_is():
    status = EngineStatus(
        "ready",
        "ready",
        model="HuggingFaceTB/SmolLM2-135M-Instruct",
        device="CPU",
        dtype="bfloat16",
        max_loras=4,
        max_lora_rank=16,
        max_model_len=2048,
        running=2,
        waiting=1,
        choices=(Choice("max_loras", "4", "three adapters and <one> spare"),),
    )
    line = line_html(status)
    for words in ("Engine ready", "SmolLM2", "CPU", "bfloat16", "rank up to 16", "2,048"):
        assert words in line
    assert "2 running, 1 waiting" in line
    assert "three adapters and &lt;one&gt; spare" in details_html(status)


def test_a_failed_start_gives_the_sentence_and_the_log():
    status = EngineStatus("failed", "x", error="No <room>.", log_tail=("a", "<script>"))
    assert "No &lt;room&gt;." in line_html(status)
    assert "a\n&lt;script&gt;" in details_html(status)


def test_what_the_adapters_check_found_is_counted_and_told():
    finding = Finding("other_base", "warning", "trained on <another> model", "use it with care")
    adapters = [
        AdapterStatus(Adapter(name="a", source="a"), "disk", "warning", (finding,)),
        AdapterStatus(Adapter(name="b", source="b"), "refused", "refused"),
    ]
    status = EngineStatus("ready", "ready")
    line, details = line_html(status, adapters), details_html(status, adapters)
    assert "1 refused" in line
    assert "1 with a warning" in line
    assert "trained on &lt;another&gt; model" in details
    assert "use it with care" in details


def test_nothing_to_tell_is_nothing():
    assert details_html(EngineStatus("loading", "x")) == ""


def test_a_second_start_says_that_it_is_one():
    stages = (Stage("starting the engine again", 2.0, False),)
    line = line_html(EngineStatus("loading", stages[0].name, stages=stages, model="owner/base"))
    assert "Engine starting again" in line
    assert "starting the engine again 2.0 s" in line

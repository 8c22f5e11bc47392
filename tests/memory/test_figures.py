"""The charts as they are sent: each axis for its own unit."""

from __future__ import annotations

import pytest

from lora_ui.memory.figures import live_charts


@pytest.mark.parametrize("key", ["kv", "slots"])
def test_counts_beside_shares_have_a_scale_of_their_own(key: str) -> None:
    (chart,) = (one for one in live_charts("host", "light") if one["key"] == key)
    layout = chart["figure"]["layout"]
    assert layout["yaxis"]["range"] == [0, 101]
    assert "range" not in layout["yaxis2"]
    assert layout["yaxis2"].get("autorange") is not False
    assert layout["yaxis2"]["autorangeoptions"]["include"][0] == 0

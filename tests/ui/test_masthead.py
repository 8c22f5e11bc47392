"""The masthead says how to have one's own Space, where there is one."""

from __future__ import annotations

import pytest

from lora_ui.ui.links.links import build_links


def masthead(space: str | None) -> str:
    return build_links({}, {}, space).html_template


def test_a_space_is_duplicated_by_its_id() -> None:
    address = "https://huggingface.co/spaces/somebody/lora-ui_2.0?duplicate=true"
    assert f'href="{address}" target="_blank" rel="noopener"' in masthead("somebody/lora-ui_2.0")


@pytest.mark.parametrize(
    "space", [None, "", "somebody", "a/b/c", "../b", "a/b\n", 'a/b"><script>x</script>', "ä/b"]
)
def test_what_is_no_id_of_a_space_makes_no_link(space: str | None) -> None:
    assert "<a" not in masthead(space)
    assert "script" not in masthead(space)

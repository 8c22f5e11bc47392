"""docs/public-demos.md tells the limits that the code has."""

from __future__ import annotations

import re

from lora_ui.catalog.models import Limits
from lora_ui.public.allowances import ADDRESS_FACTOR, MOST_KNOWN, PATIENCE_S
from lora_ui.public.door import REMEMBERED
from tests.docs.pages import page

TEXT = page("docs/public-demos.md")


def test_every_limit_stands_there_with_its_default():
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \|", TEXT, re.MULTILINE)
    assert rows == [(key, f"{value:g}") for key, value in Limits()]


def test_the_catalogs_page_has_the_same_defaults():
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| `(\S+)` \|", page("docs/catalog.md"), re.MULTILINE)
    told = {key: value for key, value in rows if key in Limits.model_fields}
    assert told == {key: f"{value:g}" for key, value in Limits()}


def test_what_no_setting_changes_is_told_as_it_is():
    assert f"{ADDRESS_FACTOR} times `per_minute`" in TEXT
    assert f"the last {REMEMBERED} answers" in TEXT
    assert f"At most {MOST_KNOWN:,} sessions" in TEXT
    assert PATIENCE_S == 10 * 60
    assert "only ten minutes of waiting" in TEXT

"""The page over an engine that answers with calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest

from tests.ui.fake_page import FakePage
from tests.ui.functions_page import (
    CallingEngine,
    serve_calls,
)


@pytest.fixture(scope="module")
def served() -> Iterator[FakePage]:
    served = serve_calls()
    yield served
    served.demo.close()


@pytest.fixture
def engine(served: FakePage) -> CallingEngine:
    """The engine behind the page, with nothing said to it yet."""
    engine = cast(CallingEngine, served.engine)
    engine.answers.clear()
    engine.requests.clear()
    engine.delay_s = 0.02
    return engine

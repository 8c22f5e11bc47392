"""The app as `app.py` starts it, over the test engine: `python -m tests.access.fake_app …`."""

from __future__ import annotations

import sys

from lora_ui.errors import Problem
from lora_ui.serve import main
from tests.fake_engine import FakeEngine

if __name__ == "__main__":
    try:
        main(make_engine=lambda settings: FakeEngine(settings.catalog, delay_s=0.05))
    except Problem as problem:
        sys.exit(problem.message)

"""What all tests share: one real app with the real CPU engine, started once."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.app_process import AppProcess

os.environ.setdefault("HF_HUB_OFFLINE", "1")

# the same examples in every run; HYPOTHESIS_PROFILE=default looks for new ones
settings.register_profile("fixed", derandomize=True, deadline=None)  # machines may be busy
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """The app as `make run` starts it, ready to answer."""
    process = AppProcess(tmp_path_factory.mktemp("app") / "log.txt")
    try:
        process.wait_for_engine()
        yield process
    finally:
        process.end()


@pytest.fixture(scope="session")
def app_url(app: AppProcess) -> str:
    """The address of the real app."""
    return app.url

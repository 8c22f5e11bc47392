"""Additions are on the shelf and in the engine, or in neither; and they are their visitor's."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lora_ui.catalog.additions import Added, Shelf
from lora_ui.catalog.models import Additions
from lora_ui.errors import Problem
from lora_ui.ui import adding as adding_module
from lora_ui.ui.adding import Adding
from tests.catalog.adapter_files import write_adapter
from tests.fake_engine import FakeEngine
from tests.ui.fake_page import CATALOG


class Place:
    """An engine, a shelf and what joins them."""

    def __init__(self, folder: Path, rules: Additions) -> None:
        self.files = sorted(write_adapter(folder / "mine").iterdir())
        self.shelf = Shelf(rules, folder / "shelf", folder, ["math"])
        self.engine = FakeEngine(CATALOG)
        self.adding = Adding(self.engine, self.shelf)

    async def add(self, visitor: str, name: str = "mine"):
        return await self.adding.add(
            visitor, name, lambda _: self.shelf.add_upload(self.files, visitor, name)
        )

    def names(self, visitor: str | None) -> set[str]:
        catalog = {adapter.name for adapter in CATALOG.adapters}
        return {one.adapter.name for one in self.engine.adapters(visitor)} - catalog

    def folders(self) -> int:
        return len([*self.shelf._home.folder.glob("[0-9a-f]*")])


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path, Additions())
    yield made
    made.shelf.close()


async def test_an_addition_is_in_the_engine_for_its_visitor_alone(place: Place):
    status = await place.add("me")
    assert status
    assert (status.adapter.name, status.rank, status.added) == ("mine", 4, True)
    assert place.names("me") == {"mine"}
    assert place.names("you") == place.names(None) == set()
    await place.add("you")
    assert place.folders() == 2
    await place.adding.remove("mine", "me")
    assert (place.names("me"), place.names("you"), place.folders()) == (set(), {"mine"}, 1)


async def test_what_the_engine_does_not_take_leaves_nothing(place: Place):
    async def no(*_: object) -> None:
        raise Problem("unexpected", detail="no room")

    place.engine.add = no  # type: ignore[assignment]
    with pytest.raises(Problem, match="no room"):
        await place.add("me")
    assert place.folders() == 0
    assert place.shelf.used("me").adapters == 0
    assert place.adding.jobs("me") == []


async def test_only_ones_own_can_be_removed(place: Place):
    await place.add("me")
    for name, visitor in (("mine", "you"), ("math", "me")):
        with pytest.raises(Problem, match="cannot be removed"):
            await place.adding.remove(name, visitor)
    assert place.names("me") == {"mine"}


async def test_leaving_takes_everything_along(place: Place):
    await place.add("me", "one")
    await place.add("me", "two")
    await place.add("you")
    await place.adding.leave("me")
    assert (place.names("me"), place.names("you"), place.folders()) == (set(), {"mine"}, 1)


async def test_leaving_while_one_is_checked_takes_that_along_too(place: Place):
    entered, go_on = asyncio.Event(), asyncio.Event()
    take = place.engine.add

    async def slowly(*arguments):
        entered.set()
        await go_on.wait()
        return await take(*arguments)

    place.engine.add = slowly  # type: ignore[method-assign]
    adding = asyncio.create_task(place.add("me"))
    await entered.wait()
    leaving = asyncio.create_task(place.adding.leave("me"))
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(leaving, adding)
    assert (place.names("me"), place.folders()) == (set(), 0)


async def test_a_stopped_download_brings_nothing(place: Place):
    began = threading.Event()

    def endless(progress) -> Added:
        while True:
            progress("3 of 90 MB")
            began.set()
            time.sleep(0.01)

    task = asyncio.create_task(place.adding.add("me", "owner/repo", endless))
    await asyncio.to_thread(began.wait)
    (job,) = place.adding.jobs("me")
    assert (job.title, job.line) == ("owner/repo", "3 of 90 MB")
    place.adding.stop("you", job.number)
    assert not job.stopped.is_set()
    place.adding.stop("me", job.number)
    assert await asyncio.wait_for(task, 10) is None
    assert place.adding.jobs("me") == []


async def test_a_caller_that_is_cancelled_does_not_lose_the_addition(place: Place):
    entered, go_on = threading.Event(), threading.Event()

    def slowly(_) -> Added:
        entered.set()
        go_on.wait()
        return place.shelf.add_upload(place.files, "me")

    task = asyncio.create_task(place.adding.add("me", "x", slowly))
    await asyncio.to_thread(entered.wait)
    task.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    while place.adding.jobs("me"):
        await asyncio.sleep(0.01)
    assert len(place.names("me")) == 1


async def test_what_has_stayed_long_enough_goes_without_anybody_looking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(adding_module, "LOOK_S", 0.01)
    place = Place(tmp_path, Additions(keep_minutes=0.002))
    await place.add("me")
    assert place.names("me") == {"mine"}
    while place.names("me"):
        await asyncio.sleep(0.01)
    while place.folders():
        await asyncio.sleep(0.01)
    place.shelf.close()


async def test_shared_additions_outlive_their_visitor(tmp_path: Path):
    place = Place(tmp_path, Additions(shared=True))
    await place.add("me")
    assert place.names("you") == {"mine"}
    await place.adding.leave("me")
    assert place.names("you") == {"mine"}
    await place.adding.sweep(time.time() + 1e6)
    assert (place.names("you"), place.folders()) == (set(), 0)
    place.shelf.close()

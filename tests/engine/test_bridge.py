"""The channel from the engine's loop to its reader's."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable
from contextlib import aclosing
from functools import partial
from typing import Any

import pytest

from lora_ui.engine.bridge import Channel


def write_apart(*writes: Callable[[], None]) -> list[threading.Thread]:
    threads = [threading.Thread(target=write) for write in writes]
    for thread in threads:
        thread.start()
    return threads


async def read_all(channel: Channel[Any]) -> list[Any]:
    return [item async for item in channel.read()]


async def test_items_of_another_thread_come_in_order() -> None:
    channel: Channel[int] = Channel()

    def write() -> None:
        dice = random.Random(1)
        for number in range(3000):
            channel.put(number)
            if dice.random() < 0.02:
                time.sleep(0.001)  # so that the reader sometimes catches up
        channel.close()

    write_apart(write)
    async with asyncio.timeout(60):
        assert await read_all(channel) == list(range(3000))


async def test_many_threads_lose_nothing() -> None:
    channel: Channel[tuple[int, int]] = Channel()

    def write(name: int) -> None:
        for number in range(500):
            channel.put((name, number))

    threads = write_apart(*(partial(write, name) for name in range(8)))
    reader = asyncio.create_task(read_all(channel))
    await asyncio.to_thread(lambda: [thread.join() for thread in threads])
    channel.close()
    async with asyncio.timeout(60):
        items = await reader
    for name in range(8):
        assert [number for n, number in items if n == name] == list(range(500))
    assert len(items) == 8 * 500


async def test_an_error_comes_after_everything_that_was_written() -> None:
    channel: Channel[str] = Channel()
    channel.put("a")
    channel.put("b")
    channel.close(ValueError("the engine is gone"))
    seen: list[str] = []

    async def read() -> None:
        async for item in channel.read():
            seen.append(item)

    with pytest.raises(ValueError, match="the engine is gone"):
        await read()
    assert seen == ["a", "b"]


async def test_a_channel_closed_at_once_ends_its_reader() -> None:
    channel: Channel[str] = Channel()
    channel.close()
    assert await read_all(channel) == []


async def test_a_reader_that_waits_is_ended_from_another_thread() -> None:
    channel: Channel[str] = Channel()
    reader = asyncio.create_task(read_all(channel))
    await asyncio.sleep(0.02)
    write_apart(channel.close)
    async with asyncio.timeout(60):
        assert await reader == []


async def test_what_piles_up_costs_one_wake_up(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    wake, wake_ups = loop.call_soon_threadsafe, []

    def counting(*args: Any, **kwargs: Any) -> Any:
        wake_ups.append(args)
        return wake(*args, **kwargs)

    monkeypatch.setattr(loop, "call_soon_threadsafe", counting)
    channel: Channel[int] = Channel()
    for number in range(1000):
        channel.put(number)
    assert len(wake_ups) == 1
    async with aclosing(channel.read()) as items:  # type: ignore[type-var]
        for number in range(1000):
            assert await anext(items) == number
        waiting = asyncio.ensure_future(anext(items))
        await asyncio.sleep(0)
        channel.put(1000)
        channel.put(1001)
        assert await waiting == 1000
        assert len(wake_ups) == 2
        assert await anext(items) == 1001


async def test_items_written_while_reading_are_read_too() -> None:
    channel: Channel[int] = Channel()
    channel.put(0)
    seen = []
    async for item in channel.read():
        seen.append(item)
        if item < 50:
            channel.put(item + 1)
        else:
            channel.close()
    assert seen == list(range(51))


async def test_a_reader_may_leave_early() -> None:
    channel: Channel[int] = Channel()
    channel.put(1)
    channel.put(2)
    async with aclosing(channel.read()) as items:  # type: ignore[type-var]
        assert await anext(items) == 1
    channel.put(3)
    channel.close(ValueError("nobody hears this"))
    await asyncio.sleep(0)


async def test_a_cancelled_reader_does_not_disturb_its_writer() -> None:
    channel: Channel[int] = Channel()
    reader = asyncio.create_task(read_all(channel))
    await asyncio.sleep(0)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    channel.put(1)
    channel.close()


def test_a_writer_outlives_the_readers_loop() -> None:
    async def leave() -> Channel[int]:
        return Channel()

    channel = asyncio.run(leave())
    for number in range(3):
        channel.put(number)
    channel.close()

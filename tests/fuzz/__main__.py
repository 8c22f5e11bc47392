"""Try things at random for a while: `python -m tests.fuzz --minutes 10`.

Prints how many cases ran, how they ended, what was found and how much memory it took. Exit status 1
when something was found, which is shown in its smallest form; the seed makes it come again.
"""

from __future__ import annotations

import argparse
import faulthandler
import logging
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz import cases
from tests.fuzz.properties import World, check_address, check_folder, check_preflight, check_upload

MEMORY_MB = 200
ADDRESS_SPACE_BYTES = 3 << 30
"""What asks for more is stopped by a MemoryError, which counts as found."""
HANG_S = 60
MOST_FOUND = 10

Case = tuple[Any, ...]


@dataclass
class Target:
    """One property, with what is thrown at it; `share` is its part of the cases.

    `grew_mb` is by how much the process's peak memory grew in this target's rounds.
    """

    name: str
    cases: st.SearchStrategy[Case]
    check: Callable[..., str]
    share: float = 1.0
    outcomes: Counter[str] = field(default_factory=Counter)
    grew_mb: float = 0.0


def targets(world: World) -> list[Target]:
    """All properties."""
    check, upload = partial(check_preflight, world), partial(check_upload, world)
    words = st.tuples(cases.addresses, cases.names_given)
    return [
        Target("preflight", st.tuples(cases.adapters()), check, 3),
        Target("large headers", st.tuples(cases.large_adapters()), check, 0.04),
        Target("uploads", st.tuples(cases.uploads(), cases.names_given), upload),
        Target("zips", st.tuples(cases.zip_uploads(), st.none()), upload, 2),
        Target("folders", st.tuples(cases.paths), partial(check_folder, world)),
        Target("addresses", words, check_address),
    ]


def run_round(target: Target, number: int, count: int) -> str | None:
    """`count` cases from seed `number`, or the target's share of them; what was found."""

    @seed(number)
    @settings(
        max_examples=max(1, round(count * target.share)),
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(target.cases)
    def attempt(case: Case) -> None:
        faulthandler.dump_traceback_later(HANG_S, exit=True)
        try:
            target.outcomes[target.check(*case)] += 1
        finally:
            faulthandler.cancel_dump_traceback_later()

    try:
        attempt()
    except Exception as error:
        lines = "".join(traceback.format_exception(error))[-6000:].splitlines()
        told = "\n".join(line.encode("ascii", "backslashreplace").decode() for line in lines)
        return f"{target.name}, seed {number}:\n{told}"
    return None


def fuzz(base: Path, first: int, count: int, done: Callable[[int], bool]) -> tuple[list, list[str]]:
    """Rounds from seed `first` on until `done` says so of their number: targets and findings."""
    world = World(base / "world")
    everything, found, rounds = targets(world), [], 0
    while not done(rounds) and len(found) < MOST_FOUND:
        for place, target in enumerate(everything):
            before_mb = peak_mb()
            finding = run_round(target, first + rounds, count)
            target.grew_mb += peak_mb() - before_mb
            if finding:
                print(finding, flush=True)
                found.append(finding)
                world = World(base / f"world-{len(found)}")  # the last one may be in disorder
                for old, new in zip(everything, targets(world), strict=True):
                    old.cases, old.check = new.cases, new.check
                assert everything[place] is target
        rounds += 1
    world.close()
    return everything, found


def peak_mb() -> float:
    """The most memory that this process has held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="for how long (default: 10)")
    parser.add_argument("--rounds", type=int, help="so many rounds instead, however long they take")
    parser.add_argument("--cases", type=int, default=200, help="cases in a round (default: 200)")
    parser.add_argument("--seed", type=int, help="number of the first round (default: the time)")
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))
    logging.disable()
    first = int(time.time()) if asked.seed is None else asked.seed
    start, at_rest_mb = time.monotonic(), peak_mb()

    def done(rounds: int) -> bool:
        if asked.rounds is not None:
            return rounds >= asked.rounds
        return time.monotonic() - start >= asked.minutes * 60

    with tempfile.TemporaryDirectory(prefix="lora-ui-fuzz-") as base:
        everything, found = fuzz(Path(base), first, asked.cases, done)
    for target in everything:
        ends = ", ".join(f"{name} {count}" for name, count in target.outcomes.most_common())
        grew = f", peak memory grew by {target.grew_mb:.0f} MB" if target.grew_mb >= 1 else ""
        print(f"{target.name}: {target.outcomes.total()} cases{grew}: {ends}")
    total = sum(target.outcomes.total() for target in everything)
    print(
        f"\n{total} cases in {(time.monotonic() - start) / 60:.1f} min from seed {first}: "
        f"{len(found)} found. Peak memory {peak_mb():.0f} MB, of which {at_rest_mb:.0f} MB were "
        f"there before the first case; {MEMORY_MB} MB are allowed."
    )
    return 1 if found or peak_mb() >= MEMORY_MB else 0


if __name__ == "__main__":
    sys.exit(main())

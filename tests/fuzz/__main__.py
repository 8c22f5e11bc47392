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

from tests.fuzz import calls, cases
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

    `grew_mb` is by how much the process's peak memory grew in this target's rounds, `hungry_mb` by
    how much it did within one single check at most: the rest is due to making up cases.
    """

    name: str
    cases: st.SearchStrategy[Case]
    check: Callable[..., str]
    share: float = 1.0
    outcomes: Counter[str] = field(default_factory=Counter)
    grew_mb: float = 0.0
    hungry_mb: float = 0.0

    def try_one(self, case: Case) -> None:
        """Check one case; what hangs ends the process with a trace of where it does."""
        faulthandler.dump_traceback_later(HANG_S, exit=True)
        before_mb = peak_mb()
        try:
            self.outcomes[self.check(*case)] += 1
        finally:
            faulthandler.cancel_dump_traceback_later()
            self.hungry_mb = max(self.hungry_mb, peak_mb() - before_mb)


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
        Target("function calls", st.tuples(st.integers(0, 2**62)), calls.check, 5),
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
        target.try_one(case)

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
        print(f"round {rounds}, peak memory {peak_mb():.0f} MB", file=sys.stderr, flush=True)
    world.close()
    return everything, found


def begin_to_measure() -> None:
    """Let Hypothesis make its tables of characters, then forget how much memory that took.

    It takes 200 MB, once for each folder that it is run in; they are cached in `.hypothesis`.
    """

    @settings(max_examples=1, database=None, deadline=None)
    @given(st.text())
    def any_text(_text: str) -> None:
        return

    any_text()
    Path("/proc/self/clear_refs").write_text("5")  # see proc(5)


def peak_mb() -> float:
    """The most memory that this process has held since `begin_to_measure`, in MB."""
    # not getrusage: its figure begins with what the process had that started this one
    (line,) = (
        line
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM:")
    )
    return int(line.split()[1]) * 1024 / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="for how long (default: 10)")
    parser.add_argument("--rounds", type=int, help="so many rounds instead, however long they take")
    parser.add_argument("--cases", type=int, default=200, help="cases in a round (default: 200)")
    parser.add_argument("--seed", type=int, help="number of the first round (default: the time)")
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))
    logging.disable()
    begin_to_measure()
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
        grew = f"peak memory +{target.grew_mb:.0f} MB, +{target.hungry_mb:.0f} MB in one check"
        print(f"{target.name}: {target.outcomes.total()} cases ({grew}): {ends}")
    total = sum(target.outcomes.total() for target in everything)
    print(
        f"\n{total} cases in {(time.monotonic() - start) / 60:.1f} min from seed {first}: "
        f"{len(found)} found. Peak memory {peak_mb():.0f} MB, of which {at_rest_mb:.0f} MB were "
        f"there before the first case; {MEMORY_MB} MB are allowed."
    )
    return 1 if found or peak_mb() >= MEMORY_MB else 0


if __name__ == "__main__":
    sys.exit(main())

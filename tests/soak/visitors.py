"""Many visitors at once in a public demo: `make soak PART=visitors ARGS="--minutes 10"`.

The real app is started with `--public`, its rate raised so that the door is tried and not the
rate. Each visitor, a gradio_client of its own, compares three columns again and again. Every prompt
has a number that nobody else has, a nonce, which the answers repeat. Before and after it, the bare
engine gets the same questions from as many askers. The result is a table in Markdown; exit status 1
when an aim was missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import yaml

from lora_ui.catalog.loading import load_catalog
from lora_ui.catalog.models import Limits
from tests.app_process import AppProcess
from tests.soak.crowd import Crowd, Seen, ended
from tests.soak.crowd_report import Aims, report
from tests.soak.processes import Processes
from tests.soak.raw_crowd import ask_bare_engine

ADAPTERS = ("base", "text2sql", "math")
NEVER_PER_MINUTE = 1_000_000


def main() -> int:
    """Measure, print the table, and say which aims were missed."""
    arguments = _arguments()
    asked = (ADAPTERS, arguments.tokens, arguments.seed)
    raw = Seen()
    with tempfile.TemporaryDirectory(prefix="lora-ui-soak-") as folder:
        catalog = public_catalog(Path(arguments.catalog), Path(folder))
        halves = arguments.raw_seconds / 2
        if halves:
            raw.add(ask_bare_engine(catalog, arguments.visitors, halves, *asked))
        app = AppProcess(Path(folder) / "app.log", ("--public", "--catalog", str(catalog)))
        try:
            app.wait_for_engine()
            crowd = Crowd(app.url, arguments.visitors, *asked)
            processes = Processes(app.process.pid)
            seen = crowd.play(60 * arguments.minutes, processes)
            released = ended(app.url)
        finally:
            app.end()
        if halves:
            raw.add(ask_bare_engine(catalog, arguments.visitors, halves, *asked))
    aims = Aims(arguments.share, arguments.memory)
    text, missed = report(seen, raw, released, arguments.visitors, aims)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")
    for sentence in missed:
        print(sentence, file=sys.stderr)
    return 1 if missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--visitors", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--tokens", type=int, default=48, help="of one answer at most")
    parser.add_argument("--raw-seconds", type=float, default=120.0, help="0: no bare engine")
    parser.add_argument("--share", type=float, default=0.8, help="of the bare engine's tokens/s")
    parser.add_argument("--memory", type=float, default=0.05, help="growth that is allowed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--catalog", default="adapters.yaml")
    parser.add_argument("--out", type=Path, help="write the table here, too")
    return parser.parse_args()


def public_catalog(path: Path, folder: Path) -> Path:
    """A copy of the catalog whose visitors have no rate to speak of."""
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    for adapter in written["adapters"]:
        if not adapter["source"].startswith("hf:"):
            adapter["source"] = str((path.parent / adapter["source"]).resolve())
    limits = load_catalog(path).limits.model_copy(update={"per_minute": NEVER_PER_MINUTE})
    written["limits"] = Limits.model_dump(limits)
    copy = folder / "adapters.yaml"
    copy.write_text(yaml.safe_dump(written, allow_unicode=True), encoding="utf-8")
    return copy


if __name__ == "__main__":
    sys.exit(main())

"""Train the demo adapters: `python -m lora_ui.embedded.train all --model DIR --out DIR`.

Several tasks train at once, a process each, on the same device. The recipe itself is in
`recipe.py`; it is imported late, so that the processes that only make examples start fast.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

from lora_ui.embedded.demos import TASK_NAMES, load_task


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m lora_ui.embedded.train", description=__doc__)
    p.add_argument("tasks", nargs="+", choices=[*TASK_NAMES, "all"], metavar="TASK")
    p.add_argument("--model", type=Path, required=True, help="folder of the base model")
    p.add_argument("--out", type=Path, required=True, help="each adapter becomes OUT/TASK")
    p.add_argument("--after", type=Path, metavar="DIR", help="go on from the adapter DIR/TASK")
    p.add_argument("--steps", type=int, default=500)
    p.add_argument("--max-seconds", type=float, help="stop by then, loading included")
    p.add_argument("--batch-examples", type=int, default=64, help="at most")
    p.add_argument("--batch-tokens", type=int, help="padded, at most (16384 on a GPU, 2048 else)")
    p.add_argument("--modules", default="q_proj,k_proj,v_proj,o_proj", help="with commas")
    p.add_argument("--rank", type=int, default=16, help="alpha is twice the rank")
    p.add_argument("--lr", type=float, default=2e-3, help="peak learning rate")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--workers", type=int, default=4, help="processes that make examples, per task")
    p.add_argument("--device", default="auto", help="auto, cuda, cuda:1, cpu")
    p.add_argument(
        "--compile",
        action=argparse.BooleanOptionalAction,
        help="fuse the layers' operations: faster steps after a minute (default: on a GPU)",
    )
    return p


def train_here(args: argparse.Namespace, name: str) -> None:
    """Train one task in this process and write its folder, model card included."""
    from lora_ui.embedded.cards import write_card
    from lora_ui.embedded.recipe import Recipe, train

    recipe = Recipe(
        steps=args.steps,
        max_seconds=args.max_seconds,
        batch_examples=args.batch_examples,
        batch_tokens=args.batch_tokens,
        modules=tuple(args.modules.split(",")),
        rank=args.rank,
        lr=args.lr,
        seed=args.seed,
        workers=args.workers,
        compile=args.compile,
    )

    def say(line: str) -> None:
        print(line, flush=True)

    folder = args.out / name
    after = args.after / name if args.after else None
    report = train(load_task(name), args.model, folder, recipe, args.device, say, after)
    write_card(folder)
    say(f"saved in {folder}: {report.examples} examples in {report.seconds:.0f} s")


def relay(name: str, output: IO[str]) -> None:
    """Print a child's lines with its task in front."""
    for line in output:
        print(f"[{name}] {line}", end="", flush=True)


def train_apart(names: list[str], arguments: list[str]) -> int:
    """One process per task, side by side; the first failing exit status, or 0.

    `arguments` are the flags that all share. When this process ends early, so do they.
    """
    command = [sys.executable, "-u", "-m", "lora_ui.embedded.train"]
    children: list[subprocess.Popen[str]] = []
    readers: list[threading.Thread] = []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that `finally` runs
    try:
        for name in names:
            child = subprocess.Popen(
                [*command, name, *arguments],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            children.append(child)
            if child.stdout:
                readers.append(threading.Thread(target=relay, args=(name, child.stdout)))
                readers[-1].start()
        codes = [child.wait() for child in children]
    finally:
        for child in children:
            if child.poll() is None:
                child.terminate()
        for reader in readers:
            reader.join(timeout=5)
    return next((code for code in codes if code), 0)


def shared_flags(args: argparse.Namespace) -> list[str]:
    """The flags of this call, for a process that trains one of its tasks."""
    flags: list[str] = []
    for key, value in vars(args).items():
        flag = key.replace("_", "-")
        if key == "tasks" or value is None:
            continue
        if isinstance(value, bool):
            flags.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            flags += [f"--{flag}", str(value)]
    return flags


def main(argv: list[str] | None = None) -> int:
    """Run the command line; the exit status."""
    p = parser()
    args = p.parse_args(argv)
    names: list[str] = list(TASK_NAMES) if "all" in args.tasks else list(dict.fromkeys(args.tasks))
    if not (args.model / "config.json").is_file():
        p.error(f"there is no model in {args.model}: `python -m lora_ui.embedded.model` makes one")
    if min(args.steps, args.batch_examples, args.rank) < 1 or args.workers < 0:
        p.error("--steps, --batch-examples and --rank start at 1, --workers at 0")
    if len(names) > 1:
        return train_apart(names, shared_flags(args))
    try:
        train_here(args, names[0])
    except (ValueError, ArithmeticError, OSError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

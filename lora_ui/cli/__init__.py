"""The command line: one module a subcommand, thin over the same functions that the page calls.

A subcommand module has `add(commands)`, which describes its flags, and `run(arguments, services)`,
which returns the exit status: 0 fine, 1 the answer is no, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from lora_ui.cli import check, compare, measure, parse, password, scoreboard
from lora_ui.cli.engines import OpenEngine, open_engine
from lora_ui.errors import Problem
from lora_ui.strings import word

COMMANDS = (compare, check, parse, scoreboard, measure, password)
USAGE = 2
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None, open_engine: OpenEngine = open_engine) -> int:
    """Run one command; `open_engine` makes the engine of those that need one."""
    parser = argparse.ArgumentParser(prog="python -m lora_ui", description=word("cli_description"))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    arguments = parser.parse_args(argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal of few letters shows ? for the others
            stream.reconfigure(errors="replace")
    try:
        return arguments.run(arguments, open_engine)
    except Problem as problem:
        print(problem.message, file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone (as `head` does): end quietly, also at the last flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1

"""`python -m lora_ui parse`: the calls in a text, as one JSON object."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lora_ui.catalog.loading import load_catalog
from lora_ui.cli.engines import OpenEngine
from lora_ui.errors import Problem
from lora_ui.functions import formats, parse_calls
from lora_ui.functions.schema import read_functions
from lora_ui.strings import word


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command's flags."""
    parser = commands.add_parser(
        "parse", help=word("cli_parse"), description=word("cli_parse_more")
    )
    parser.add_argument(
        "--functions",
        type=Path,
        required=True,
        metavar="FILE",
        help=word("cli_parse_functions"),
    )
    parser.add_argument(
        "--format", default=formats.AUTO, metavar="ID", help=word("cli_parse_format")
    )
    parser.add_argument(
        "--finish-reason", default="stop", metavar="REASON", help=word("cli_parse_finish_reason")
    )
    parser.add_argument("--catalog", metavar="FILE", help=word("cli_parse_catalog"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, _: OpenEngine) -> int:
    """Read the text from standard input and print what is in it; errors in it are no failure."""
    if arguments.catalog:
        load_catalog(Path(arguments.catalog).expanduser())
    _known_format(arguments.format)
    functions = _functions(arguments.functions)
    # Bytes that are no UTF-8 may come from a model, too; each is one character of the spans.
    text = sys.stdin.buffer.read().decode("utf-8", errors="replace")
    result = parse_calls(text, functions, arguments.format, arguments.finish_reason)
    json.dump(result.model_dump(), sys.stdout, indent=2, ensure_ascii=False)
    print()
    return 0


def _known_format(id: str) -> None:
    if id not in (known := (formats.AUTO, *formats.ids())):
        raise Problem("unknown_format", name=id, known=", ".join(known))


def _functions(path: Path) -> Sequence[Any]:
    """The functions in a file, checked; a `Problem` says what is wrong with file or functions."""
    try:
        functions = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Problem(
            "functions_file_unreadable", path=path, detail=error.strerror or error
        ) from None
    except (ValueError, RecursionError) as error:
        raise Problem("functions_file_no_json", path=path, detail=error) from None
    try:
        return read_functions(functions)
    except (TypeError, ValueError) as error:
        raise Problem("functions_unreadable", detail=error) from None

"""The built-in functions: safe to run with whatever a model writes.

None of them evaluates code, reaches the network, writes anything or takes long. `TOOLS` maps a
function's name to its `Tool`; `run_tool` is the one way to run one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lora_ui.errors import Problem
from lora_ui.functions.schema import Function, validate_arguments
from lora_ui.functions.tools import calculator, database, unit_conversion, weather
from lora_ui.functions.tools.text import shown

__all__ = ["TOOLS", "Tool", "run_tool"]


@dataclass(frozen=True)
class Tool:
    """A built-in function: how models are told of it, and what it does.

    `run` takes arguments that satisfy the schema, and returns a JSON value or raises `Problem`.
    """

    function: Function
    run: Callable[[Mapping[str, Any]], Any]


def run_tool(name: str, arguments: Mapping[str, Any]) -> Any:
    """The result of the built-in function `name`, a JSON value; a `Problem` says what is wrong.

    The arguments are held against the tool's own schema first: the visitor may have given another
    function of that name.
    """
    tool = TOOLS.get(name)
    if tool is None:
        raise Problem("tool_unknown", name=shown(name), known=", ".join(TOOLS))
    wrong = validate_arguments(tool.function, dict(arguments))
    if wrong:
        path, message = wrong[0]
        raise Problem(
            "tool_arguments", name=name, detail=shown(f"{path}: {message}", 200).rstrip(".")
        )
    return tool.run(arguments)


def _function(
    name: str, description: str, properties: dict[str, Any], required: tuple[str, ...]
) -> Function:
    return Function(
        name=name,
        description=description,
        parameters={"type": "object", "properties": properties, "required": list(required)},
    )


_CITY = {"type": "string", "maxLength": 80, "description": "The city, e.g. Lisbon"}

_ALL = (
    Tool(
        _function(
            "get_weather",
            "Get the current weather in a city.",
            {
                "city": _CITY,
                "unit": {
                    "type": "string",
                    "enum": ["celsius", "fahrenheit"],
                    "description": "The unit of the temperature; celsius unless asked otherwise",
                },
            },
            ("city",),
        ),
        weather.current,
    ),
    Tool(
        _function(
            "get_forecast",
            "Get the weather forecast of a city for the next days.",
            {
                "city": _CITY,
                "days": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": weather.MAX_DAYS,
                    "description": "How many days ahead",
                },
            },
            ("city", "days"),
        ),
        weather.forecast,
    ),
    Tool(
        _function(
            "convert_units",
            "Convert a value from one unit of measurement to another.",
            {
                "value": {"type": "number", "description": "The value to convert"},
                "from_unit": {
                    "type": "string",
                    "maxLength": unit_conversion.MAX_NAME,
                    "description": "The unit that the value is in, e.g. miles",
                },
                "to_unit": {
                    "type": "string",
                    "maxLength": unit_conversion.MAX_NAME,
                    "description": "The unit that is wanted, e.g. kilometers",
                },
            },
            ("value", "from_unit", "to_unit"),
        ),
        unit_conversion.convert,
    ),
    Tool(
        _function(
            "calculate",
            "Work out an arithmetic expression.",
            {
                "expression": {
                    "type": "string",
                    "maxLength": calculator.MAX_CHARACTERS,
                    "description": "The expression, e.g. (3 + 4) * sqrt(2)",
                }
            },
            ("expression",),
        ),
        calculator.calculate,
    ),
    Tool(
        _function(
            "query_database",
            "Run one read-only SQLite SELECT on the database of a bicycle shop. "
            f"Tables: {database.SCHEMA}.",
            {
                "query": {
                    "type": "string",
                    "maxLength": database.MAX_SQL,
                    "description": "The SELECT statement",
                }
            },
            ("query",),
        ),
        database.query,
    ),
)

TOOLS: Mapping[str, Tool] = {tool.function.name: tool for tool in _ALL}
"""The built-in functions by name, in the order in which they are offered."""

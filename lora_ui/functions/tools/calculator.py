"""Arithmetic from text: Python's grammar reads it, a walk over few kinds of nodes computes it.

Nothing is evaluated as code. An expression is parsed into a tree, and every node that is not
plain arithmetic is refused before anything is computed. Whole numbers are exact and bounded, so
that no expression takes long or much memory.
"""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from lora_ui.errors import Problem
from lora_ui.functions.tools.text import shown
from lora_ui.strings import word

MAX_CHARACTERS = 300
MAX_DEPTH = 40
"""Parts within parts, e.g. brackets within brackets."""
MAX_BITS = 1_000
"""Size of a whole number, about 300 decimal digits."""
MAX_FACTORIAL = 150
MAX_PLACES = 15
"""Digits behind the point that `round` may be asked for."""

Number = int | float

CONSTANTS: dict[str, float] = {"pi": math.pi, "e": math.e, "tau": math.tau}

_SPELLINGS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "^": "**", "π": "pi"})


def calculate(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The value of `arguments["expression"]` as `{"result": number}`; a `Problem` says why not.

    Decimal results are rounded to 12 significant digits: 0.1 + 0.2 is 0.3 to whoever asks.
    """
    return {"result": _presentable(evaluate(arguments["expression"]))}


def evaluate(expression: str) -> Number:
    """The number that an arithmetic expression stands for, a float unrounded."""
    if len(expression) > MAX_CHARACTERS:
        raise Problem("calculator_long", found=f"{len(expression):,}", limit=MAX_CHARACTERS)
    tree = _tree(expression.strip().translate(_SPELLINGS))
    try:
        return _value(tree, 0)
    except ZeroDivisionError:
        raise Problem("calculator_zero") from None
    except (OverflowError, ValueError):
        raise Problem("calculator_no_number", expression=shown(expression)) from None


def _tree(text: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd spellings, which the walk refuses anyway
            return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise Problem("calculator_syntax", expression=shown(text)) from None


def _value(node: ast.expr, depth: int) -> Number:
    if depth > MAX_DEPTH:
        raise Problem("calculator_deep", limit=MAX_DEPTH)
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return _bounded(value)
        case ast.Name(id=name) if name in CONSTANTS:
            return CONSTANTS[name]
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return +_value(operand, depth + 1)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, depth + 1)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            operator = _OPERATORS[type(op)]
            return _bounded(operator(_value(left, depth + 1), _value(right, depth + 1)))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            return _call(name, args, depth)
    raise Problem("calculator_part", part=shown(_source(node)), allowed=", ".join(FUNCTIONS))


def _call(name: str, args: list[ast.expr], depth: int) -> Number:
    least, most, function = FUNCTIONS[name]
    if not least <= len(args) <= most:
        takes = str(least) if least == most else word("calculator_takes", least=least, most=most)
        raise Problem("calculator_count", name=name, takes=takes, found=len(args))
    return _bounded(function(*(_value(arg, depth + 1) for arg in args)))


def _power(base: Number, exponent: Number) -> Number:
    """`base ** exponent`, its size estimated before it is computed."""
    if isinstance(base, int) and isinstance(exponent, int) and abs(base) > 1 and exponent > 0:
        _fits((abs(base).bit_length() - 1) * exponent)
    return base**exponent


def _product(left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int):
        _fits(left.bit_length() + right.bit_length() - 1)
    return left * right


def _factorial(number: Number) -> Number:
    if number != int(number) or not 0 <= number <= MAX_FACTORIAL:
        raise Problem("calculator_factorial", limit=MAX_FACTORIAL)
    return math.factorial(int(number))


def _round(number: Number, places: Number = 0) -> Number:
    if places != int(places) or abs(places) > MAX_PLACES:
        raise Problem("calculator_places", limit=MAX_PLACES)
    rounded = round(number, int(places))
    return int(rounded) if places <= 0 else rounded


_OPERATORS: dict[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: _product,
    ast.Div: lambda left, right: left / right,
    ast.FloorDiv: lambda left, right: left // right,
    ast.Mod: lambda left, right: left % right,
    ast.Pow: _power,
}

FUNCTIONS: dict[str, tuple[int, int, Callable[..., Number]]] = {
    "abs": (1, 1, lambda number: abs(number)),
    "ceil": (1, 1, math.ceil),
    "cos": (1, 1, math.cos),
    "degrees": (1, 1, math.degrees),
    "exp": (1, 1, math.exp),
    "factorial": (1, 1, _factorial),
    "floor": (1, 1, math.floor),
    "hypot": (2, 2, math.hypot),
    "ln": (1, 1, math.log),
    "log": (1, 2, math.log),
    "log10": (1, 1, math.log10),
    "log2": (1, 1, math.log2),
    "max": (2, 20, lambda *numbers: max(numbers)),
    "min": (2, 20, lambda *numbers: min(numbers)),
    "pow": (2, 2, _power),
    "radians": (1, 1, math.radians),
    "round": (1, 2, _round),
    "sin": (1, 1, math.sin),
    "sqrt": (1, 1, math.sqrt),
    "tan": (1, 1, math.tan),
}
"""What may be called: how many arguments at least and at most, and the function. `log` is the
natural one unless a base is given."""


def _fits(bits: int) -> None:
    if bits > MAX_BITS:
        raise Problem("calculator_big", digits=int(MAX_BITS * math.log10(2)))


def _bounded(value: Number) -> Number:
    """`value`, refused when it is no real, finite number of a bearable size."""
    if isinstance(value, int):
        _fits(value.bit_length())
        return value
    if not isinstance(value, float) or not math.isfinite(value):
        raise ValueError("not a finite real number")
    return value


def _presentable(value: Number) -> Number:
    if isinstance(value, int):
        return value
    rounded = float(f"{value:.12g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded


def _source(node: ast.expr) -> str:
    """How the refused part reads; deep trees have no short source."""
    try:
        return ast.unparse(node)
    except (RecursionError, ValueError):
        return type(node).__name__

"""Numbers within bounds, as expressions of a grammar (xgrammar's EBNF)."""

from __future__ import annotations

import math

from lora_ui.functions.grammar.nodes import Number

DECIMALS = 6
"""Digits behind the point at most: so numbers end."""


def number(node: Number) -> str:
    """Every whole number of the range, or those with up to `DECIMALS` digits behind the point.

    Near a bound that is no whole number, values closer than a tenth are left out, but not the bound
    itself. "" where nothing is left.
    """
    low, high = node.low, node.high
    ways: list[str] = []
    if high >= 0:
        ways += _positive(node.whole, max(low, 0), high, node.above, node.below)
    if low < 0:
        above = -node.below if node.below is not None else None
        below = -node.above if node.above is not None else None
        mirrored = _positive(node.whole, max(-high, 0), -low, above, below)
        ways += [f'"-" {way}' for way in mirrored if way != '"0"']
    return f"({' | '.join(ways)})" if ways else ""


def _positive(
    whole: bool, low: float, high: float, above: float | None, below: float | None
) -> list[str]:
    """Ways to write what lies from `low` to `high`, neither below 0."""
    if above is not None:
        low = max(low, above)
    if below is not None:
        high = min(high, below)
    first, last = math.ceil(low), math.floor(high)
    first += first == above
    last -= last == below
    ways = whole_numbers(first, last)
    if whole:
        return ways
    digits = f"[0-9]{{1,{DECIMALS}}}"
    most = f"[0-9]{{0,{DECIMALS - 1}}}"
    start, last = math.ceil(low), math.floor(high) - 1
    if start == above and start <= last:
        ways += _tenths(start, 1, 9, most)  # 3.0 would reach the bound that must not be reached
        start += 1
    ways += [f'{way} "." {digits}' for way in whole_numbers(start, last)]
    low_part, high_part = math.floor(low), math.floor(high)
    if low_part != low:
        least = math.floor((low - low_part) * 10) + 1
        top = 9 if high_part > low_part else math.floor((high - high_part) * 10) - 1
        ways += _tenths(low_part, least, top, most)
    if high_part != high and (high_part > low_part or low_part == low):
        ways += _tenths(high_part, 0, math.floor((high - high_part) * 10) - 1, most)
    exact = {bound for bound in (low, high) if bound != math.floor(bound)} - {above, below}
    return ways + [f'"{bound!r}"' for bound in sorted(exact) if "e" not in repr(bound)]


def _tenths(part: int, least: int, most: int, rest: str) -> list[str]:
    return [f'"{part}." [{least}-{most}] {rest}'] if least <= most else []


def whole_numbers(low: int, high: int) -> list[str]:
    """Ways to write the whole numbers from `low` (at least 0) to `high`, without leading zeros."""
    ways: list[str] = []
    for length in range(len(str(max(low, 0))), len(str(max(high, 0))) + 1):
        first = max(low, 10 ** (length - 1) if length > 1 else 0)
        last = min(high, 10**length - 1)
        if first <= last:
            ways += _same_length(str(first), str(last))
    return ways


def _same_length(low: str, high: str) -> list[str]:
    """Ways to write the numbers between two of the same number of digits."""
    rest = len(low) - 1
    if low == high:
        return [f'"{low}"']
    if low[1:] == "0" * rest and high[1:] == "9" * rest:
        digit = f"[{low[0]}-{high[0]}]" if low[0] != high[0] else f'"{low[0]}"'
        return [f"{digit} [0-9]{{{rest}}}" if rest else digit]
    if low[0] == high[0]:
        return [f'"{low[0]}" {way}' for way in _same_length(low[1:], high[1:])]
    ways: list[str] = []
    start, end = int(low[0]), int(high[0])
    if low[1:] != "0" * rest:
        ways += [f'"{low[0]}" {way}' for way in _same_length(low[1:], "9" * rest)]
        start += 1
    tail: list[str] = []
    if high[1:] != "9" * rest:
        tail = [f'"{high[0]}" {way}' for way in _same_length("0" * rest, high[1:])]
        end -= 1
    if start <= end:
        ways += _same_length(f"{start}{'0' * rest}", f"{end}{'9' * rest}")
    return ways + tail

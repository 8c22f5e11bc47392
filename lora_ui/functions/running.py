"""Running function calls: the same functions through several columns of the one engine."""

from __future__ import annotations

from collections.abc import Sequence

from lora_ui.catalog.models import Adapter, Catalog
from lora_ui.compare.running import Asked, ColumnRun, system_of
from lora_ui.engine.protocol import Engine
from lora_ui.errors import Problem
from lora_ui.functions import formats
from lora_ui.functions.columns import AUTO, CHOICES, REQUIRED, Ask, CallColumn, CallSpec
from lora_ui.functions.constraints import FREE, constraint_for
from lora_ui.functions.conventions import messages_for
from lora_ui.functions.streaming import StreamParser
from lora_ui.sampling import NOTHING_SAID, Sampling

DEFAULT_FORMAT = "glaive"
"""What prompts and constraints are written in where nothing says: the base, and adapters without a
`format` in the catalog. Their answers are read by what they show."""


class CallRun(ColumnRun[CallColumn]):
    """One message and its functions through some columns, each in its adapter's own format."""

    def __init__(
        self,
        engine: Engine,
        catalog: Catalog,
        ask: Ask,
        specs: Sequence[CallSpec],
        shared: Sampling = NOTHING_SAID,
        visitor: str | None = None,
    ) -> None:
        """`visitor` is the session that asks. What nobody could answer is a `Problem`."""
        check(ask)
        columns = [CallColumn(spec, state="waiting") for spec in specs]
        super().__init__(engine, catalog, columns, shared, visitor)
        self.asked = ask
        self._parsers: dict[str, StreamParser] = {}

    def ask(self, column: CallColumn, adapter: Adapter | None) -> Asked:
        """See `ColumnRun.ask`."""
        ask, spec = self.asked, column.spec
        own = ask.format if ask.format != AUTO else adapter.format if adapter else None
        if own not in (None, *(known := formats.ids())):
            raise Problem("unknown_format", name=own, known=", ".join(known))
        format = formats.get(own or DEFAULT_FORMAT)
        constraint = FREE
        if spec.constrained:
            constraint = constraint_for(format, ask.functions, ask.tool_choice, ask.parallel)
        column.format = format.id
        column.notes, column.constraint = constraint.notes, constraint.structural_tag
        self._parsers[spec.key] = StreamParser(ask.functions, own or AUTO)
        # what the constraint sees to need not be said: the prompt stays like those of the training
        sure = constraint.structural_tag is not None
        messages = messages_for(
            format,
            ask.functions,
            ask.message,
            system_of(spec, adapter),
            AUTO if sure and ask.tool_choice == REQUIRED else ask.tool_choice,
            ask.parallel or sure,
            spec.turns,
        )
        # many formats' markers are special tokens, which are no text otherwise
        return Asked(messages, format.stop, constraint.structural_tag, special_tokens=True)

    def follow(self, column: CallColumn, new: str) -> None:
        """See `ColumnRun.follow`: a preview while it grows, the whole result at the end."""
        parser = self._parsers.get(column.spec.key)
        if parser is None or column.error is not None:
            return
        if new:
            parser.feed(new)
            column.parsed = parser.preview()
        else:
            # an answer that was stopped is cut off like one that reached its limit
            cut = column.finish_reason != "stop"
            column.parsed = parser.finish("length" if cut else "stop")


def check(ask: Ask) -> None:
    """Refuse an empty message, no functions, an unknown format or tool choice."""
    if not ask.message.strip():
        raise Problem("empty_prompt")
    if not ask.functions:
        raise Problem("no_functions")
    if ask.format not in (known := (AUTO, *formats.ids())):
        raise Problem("unknown_format", name=ask.format, known=", ".join(known))
    names = [function.name for function in ask.functions]
    if ask.tool_choice not in (*CHOICES, *names):
        known = ", ".join([*CHOICES, *names])
        raise Problem("unknown_tool_choice", name=ask.tool_choice, known=known)

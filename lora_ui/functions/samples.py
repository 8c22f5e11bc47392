"""Ready examples for the Functions tab: some functions, and messages that call for them.

Weather, units and SQL use the built-in functions, so their calls can be run. Those of calendar and
e-mail would act on the world, so they have no built-in function: results are typed by hand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from lora_ui.functions.schema import Function
from lora_ui.functions.tools import TOOLS
from lora_ui.strings import word


@dataclass(frozen=True)
class Sample:
    """One ready example: `functions` and `messages` that go with them, the best one first."""

    id: str
    functions: tuple[Function, ...]
    messages: tuple[str, ...]

    @property
    def title(self) -> str:
        """Its name on the page."""
        return word(f"sample_{self.id}")

    @property
    def functions_json(self) -> str:
        """The functions as the editor shows them, indented."""
        return functions_json(self.functions)


def functions_json(functions: tuple[Function, ...]) -> str:
    """Functions as the JSON list that the editor and the endpoint take, indented."""
    return json.dumps([f.as_json() for f in functions], ensure_ascii=False, indent=2)


def sample(id: str) -> Sample:
    """The sample called `id`; a `KeyError` when there is none."""
    return {one.id: one for one in SAMPLES}[id]


def _tools(*names: str) -> tuple[Function, ...]:
    return tuple(TOOLS[name].function for name in names)


_DATE = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}$",
    "maxLength": 10,
    "description": "The day, as YYYY-MM-DD",
}
_TIME = {
    "type": "string",
    "pattern": r"^\d{2}:\d{2}$",
    "maxLength": 5,
    "description": "The time of day, as HH:MM",
}
_ADDRESS = {"type": "string", "maxLength": 120}

_CALENDAR = (
    Function(
        name="create_event",
        description="Put an event into the calendar.",
        parameters={
            "type": "object",
            "properties": {
                "title": {"type": "string", "maxLength": 80, "description": "What it is about"},
                "date": _DATE,
                "start_time": _TIME,
                "duration_minutes": {
                    "type": "integer",
                    "minimum": 5,
                    "maximum": 1440,
                    "description": "How long it takes",
                },
                "attendees": {
                    "type": "array",
                    "maxItems": 8,
                    "items": {"type": "string", "maxLength": 80},
                    "description": "Names of those who come",
                },
            },
            "required": ["title", "date", "start_time"],
        },
    ),
    Function(
        name="list_events",
        description="List the events of one day.",
        parameters={"type": "object", "properties": {"date": _DATE}, "required": ["date"]},
    ),
)

_EMAIL = (
    Function(
        name="send_email",
        description="Send an e-mail.",
        parameters={
            "type": "object",
            "properties": {
                "to": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 5,
                    "items": _ADDRESS,
                    "description": "The addresses that it goes to",
                },
                "subject": {"type": "string", "maxLength": 120, "description": "The subject"},
                "body": {"type": "string", "maxLength": 400, "description": "The text"},
                "priority": {"type": "string", "enum": ["low", "normal", "high"]},
            },
            "required": ["to", "subject", "body"],
        },
    ),
    Function(
        name="search_emails",
        description="Search the mailbox.",
        parameters={
            "type": "object",
            "properties": {
                "query": {"type": "string", "maxLength": 120, "description": "What to look for"},
                "sender": {**_ADDRESS, "description": "Only mails from this address"},
                "unread_only": {"type": "boolean", "description": "Only unread ones"},
            },
            "required": ["query"],
        },
    ),
)

SAMPLES: tuple[Sample, ...] = (
    Sample(
        "weather",
        _tools("get_weather", "get_forecast"),
        (
            "What's the weather like in Lisbon right now?",
            "Will it be warm in Athens over the next three days?",
            "How cold is it in Montreal at the moment, in Fahrenheit?",
        ),
    ),
    Sample(
        "calendar",
        _CALENDAR,
        (
            "Put a dentist appointment into my calendar for 2026-03-12 at 14:30.",
            "What is on my calendar on 2026-04-02?",
            "Plan a 45-minute budget review with Priya and Tom on 2026-05-07 at 09:00.",
        ),
    ),
    Sample(
        "units",
        _tools("convert_units", "calculate"),
        (
            "How many kilometers are 26.2 miles?",
            "Convert 350 degrees Fahrenheit to Celsius.",
            "What is 17.5 times 24 minus 60?",
        ),
    ),
    Sample(
        "sql",
        _tools("query_database"),
        (
            "How many customers live in Porto?",
            "Which products are out of stock?",
            "What is the most expensive bike in the shop?",
        ),
    ),
    Sample(
        "email",
        _EMAIL,
        (
            "Send an e-mail to maria@example.org with the subject Lunch that says I will be "
            "ten minutes late.",
            "Find unread mails about the invoice.",
        ),
    ),
)
"""The examples in the order in which the page offers them."""

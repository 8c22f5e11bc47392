"""The page over a test engine that answers with calls, whatever is wanted of each adapter."""

from __future__ import annotations

from lora_ui.catalog.models import Adapter, Catalog
from lora_ui.engine.protocol import GenerationRequest
from lora_ui.sampling import Sampling
from tests.fake_engine import FakeEngine
from tests.ui.fake_page import FakePage, serve_engine

VALID = (
    """I look it up: <functioncall> {"name": "get_weather", "arguments": '{"city": "Lisbon"}'}"""
)
TWO = (
    """<functioncall> {"name": "get_weather", "arguments": '{"city": "Oslo"}'} """
    """<functioncall> {"name": "send_card", "arguments": '{"to": "Ann", "copies": 2}'}"""
)
INVALID = """<functioncall> {"name": "get_weather", "arguments": '{"unit": "kelvin"}'}"""
UNKNOWN = """<functioncall> {"name": "get_wether", "arguments": '{"city": "Oslo"}'}"""
CUT_OFF = """<functioncall> {"name": "get_weather", "arguments": '{"city": "Oslo", "unit": "cel"""
NO_CALL = "It is sunny <img src=x onerror=window.pwned=1> and <script>window.pwned=2</script> warm."

FUNCTIONS = """[
  {
    "name": "get_weather",
    "description": "Get the weather",
    "parameters": {
      "type": "object",
      "properties": {
        "city": {"type": "string", "maxLength": 80},
        "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]}
      },
      "required": ["city"]
    }
  },
  {
    "name": "send_card",
    "parameters": {
      "type": "object",
      "properties": {"to": {"type": "string"}, "copies": {"type": "integer"}}
    }
  }
]"""

CATALOG = Catalog(
    defaults=Sampling(temperature=0.0, max_tokens=200),
    adapters=(
        Adapter(name="function", source="adapters/function", title="Caller", format="glaive"),
        Adapter(name="second", source="adapters/second", title="Second", format="glaive"),
        Adapter(name="math", source="adapters/math", title="Word problems"),
    ),
)


class CallingEngine(FakeEngine):
    """Answers what `answers` says of the adapter, one after the other, the last one for ever."""

    def __init__(self, delay_s: float = 0.02) -> None:
        super().__init__(CATALOG, delay_s=delay_s)
        self.answers: dict[str, list[str]] = {}

    def says(self, request: GenerationRequest) -> str:
        left = self.answers.get(request.adapter, [NO_CALL])
        return left.pop(0) if len(left) > 1 else left[0]

    def status(self):
        found = super().status()
        return type(found)(**{**vars(found), "max_model_len": 2048})


def serve_calls() -> FakePage:
    """Serve the page until the process ends or `demo.close()`."""
    return serve_engine(CallingEngine())

"""The one place where chat messages become the exact text and tokens that the model gets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lora_ui.engine.protocol import Message, Rendered


class Renderer:
    """The base model's chat template and tokenizer."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoTokenizer

        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder)

    @property
    def has_template(self) -> bool:
        """Whether the model has a chat template; without one, empty lines join the messages."""
        return bool(getattr(self._tokenizer, "chat_template", None))

    def render(self, messages: Sequence[Message]) -> Rendered:
        """The prompt for these messages, ready for the answer to begin."""
        if not self.has_template:
            text = "\n\n".join(m["content"] for m in messages)
            return Rendered(text, tuple(self._tokenizer(text)["input_ids"]))
        text = self._fill_template(list(messages))
        ids = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return Rendered(text, tuple(ids))

    def _fill_template(self, messages: list[Message]) -> str:
        from jinja2 import TemplateError

        options = {"tokenize": False, "add_generation_prompt": True}
        try:
            return self._tokenizer.apply_chat_template(messages, **options)
        except TemplateError:
            if messages[0]["role"] != "system":
                raise
            # some templates refuse a system message: it then leads the user's own
            system, user, *rest = messages
            joined = {"role": "user", "content": f"{system['content']}\n\n{user['content']}"}
            return self._tokenizer.apply_chat_template([joined, *rest], **options)

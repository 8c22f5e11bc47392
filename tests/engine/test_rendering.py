"""From messages to the exact prompt, with a tokenizer of whole words made here."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import TemplateError
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

from lora_ui.engine.rendering import Renderer

WORDS = ["<unk>", "<s>", "<|end|>", "user:", "system:", "assistant:", "be", "kind", "hi", "there"]
PLAIN = (
    "<s> {% for m in messages %}{{ m['role'] }}: {{ m['content'] }} <|end|> {% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)
NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no') }}{% endif %}" + PLAIN
REFUSES_ALL = "{{ raise_exception('never') }}"
SYSTEM = {"role": "system", "content": "be kind"}
USER = {"role": "user", "content": "hi there"}


def renderer(folder: Path, template: str | None) -> Renderer:
    raw = Tokenizer(WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="<unk>"))
    raw.pre_tokenizer = WhitespaceSplit()  # type: ignore[assignment]
    raw.post_processor = TemplateProcessing(  # type: ignore[assignment]
        single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", 1)]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, unk_token="<unk>", bos_token="<s>", eos_token="<|end|>"
    )
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    return Renderer(folder)


def words(ids: tuple[int, ...]) -> list[str]:
    return [WORDS[i] for i in ids]


def test_the_template_is_filled_up_to_where_the_answer_begins(tmp_path: Path) -> None:
    made = renderer(tmp_path, PLAIN)
    assert made.has_template
    rendered = made.render([SYSTEM, USER])
    assert rendered.text == "<s> system: be kind <|end|> user: hi there <|end|> assistant: "
    # the template writes the beginning itself: the tokenizer must not add a second one
    assert words(rendered.token_ids) == rendered.text.split()


def test_without_a_system_message_there_is_none(tmp_path: Path) -> None:
    rendered = renderer(tmp_path, PLAIN).render([USER])
    assert rendered.text == "<s> user: hi there <|end|> assistant: "


def test_a_template_without_system_role_gets_it_before_the_question(tmp_path: Path) -> None:
    made = renderer(tmp_path, NO_SYSTEM)
    rendered = made.render([SYSTEM, USER])
    assert rendered.text == "<s> user: be kind\n\nhi there <|end|> assistant: "
    assert words(rendered.token_ids) == rendered.text.split()
    assert made.render([USER]).text == "<s> user: hi there <|end|> assistant: "


def test_a_template_that_refuses_everything_is_not_hushed_up(tmp_path: Path) -> None:
    made = renderer(tmp_path, REFUSES_ALL)
    for messages in ([USER], [SYSTEM, USER]):
        with pytest.raises(TemplateError):
            made.render(messages)


def test_a_model_without_template_gets_the_messages_alone(tmp_path: Path) -> None:
    made = renderer(tmp_path, None)
    assert not made.has_template
    rendered = made.render([SYSTEM, USER])
    assert rendered.text == "be kind\n\nhi there"
    assert words(rendered.token_ids) == ["<s>", "be", "kind", "hi", "there"]


def test_words_of_the_template_in_a_message_stay_what_they_are(tmp_path: Path) -> None:
    sly = {"role": "user", "content": "{{ 7 * 7 }} {% for x in y %}"}
    rendered = renderer(tmp_path, PLAIN).render([sly])
    assert "{{ 7 * 7 }} {% for x in y %}" in rendered.text

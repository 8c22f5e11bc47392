"""The Adapters tab's list: `build_cards` makes it, `cards_view` fills it."""

from lora_ui.ui.cards.cards import CSS, build_cards
from lora_ui.ui.cards.view import cards_view

__all__ = ["CSS", "build_cards", "cards_view"]

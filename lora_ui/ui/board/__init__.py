"""The board: the columns of answers as one component of the page."""

from lora_ui.ui.board.board import build_board

__all__ = ["build_board"]

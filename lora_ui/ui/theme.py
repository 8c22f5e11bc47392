"""How the page looks, and what `launch()` needs for it."""

from __future__ import annotations

from pathlib import Path

from gradio.themes import Base, Color

from lora_ui.ui.board.board import CSS as BOARD_CSS
from lora_ui.ui.calls.calls import CSS as CALLS_CSS
from lora_ui.ui.cards import CSS as CARDS_CSS
from lora_ui.ui.charts import CSS as CHARTS_CSS
from lora_ui.ui.links import CSS as LINKS_CSS
from lora_ui.ui.scores import CSS as SCORES_CSS
from lora_ui.ui.strip import CSS as STRIP_CSS

_PAGE_CSS = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
_SANS = ("Inter", "ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

_INK = Color(
    name="ink",
    c50="#f5f7fa",
    c100="#ebeff5",
    c200="#dbe2ec",
    c300="#c2ccda",
    c400="#94a2b6",
    c500="#66758b",
    c600="#4b586c",
    c700="#364152",
    c800="#202939",
    c900="#151c28",
    c950="#0d121c",
)
_TEAL = Color(
    name="teal",
    c50="#eefbf9",
    c100="#d3f4ef",
    c200="#a9e8df",
    c300="#74d5ca",
    c400="#3ebaaf",
    c500="#219e94",
    c600="#0f766e",
    c700="#11635d",
    c800="#134f4b",
    c900="#14423f",
    c950="#052725",
)


def theme() -> Base:
    """Calm and compact; fonts from the visitor's own machine."""
    return Base(
        primary_hue=_TEAL,
        secondary_hue=_TEAL,
        neutral_hue=_INK,
        spacing_size="sm",
        radius_size="md",
        text_size="md",
        font=_SANS,
        font_mono=_MONO,
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color="*neutral_900",
        body_text_color_dark="*neutral_100",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        block_background_fill="white",
        block_background_fill_dark="*neutral_900",
        background_fill_primary="white",
        background_fill_primary_dark="*neutral_900",
        background_fill_secondary="*neutral_50",
        background_fill_secondary_dark="*neutral_800",
        border_color_primary="*neutral_200",
        border_color_primary_dark="*neutral_700",
        block_border_width="1px",
        block_shadow="none",
        block_label_text_color="*neutral_700",
        block_label_text_color_dark="*neutral_300",
        block_title_text_color="*neutral_700",
        block_title_text_color_dark="*neutral_300",
        block_title_text_weight="500",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_400",
        input_background_fill="white",
        input_background_fill_dark="*neutral_950",
        input_border_color="*neutral_300",
        input_border_color_dark="*neutral_600",
        input_border_width="1px",
        checkbox_label_background_fill="*neutral_100",
        checkbox_label_background_fill_hover="*neutral_200",
        checkbox_label_background_fill_dark="*neutral_800",
        checkbox_label_background_fill_hover_dark="*neutral_700",
        checkbox_label_border_width="1px",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_700",
        button_primary_text_color="white",
        color_accent="*primary_600",
        checkbox_background_color_selected="*primary_600",
        checkbox_background_color_selected_dark="*primary_600",
    )


def head() -> str:
    """The page's own style sheet, in place before anything is drawn."""
    sheets = (
        _PAGE_CSS,
        LINKS_CSS,
        BOARD_CSS,
        CARDS_CSS,
        CALLS_CSS,
        SCORES_CSS,
        CHARTS_CSS,
        STRIP_CSS,
    )
    style = "\n".join(sheets)
    return f"<style>{style}</style>"

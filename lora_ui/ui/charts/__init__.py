"""The Memory tab's charts: `build_charts` makes them, their script asks for what is new."""

from lora_ui.ui.charts.charts import CSS, build_charts, serve_plotly

__all__ = ["CSS", "build_charts", "serve_plotly"]

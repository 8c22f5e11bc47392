"""Function calling: formats, a parser that tells exactly what came back, constraints, tools.

Plain Python: importing this imports neither vLLM nor torch nor Gradio.
"""

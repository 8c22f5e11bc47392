"""Function calling: pick a listed function and fill in its arguments, or say that none fits."""

from .task import TASK, FunctionTask

__all__ = ["TASK", "FunctionTask"]

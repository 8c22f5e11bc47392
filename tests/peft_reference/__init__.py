"""What transformers and PEFT answer, as the measure for what the engine answers."""

from tests.peft_reference.asking import Answer, Asked, ask_peft, ask_peft_apart

__all__ = ["Answer", "Asked", "ask_peft", "ask_peft_apart"]

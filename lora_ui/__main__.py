"""`python -m lora_ui`: the command line."""

from __future__ import annotations

import sys

from lora_ui.cli import main

if __name__ == "__main__":
    sys.exit(main())

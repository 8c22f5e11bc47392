"""The LoRA UI app: reads the settings, starts engine and page, ends when it is told to."""

from __future__ import annotations

import sys

from lora_ui.errors import Problem
from lora_ui.folders import keep_downloads
from lora_ui.serve import main

if __name__ == "__main__":
    keep_downloads()
    try:
        main()
    except Problem as problem:
        sys.exit(problem.message)
    except KeyboardInterrupt:  # before the app listens for it
        sys.exit(130)

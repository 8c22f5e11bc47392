"""What visitors of a public demo are told of its limits."""

PUBLIC_PROBLEMS: dict[str, str] = {
    "public_rate_visitor": (
        "Each visitor of this public demo may ask for {limit} answers a minute, and yours are used "
        "up: ask again in {wait}."
    ),
    "public_rate_address": (
        "All visitors with your network address together may ask this public demo for {limit} "
        "answers a minute, and they are used up: ask again in {wait}."
    ),
    "public_full": ("This public demo is full ({waiting} in line): ask again in {wait}."),
    "public_timeout": (
        "An answer may take {limit} s in this public demo, so this one was ended: ask for fewer "
        "tokens, or ask again when less is going on."
    ),
    "public_slots": (
        "In a public demo nobody preloads or pins adapters, as all share the slots: just ask "
        "“{name}”, and it is loaded."
    ),
}

PUBLIC_WORDS: dict[str, str] = {
    "public_span_unknown": "a moment",
    "public_span_seconds": "about {seconds} s",
    "public_span_minutes": "about {minutes} min",
    "public_line": "its turn comes in {wait} ({limit} at a time)",
    "public_own": "its turn comes in {wait} ({limit} of yours at a time)",
    "public_allowance": "its turn comes in {wait} (you have {limit} a minute)",
    "public_cut": (
        "{asked} tokens were asked for, but an answer has at most {limit} in this public demo."
    ),
    "public_title": "This is a public demo: what each visitor may use",
    # its limits, each with what comes beyond it
    "public_columns": "columns",
    "public_columns_why": "side by side in one run",
    "public_tokens": "tokens",
    "public_tokens_why": "in one answer; more are cut off",
    "public_per_minute": "answers a minute",
    "public_per_minute_why": "each column is one; a batch waits for them, other runs are refused",
    "public_at_once": "your answers at a time",
    "public_at_once_why": "the next ones wait for these",
    "public_running": "all answers at a time",
    "public_running_why": "the next ones wait in line, and visitors take turns",
    "public_queue": "answers in line",
    "public_queue_why": "then the demo is full for a while",
    "public_timeout_s": "seconds for an answer",
    "public_timeout_s_why": "once its turn has come; then it ends, and what was written stays",
}

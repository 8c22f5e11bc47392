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
    # its limits, each with what it means
    "public_columns": "columns side by side",
    "public_tokens": "tokens of one answer",
    "public_per_minute": "answers a minute; a batch waits for its own, everything else is refused",
    "public_at_once": "answers of one visitor written at a time; the next ones wait for these",
    "public_running": "answers of all visitors written at a time",
    "public_queue": "answers that wait in line; then the demo is full for a while",
    "public_timeout_s": "seconds that an answer may take once its turn has come",
}

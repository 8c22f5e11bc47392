"""The English table. `PROBLEMS` are sentences with the fix; `WORDS` are labels of the page."""

PROBLEMS: dict[str, str] = {
    # requests
    "empty_prompt": "The prompt is empty: type something to send.",
    "no_adapters": "No adapter is chosen: pick at least one, or base.",
    "unknown_adapter": "There is no adapter called “{name}”: choose one of {known}.",
    "prompt_too_long": (
        "The prompt has {tokens} tokens, {over} too many for the context of {limit} tokens: "
        "shorten it, or raise max_model_len."
    ),
    "bad_sampling": "{field} is {found}, but it must be {allowed}.",
    "unexpected": "Something unexpected went wrong ({detail}). The server log has the details.",
}

WORDS: dict[str, str] = {}

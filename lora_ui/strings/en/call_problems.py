"""What can go wrong with function calls."""

CALL_PROBLEMS: dict[str, str] = {
    # asking
    "no_functions": "There are no functions: give at least one, as a JSON list.",
    "functions_unreadable": "The functions cannot be used: {detail}",
    "functions_file_unreadable": (
        "The file of functions {path} cannot be read ({detail}): check its path."
    ),
    "functions_file_no_json": (
        "The file of functions {path} is not valid JSON ({detail}): correct it."
    ),
    "unknown_format": "There is no format called “{name}”: choose one of {known}.",
    "unknown_tool_choice": "“{name}” is no tool choice: it must be one of {known}.",
    # constrained decoding
    "constraint_refused": (
        "The engine does not take the constraint ({detail}): simplify the functions’ schemas, or "
        "run without constrained decoding."
    ),
    "constraint_failed": (
        "The engine gave up on this answer, because its constraint could not be kept: simplify the "
        "functions’ schemas, or run without constrained decoding."
    ),
}

CALL_NOTES: dict[str, str] = {
    # constrained decoding
    "unconstrained": (
        "Not constrained: no grammar can hold “{keyword}” in the schema of {name} ({path}). The "
        "model writes freely, and the answer is checked afterwards."
    ),
    "left_out": (
        "The constraint leaves out “{keyword}” of {name} ({path}); the answer is checked for it "
        "afterwards."
    ),
    "constraint_long": (
        "Not constrained: the functions make a grammar that is too large. The model writes freely, "
        "and the answer is checked afterwards."
    ),
    # what a model is told beside the functions
    "told_named": "Answer with one call of the function {name}.",
    "told_required": "Answer with at least one call of these functions.",
    "told_one": "Call one function at most.",
}

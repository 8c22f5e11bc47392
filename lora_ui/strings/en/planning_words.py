"""What the planner, the comparison with separate engines and `measure` say."""

PLANNING_PROBLEMS: dict[str, str] = {
    "plan_json": "That is no config.json ({detail}): give the base model’s own, as it is.",
    "plan_experts": (
        "This config is of a model with experts (MoE), whose slots and weights are not counted "
        "here: start the engine with it and read its memory instead."
    ),
    "plan_not_text": (
        "This config is of a model for more than text, of which only the text part could be "
        "counted: give the config of a text model, or start the engine and read its memory."
    ),
    "plan_quantized": (
        "This config is of quantized weights, whose size it does not tell: give the config of the "
        "model before quantization, or start the engine and read its memory."
    ),
    "plan_family": (
        "The model type “{found}” is not known here: known are {allowed}. For others start the "
        "engine and read its memory."
    ),
    "plan_config": (
        "The config lacks a size or has one out of range: hidden_size, intermediate_size, "
        "num_hidden_layers, num_attention_heads and vocab_size must be positive whole numbers."
    ),
    "plan_value": "{name} is {found}, but must be: {allowed}.",
    "measure_way": "“{found}” is no way to give out the KV cache: choose {allowed}.",
    "measure_adapters": "{found} adapters cannot be measured: choose 1 to {limit}.",
    "measure_too_few": (
        "The catalog has {found} adapters that can be served, but {wanted} are to be measured: "
        "give fewer with --adapters, or measure made ones with --made."
    ),
    "measure_engine": "{label}: {detail} Its log is {log}.",
}

PLANNING_WORDS: dict[str, str] = {
    # the planner: parts of the memory, and the settings that can change
    "plan_part_weights": "weights of the base model",
    "plan_part_slots": "adapter slots",
    "plan_part_kv": "KV cache",
    "plan_part_graphs": "CUDA graphs (estimate)",
    "plan_part_context": "CUDA context (estimate)",
    "plan_part_workspace": "workspace (estimate)",
    "plan_part_graphs_measured": "CUDA graphs (measured here)",
    "plan_part_context_measured": "CUDA context (measured here)",
    "plan_part_workspace_measured": "workspace (measured here)",
    "plan_part_free": "left to others",
    "plan_fits": (
        "It fits: {kv} are left for the KV cache, {tokens} tokens, which are {contexts} requests "
        "of {context} tokens at once."
    ),
    "plan_misses": (
        "It does not fit: {kv} are left for the KV cache, and one request of {context} tokens "
        "needs {wanted}."
    ),
    "plan_change": "Set {setting} to {value}: {tokens} tokens of KV cache.",
    "plan_change_gpu": "Or take a GPU of at least {value}: {tokens} tokens of KV cache.",
    "plan_no_change": (
        "No single setting is enough, nor any usual GPU: choose a smaller base model."
    ),
    "plan_slides": (
        "Some layers of this model look back over a window only, so its KV cache may need less "
        "than is counted here."
    ),
    "plan_context_over": (
        "The model was made for {made} tokens, so vLLM refuses a context of {asked} tokens."
    ),
    "plan_estimates": (
        "Weights, slots and KV cache are computed exactly; graphs, context and workspace are "
        "estimates that depend on GPU and version, so leave some room."
    ),
    "plan_formula": (
        "slots = max_loras × max_lora_rank × bytes per number × Σ(in + out) "
        "= {slots} × {rank} × {element} × {numbers} = {total}"
    ),
    # the comparison with separate engines
    "against_equal_kv": "the same KV cache in total",
    "against_article": "the article’s way: the whole pool, once for each engine",
    "against_formula": (
        "saved = 1 − (W + {slots_term} + K + F) / (N × (W + S + F) + K), where W = weights, "
        "S = one slot, K = KV cache, F = graphs, context and workspace"
    ),
    "against_formula_filled": (
        "1 − ({weights} + {slots} + {kv} + {fixed}) / "
        "({adapters} × ({weights} + {slot} + {fixed}) + {kv}) = 1 − {multi} / {separate} = {saved}"
    ),
    "against_article_filled": (
        "1 − {pool} / ({adapters} × {pool}) = 1 − 1 / {adapters} = {saved}, whatever the model"
    ),
    "against_unknown": "Not known here, so not counted: {parts}.",
    "against_nothing": "Not known here, so there is no comparison: {parts}.",
    "against_part_weights": "weights",
    "against_part_slot": "the size of a slot",
    "against_part_kv": "the KV cache",
    "against_part_graphs": "graphs",
    "against_part_context": "the context",
    "against_part_workspace": "workspace",
    # `measure`
    "cli_measure": "repeat the article’s memory experiment on this machine",
    "cli_measure_more": (
        "Start, in turn, an engine of the base model alone, one engine for each adapter, and one "
        "engine with all of them; read their memory at rest, and write a table (measure.md), the "
        "figures (measure.json) and a chart (measure.html)."
    ),
    "cli_measure_output": "folder for table, figures, chart and the engines’ logs",
    "cli_measure_adapters": "how many adapters (default: all of the catalog, 3 of made ones)",
    "cli_measure_made": "made adapters of rank 16 on q, k, v and o instead of the catalog’s",
    "cli_measure_dummy": (
        "a model of this shape with dummy weights, and made adapters, instead of the catalog’s"
    ),
    "cli_measure_ways": (
        "how the KV cache is given out: equal (the same tokens on both sides), article (the whole "
        "pool for each engine), or both (default)"
    ),
    "cli_measure_kv": (
        "KV cache of the one engine in the equal way, in MiB (default: 4 contexts an adapter)"
    ),
    "cli_measure_one": "start one separate engine and count it for all; the table says so",
    "cli_measure_start": "{number}/{total} {way}: {engine} …",
    "cli_measure_done": "    {bytes}, ready in {seconds} s",
    "cli_measure_stopped": "Stopped after {done} of {total} engines; what was measured is written.",
    "measure_title": "One engine with {count} adapters against {count} engines",
    "measure_about": "Date: {date}. Model: {model}",
    "measure_adapters_are": "Adapters: {names}",
    "measure_on": "Device: {device}. vLLM {engine}, {dtype}",
    "measure_by": "Command: `{command}`",
    "measure_dummy": "{name} (dummy weights)",
    "measure_way_equal": "equal KV cache",
    "measure_way_article": "the article’s way",
    "measure_saved": "What one engine saves",
    "measure_base": "base alone",
    "measure_separate": "separate engine: {names}",
    "measure_multi": "one engine with {count} adapters",
    "measure_times": "(counted {times} times)",
    "measure_together": "{count} separate engines together",
    "measure_head_engine": "engine, sizes in MiB",
    "measure_head_tokens": "KV tokens",
    "measure_head_read": "measured",
    "measure_head_weights": "weights",
    "measure_head_slots": "slots",
    "measure_head_kv_reserved": "KV cache",
    "measure_head_graphs": "graphs",
    "measure_head_context": "context",
    "measure_head_workspace": "workspace",
    "measure_head_rest": "rest",
    "measure_head_way": "sizes in MiB",
    "measure_head_separate": "separate engines",
    "measure_head_multi": "one engine",
    "measure_head_saved": "saved, measured",
    "measure_head_saved_by_parts": "saved, by the parts",
    "measure_head_one_of": "1 − 1/N",
    "measure_head_article": "the article",
    "measure_source_nvml": "Measured by NVML for each process of the engine, at rest.",
    "measure_source_nvml_difference": (
        "Measured by NVML as the device’s use at rest less that before the start, because this "
        "machine hides which process uses what; other work on the device would count, too."
    ),
    "measure_source_pss": (
        "Measured as the PSS of the engine’s processes, at rest. Pages that several share are "
        "divided among them, and with other programs that use the same libraries: let none run "
        "beside it."
    ),
    "measure_source_unknown": "The memory of an engine could not be read here.",
    "measure_note_times": "One separate engine was started and counted for all.",
    "measure_note_parts": (
        "Weights, slots, KV cache, graphs, context and workspace are the engine’s own account; “–” "
        "is not known. The rest is what no part accounts for."
    ),
    "measure_note_turn": "Each engine was started alone, one after the other, and ended.",
    "measure_bar_base": "base alone",
    "measure_bar_separate": "{count} separate engines",
    "measure_bar_multi": "one engine, {count} adapters",
    "measure_chart": "{model}: one engine with {count} adapters against {count} engines",
    "measure_panel": "{way}: {saved} saved (article: {article})",
}

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
        "give fewer with --adapters, or measure made ones with --made-adapters."
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
}

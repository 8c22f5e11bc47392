"""Labels and notes of the Memory tab and of the strip of live figures."""

MEMORY_WORDS: dict[str, str] = {
    "tab_memory": "Memory",
    # the strip
    "strip_title": "Live figures of the engine",
    "strip_none": "No figures yet",
    "strip_stale": "No figures since {time}",
    "strip_memory": "Memory",
    "strip_memory_value": "{own} of {total} GiB",
    "strip_memory_hint_nvml": "What the engine's processes hold on the GPU, of all it has",
    "strip_memory_hint_used": "What is in use on the GPU by all: nobody tells whose it is",
    "strip_memory_hint_host": "RSS of the engine's processes, of all that the machine has",
    "strip_kv": "KV cache",
    "strip_kv_hint": "The share of the KV cache that requests hold now",
    "strip_kv_value": "{value:.0f} %",
    "strip_requests": "Requests",
    "strip_requests_hint": "Running and waiting in the engine",
    "strip_requests_value": "{running} + {waiting} waiting",
    "strip_requests_idle": "{running}",
    "strip_speed": "Speed",
    "strip_speed_hint": "All answers together, over the last two seconds",
    "strip_speed_value": "{value:,.0f} tokens/s",
    "strip_slots": "Slots",
    "strip_slots_hint": "Adapter slots that are taken, of all",
    "strip_slots_value": "{taken} of {slots}",
    # the charts' toolbar
    "charts_range": "Time range",
    "charts_range_60": "1 min",
    "charts_range_600": "10 min",
    "charts_range_3600": "1 h",
    "charts_range_86400": "24 h",
    "charts_pause": "Pause",
    "charts_resume": "Go on",
    "charts_paused": "Paused: the charts stand still, figures are still taken.",
    "charts_follow": "Back to live",
    "charts_gpus": "GPUs",
    "charts_csv": "CSV",
    "charts_csv_hint": "Save the figures of this time range as CSV",
    "charts_json": "JSON",
    "charts_json_hint": "Save the figures of this time range as JSON",
    "charts_png": "PNG",
    "charts_png_of": "Save as PNG: {title}",
    "charts_html": "HTML",
    "charts_html_of": "Save as HTML: {title}",
    "charts_none": "No figures yet.",
    "charts_stale": "No figures since {time}.",
    "charts_no_plotly": "The charts' script could not be fetched. Reload the page.",
    "charts_happened": "What happened",
    "charts_nothing_happened": "Nothing in this time.",
    "charts_slots": "Adapter slots now",
    "charts_slots_hint": "Each slot takes the same memory, whether an adapter sits in it or not.",
    "charts_unreached": "The server did not answer. Trying again.",
    # the charts
    "chart_memory": "Memory",
    "chart_memory_nvml": (
        "GPU memory by NVML, divided by what the engine says of itself. The rest is what the "
        "engine's processes hold beyond it."
    ),
    "chart_memory_host": (
        "Host memory of the engine's processes, divided by what the engine says of itself. RSS "
        "counts memory that processes share once for each of them; PSS shares it out, and is read "
        "every 10 s. KV cache that was reserved and never touched takes no memory yet."
    ),
    "chart_kv": "KV cache and requests",
    "chart_kv_hint": "The share of the KV cache in use (left), requests in the engine (right).",
    "chart_speed": "Speed",
    "chart_speed_hint": (
        "Tokens a second of all answers together (left), time to first token (right)."
    ),
    "chart_slots": "Slots: hits and loads",
    "chart_slots_hint": (
        "Of the last minute's requests for adapters, how many found theirs in its slot (left); "
        "adapters loaded in the last minute (right)."
    ),
    "part_weights": "Weights",
    "part_slots": "Adapter slots",
    "part_kv_used": "KV cache, in use",
    "part_kv_free": "KV cache, reserved",
    "part_graphs": "Graphs",
    "part_context": "CUDA context",
    "part_workspace": "Workspace",
    "part_rest": "Engine, the rest",
    "part_others": "Others",
    "part_total": "Total",
    "part_used": "In use by all",
    "part_rss": "RSS of the engine",
    "part_pss": "PSS of the engine",
    "line_kv_share": "KV cache in use",
    "line_running": "Running",
    "line_waiting": "Waiting",
    "line_speed": "Tokens/s",
    "line_ttft": "Time to first token",
    "line_hit_rate": "Hit rate",
    "line_loads": "Loads per minute",
    # slots
    "slot_free": "free",
    "slot_other": "another visitor's adapter",
    "slots_unknown": "The engine has not said yet which adapter sits where.",
    "slots_host": "In host memory: {names}",
    "slots_host_one": "{name} ({size})",
    "slots_host_none": "No adapter waits in host memory.",
    "slots_disk": "On disk alone: {count} adapters, {size}.",
    "memory_no_sampler": "This page was started without a sampler: there are no live figures.",
    # a line for each GPU
    "gpu_line": "GPU {index}, {name}: {facts}",
    "gpu_memory": "{used:,.2f} of {total:,.2f} GiB in use",
    "gpu_utilization": "{value:.0f} % busy",
    "gpu_power": "{value:.0f} W",
    "gpu_temperature": "{value:.0f} °C",
    "gpu_reserved": "{value:.2f} GiB kept by the driver",
    # one engine against separate engines
    "chart_against": "One engine against {adapters} separate engines",
    "chart_growth": "What one engine saves, up to 1,000 adapters",
    "chart_growth_hint": (
        "Over the number of adapters: computed from what this engine has measured of itself; the "
        "diamonds are the article's own figures."
    ),
    "against_one": "One engine, now",
    "against_equal": "{adapters} engines, equal KV",
    "against_articles": "{adapters} engines, article's way",
    "against_size": "{gib:,.2f} GiB",
    "against_saved": "{saved:.1f} % saved",
    "against_curve_equal": "Equal KV tokens",
    "against_curve_article": "The article's way",
    "against_points": "The article",
    # the planner
    "planner": "What if: other settings, another GPU",
    "planner_hint": (
        "Give the base model's config.json (an example is filled in) and what you would set: "
        "what fits, what is left for the KV cache, and which setting to change."
    ),
    "planner_config": "config.json of the base model",
    "planner_file": "Choose a config.json",
    "planner_gpu": "GPU memory (GiB)",
    "planner_max_loras": "max_loras",
    "planner_rank": "max_lora_rank",
    "planner_context": "max_model_len",
    "planner_share": "gpu_memory_utilization",
    "planner_dtype": "dtype",
    "planner_modules": "lora_target_modules",
    "planner_modules_attention": "q, k, v, o",
    "planner_modules_all": "all linear layers",
    "planner_run": "Compute",
    "planner_yaml": "Save the settings as YAML",
}

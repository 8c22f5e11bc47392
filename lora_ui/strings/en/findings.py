"""Findings of the check of an adapter: what was found, and what to do about it."""

FINDINGS: dict[str, tuple[str, str]] = {
    # the files of an adapter
    "file_missing": ("There is no {file}.", "Save the adapter in PEFT’s layout, with both files."),
    "file_unreadable": ("{file} cannot be read ({detail}).", "Copy or save the adapter again."),
    "config_too_long": (
        "adapter_config.json is longer than {limit_kib} KiB.",
        "Save the adapter again with PEFT.",
    ),
    "config_not_valid": (
        "adapter_config.json is not valid JSON.",
        "Copy or save the adapter again.",
    ),
    "config_not_an_object": (
        "adapter_config.json holds no JSON object.",
        "Save the adapter again with PEFT.",
    ),
    "weights_cut_off": (
        "The weights file is cut off: it is shorter than its header says.",
        "Copy or download it again.",
    ),
    "weights_no_header": (
        "The weights file is no safetensors file.",
        "Save the adapter again with PEFT; from Git, fetch it with git lfs pull.",
    ),
    "weights_too_long": (
        "The weights file has {surplus} bytes that belong to no tensor.",
        "Save the adapter again with PEFT.",
    ),
    "header_too_long": (
        "The header of the weights file claims more than {limit_mib} MiB.",
        "Save the adapter again with PEFT.",
    ),
    "header_many_tensors": (
        "The weights file names more than {limit} tensors.",
        "Save only the adapter’s own weights.",
    ),
    "header_not_valid": (
        "The header of the weights file is damaged.",
        "Copy or save the adapter again.",
    ),
    "header_duplicate": (
        "The header of the weights file names {tensor} twice.",
        "Save the adapter again with PEFT.",
    ),
    "header_lies": (
        "The header of the weights file contradicts itself about {tensor}.",
        "Copy or save the adapter again.",
    ),
    "header_unknown_dtype": (
        "{tensor} has the data type {dtype}, which is unknown.",
        "Save the adapter in bfloat16, float16 or float32.",
    ),
    # what kind of adapter it is
    "not_lora": (
        "It is of type {kind}, but only LORA adapters can be served.",
        "Train a LoRA adapter.",
    ),
    "no_lora_weights": (
        "The weights file holds no LoRA weights (no lora_A tensors).",
        "Save the adapter again with PEFT’s save_pretrained.",
    ),
    "other_base": (
        "It was trained on {declared}, not on {model}: its answers may suffer.",
        "Use it with the base model that it was trained on.",
    ),
    # what this engine serves
    "rank_impossible": (
        "It has rank {rank}, but vLLM serves at most {limit}.",
        "Train it with a smaller rank.",
    ),
    "rank_too_high": (
        "It has rank {rank}, but this engine serves at most {limit}.",
        "Restart with --max-lora-rank {needed}.",
    ),
    "modules_not_served": (
        "It has weights for {modules}, which this engine does not serve and would drop.",
        "Restart with --lora-target-modules {wider}.",
    ),
    # how it behaves
    "no_effect": (
        "It answers exactly like the base model.",
        "Check that it was trained, saved with its weights, and belongs to this base model.",
    ),
}

"""Findings of the check of an adapter: what was found, and what to do about it."""

FINDINGS: dict[str, tuple[str, str]] = {
    # the files of an adapter
    "file_missing": ("There is no {file}.", "Save the adapter in PEFT’s layout, with both files."),
    "file_unreadable": ("{file} cannot be read ({detail}).", "Copy or save the adapter again."),
    "link_outside": (
        "{file} is a link to a place outside the adapter’s folder.",
        "Copy the file itself into the folder.",
    ),
    "weights_pickled": (
        "The weights are in {found}, a pickle, which could run code when it is opened.",
        "Save the adapter again with safe_serialization=True, PEFT’s default.",
    ),
    "weights_other_name": (
        "The weights are in {found}, where vLLM does not look for them.",
        "Name the file {file}; if it is one of several parts, save the adapter again.",
    ),
    "config_too_long": (
        "adapter_config.json is longer than {limit_kib} KiB.",
        "Save the adapter again with PEFT.",
    ),
    "config_not_json": (
        "adapter_config.json is not valid JSON.",
        "Copy or save the adapter again.",
    ),
    "config_not_an_object": (
        "adapter_config.json holds no JSON object.",
        "Save the adapter again with PEFT.",
    ),
    "config_names_twice": (
        "adapter_config.json has the key {key} twice.",
        "Leave the right one of the two.",
    ),
    "weights_cut_off": (
        "The weights file is cut off: it is shorter than its header says.",
        "Copy or download it again.",
    ),
    "weights_other_kind": (
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
    "header_damaged": (
        "The header of the weights file is damaged.",
        "Copy or save the adapter again.",
    ),
    "header_names_twice": (
        "The header of the weights file names {tensor} twice.",
        "Save the adapter again with PEFT.",
    ),
    "header_contradicts_itself": (
        "The header of the weights file contradicts itself about {tensor}.",
        "Copy or save the adapter again.",
    ),
    "weights_changed": (
        "The weights file has changed since it was checked.",
        "Add the adapter again when its file is complete.",
    ),
    # what its config says
    "not_lora": (
        "It is of type {kind}, but only LORA adapters can be served.",
        "Train a LoRA adapter.",
    ),
    "config_key_missing": (
        "adapter_config.json has no {key}.",
        "Save the adapter again with PEFT.",
    ),
    "config_value": (
        "In adapter_config.json, {key} is {found}, but must be {allowed}.",
        "Correct it, or save the adapter again with PEFT.",
    ),
    "dora": (
        "It is a DoRA adapter, which vLLM does not serve.",
        "Train it with use_dora=False, or merge it into the base model.",
    ),
    "bias": (
        "It was trained with biases, which vLLM does not serve.",
        "Train it with bias=“none” and lora_bias=False.",
    ),
    "modules_to_save": (
        "It brings whole modules of its own ({modules}), which vLLM does not serve.",
        "Train it without modules_to_save, or merge it into the base model.",
    ),
    "added_tokens": (
        "It brings token embeddings of its own ({modules}), which vLLM does not serve.",
        "Train it without new tokens, or merge it into the base model.",
    ),
    "init_changes_base": (
        "Its training began with {init}, which also changed the base model.",
        "Convert it to plain LoRA: save_pretrained with path_initial_model_for_weight_conversion.",
    ),
    "variant": (
        "It uses {key}, a variant of LoRA that vLLM does not serve.",
        "Train it as plain LoRA, or merge it into the base model.",
    ),
    "other_task": (
        "It was trained for {task}, not to continue text.",
        "Expect answers of little sense, or train it for CAUSAL_LM.",
    ),
    "alpha_zero": (
        "Its lora_alpha is 0, so it answers exactly like the base model.",
        "Set lora_alpha in adapter_config.json to what it was trained with.",
    ),
    "unknown_key": (
        "Its config sets {keys}, whose meaning is not known here.",
        "Compare its answers with PEFT’s before you rely on them.",
    ),
    # its tensors
    "no_lora_weights": (
        "The weights file holds no LoRA weights (no lora_A tensors).",
        "Save the adapter again with PEFT’s save_pretrained.",
    ),
    "tensor_unknown": (
        "The names of some tensors are not those of LoRA weights: {modules}.",
        "Save the adapter again with PEFT’s save_pretrained.",
    ),
    "half_a_pair": (
        "Only one of the matrices lora_A and lora_B is there for {modules}.",
        "Save the adapter again with PEFT’s save_pretrained.",
    ),
    "tensor_dtype": (
        "{tensor} has the data type {dtype}.",
        "Save the adapter in bfloat16, float16 or float32.",
    ),
    "tensor_empty": (
        "There are empty matrices: {modules}.",
        "Save the adapter again; sharded training has to gather the weights first.",
    ),
    "tensor_no_matrix": (
        "Some weights are not matrices: {modules}.",
        "Save the adapter again with PEFT’s save_pretrained.",
    ),
    "ranks_differ": (
        "lora_A and lora_B have different ranks in {modules}.",
        "Save the adapter again with PEFT’s save_pretrained.",
    ),
    "rank_contradicts": (
        "The weights have rank {rank} where the config says {wanted} ({modules}): "
        "their strength would be wrong.",
        "Bring the config that was saved with these weights (r, rank_pattern).",
    ),
    # the base model
    "other_base": (
        "It was trained on {declared}, not on {model}: its answers may suffer.",
        "Use it with the base model that it was trained on.",
    ),
    "base_not_named": (
        "It does not say which base model it was trained on.",
        "If it was not {model}, use it with its own.",
    ),
    "shapes_not_checked": (
        "The shapes of its weights could not be compared with the base model’s.",
        "Compare its answers with PEFT’s before you rely on them.",
    ),
    "names_not_checked": (
        "The base model calls some modules otherwise, so they could not be compared: {modules}.",
        "Compare its answers with PEFT’s before you rely on them.",
    ),
    "modules_unknown": (
        "It has weights for modules that {model} does not have: {modules}.",
        "Use it with the base model that it was trained on.",
    ),
    "prefix_differs": (
        "Its tensors are named {found}…, so vLLM would ignore them.",
        "Rename them to {wanted}…, as PEFT names them for this base model.",
    ),
    "shapes_differ": (
        "Its matrices {found} do not fit {model}, which wants {wanted} ({modules}).",
        "Use it with the base model that it was trained on.",
    ),
    "shapes_turned": (
        "Its matrices {found} are transposed or swapped: {model} wants {wanted} ({modules}).",
        "Save the adapter again with PEFT’s save_pretrained.",
    ),
    "embedding_overlooked": (
        "It brings a copy of the base model’s {module}, which vLLM does not use.",
        "If the embeddings were trained, merge the adapter into the base model.",
    ),
    "head_too_large": (
        "It adapts the output layer, whose vocabulary of {found} is over vLLM’s limit of {limit}.",
        "Train it without lm_head.",
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
    "patterns_overlooked": (
        "vLLM {version} overlooks the rank_pattern and alpha_pattern of {modules}.",
        "Update vLLM to 0.32, or train it with one rank and one alpha.",
    ),
    # the weights themselves
    "weights_not_numbers": (
        "Its weights hold values that are NaN, infinite or close to it: {tensors}.",
        "Take a checkpoint from before the training failed.",
    ),
    "weights_zero": (
        "One matrix of every pair is zero, so it answers exactly like the base model.",
        "Check that it was trained and saved after the training.",
    ),
    "weights_huge": (
        "Its weights go up to {largest}, far beyond what training gives.",
        "Check how it was trained; do not serve it with --dtype float16.",
    ),
    # how it behaves
    "no_effect": (
        "It answers exactly like the base model.",
        "Check that it was trained, saved with its weights, and belongs to this base model.",
    ),
}

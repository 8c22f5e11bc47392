"""From a function's schema to a grammar that writes only what satisfies it, and always ends.

`narrowing` turns a JSON schema into bounded nodes and tells what it had to leave out; `writing`
makes grammars of them, in xgrammar's EBNF. Nothing here imports xgrammar.
"""

"""Fuzzing of everything that strangers' files and words meet first: `python -m tests.fuzz`."""

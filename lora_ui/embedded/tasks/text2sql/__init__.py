"""text2sql: from a question and CREATE TABLE statements to one SQLite query.

`data/` holds the words, which `lexicon` and `wording` read; `schemas`, `rows` and `ddl` make
databases of them; `subjects`, `conditions`, `dates` and `relations` say what rows are meant;
`intents`, `aggregates`, `groups`, `joins` and `junctions` are the questions, and `query` writes
their SQL; `grading` runs answers.
"""

from lora_ui.embedded.tasks.text2sql.task import TASK

__all__ = ["TASK"]

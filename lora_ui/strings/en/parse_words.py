"""What the parser says: about functions and their schemas, about calls that are none."""

PARSE_WORDS: dict[str, str] = {
    # functions that are given
    "functions_no_list": "The functions must be a list of objects, not {found}.",
    "functions_no_json": "The functions must be made of JSON values alone ({detail}).",
    "function_no_object": "Function {index} must be an object with a name and parameters.",
    "function_no_name": "Function {index} has no name: add “name”.",
    "function_name_no_text": "The name of function {index} must be text.",
    "function_twice": "There are two functions called “{name}”: give each a name of its own.",
    "function_description": "The description of “{name}” must be text.",
    "function_parameters": "The parameters of “{name}” must be a JSON Schema object.",
    "function_schema": "The parameters of “{name}” are no valid JSON Schema, at {path}: {detail}",
    "schema_too_deep": "it is nested deeper than {limit} levels: make it flatter.",
    "schema_reference": (
        "the reference {target} leads to nothing inside this schema: put what it means under "
        "“$defs”, since nothing is ever fetched."
    ),
    "schema_unevaluated": (
        "“unevaluatedProperties” beside “patternProperties” is not supported: use "
        "“additionalProperties”."
    ),
    "schema_pattern": "the pattern {pattern} is no regular expression ({detail}).",
    "schema_pattern_long": "a pattern is longer than {limit} characters: shorten it.",
    # arguments that break the schema
    "rule_type": "{found} is not of type {rule}.",
    "rule_required": "{rule} is missing.",
    "rule_enum": "{found} is none of {rule}.",
    "rule_const": "{found} is not {rule}.",
    "rule_additionalProperties": "{rule} is not among the parameters.",
    "rule_uniqueItems": "{rule} stands in the list twice.",
    "rule_pattern": "{found} does not match the pattern {rule}.",
    "rule_minimum": "{found} is less than {rule}.",
    "rule_maximum": "{found} is more than {rule}.",
    "rule_exclusiveMinimum": "{found} is not more than {rule}.",
    "rule_exclusiveMaximum": "{found} is not less than {rule}.",
    "rule_multipleOf": "{found} is not a multiple of {rule}.",
    "rule_minLength": "{found} is shorter than {rule} characters.",
    "rule_maxLength": "{found} is longer than {rule} characters.",
    "rule_minItems": "{found} has fewer than {rule} items.",
    "rule_maxItems": "{found} has more than {rule} items.",
    "rule_minProperties": "{found} has fewer than {rule} properties.",
    "rule_maxProperties": "{found} has more than {rule} properties.",
    "rule_anyOf": "{found} fits none of the schemas that are allowed.",
    "rule_oneOf": "{found} does not fit exactly one of the schemas that are allowed.",
    "rule_not": "{found} fits a schema that is excluded.",
    "rule_other": "{found} breaks the rule “{keyword}” of the schema ({rule}).",
    "rule_pattern_slow": "the schema’s patterns take too long on this text, so it counts as wrong.",
    "rule_too_many": "the schema refers to itself too often to be checked; it counts as wrong.",
    "rule_uncheckable": "the schema cannot be held against this value ({detail}).",
}

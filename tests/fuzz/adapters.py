"""A good adapter as bytes, and ways to make a bad one of it."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from lora_ui.catalog.preflight import BaseFacts, Limits

WIDTH, LAYERS, RANK = 16, 2, 4
MODULES = ("q_proj", "v_proj")
BASE = BaseFacts(
    "owner/base",
    {"model_type": "llama", "vocab_size": 100, "hidden_size": WIDTH},
    {
        **{
            f"model.layers.{layer}.self_attn.{module}": (WIDTH, WIDTH)
            for layer in range(LAYERS)
            for module in ("q_proj", "k_proj", "v_proj", "o_proj")
        },
        "model.embed_tokens": (100, WIDTH),
        "lm_head": (WIDTH, 100),
    },
)
LIMITS = Limits(max_lora_rank=8, target_modules=MODULES, vllm_version="0.32.0")
CONFIG: dict[str, Any] = {
    "alpha_pattern": {},
    "auto_mapping": None,
    "base_model_name_or_path": "owner/base",
    "bias": "none",
    "exclude_modules": None,
    "fan_in_fan_out": False,
    "init_lora_weights": True,
    "layer_replication": None,
    "layers_pattern": None,
    "layers_to_transform": None,
    "loftq_config": {},
    "lora_alpha": 8,
    "lora_bias": False,
    "lora_dropout": 0.0,
    "modules_to_save": None,
    "peft_type": "LORA",
    "r": RANK,
    "rank_pattern": {},
    "target_modules": list(MODULES),
    "task_type": "CAUSAL_LM",
    "trainable_token_indices": None,
    "use_dora": False,
    "use_rslora": False,
}
Entry = tuple[str, Any]
"""A tensor's name, and what the header says of it."""


def good_header() -> tuple[list[Entry], bytes]:
    """The header's entries of a good weights file, and the data behind it."""
    entries, data = [], b""
    for layer in range(LAYERS):
        for module in MODULES:
            name = f"base_model.model.model.layers.{layer}.self_attn.{module}"
            for part, shape in (("lora_A", [RANK, WIDTH]), ("lora_B", [WIDTH, RANK])):
                more = struct.pack(f"<{RANK * WIDTH}f", *(0.01 * n for n in range(RANK * WIDTH)))
                place = [len(data), len(data) + len(more)]
                told = {"dtype": "F32", "shape": shape, "data_offsets": place}
                entries.append((f"{name}.{part}.weight", told))
                data += more
    return entries, data


def header_json(entries: list[Entry]) -> bytes:
    """The header as text; unlike a dict, it may have one name twice."""
    parts = (f"{json.dumps(name)}:{json.dumps(told)}" for name, told in entries)
    return ("{" + ",".join(parts) + "}").encode("utf-8", "surrogatepass")


def weights(entries: list[Entry], data: bytes, length: int | None = None) -> bytes:
    """A weights file; `length` is what it says of its header's, the truth if None."""
    header = header_json(entries)
    said = len(header) if length is None else length
    return (said % 2**64).to_bytes(8, "little") + header + data


HOSTILE_TEXTS = (
    "",
    "{x}",
    "{0.__class__}",
    "%s",
    "\ud800",
    "\x00",
    "a\nb\u2028c",
    "../../etc",
    "(a+)+$",
    "^(([a-z])+.)+$",
    "*",
    "all-linear",
    "x" * 5_000,
    "LORA",
    "lora",
    "gaussian",
    "pissa",
    "q_proj",
    "lm_head",
)
NUMBERS = st.one_of(
    st.integers(-2, 20),
    st.sampled_from([2**31, 2**53, 2**63 - 1, 2**63, 2**64, -(2**63), 10**400, 1e308, 0.5]),
    st.floats(),
)
TEXTS = st.one_of(st.sampled_from(HOSTILE_TEXTS), st.text(max_size=20))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
MORE_KEYS = ("lora_ga_config", "use_qalora", "eva_config", "megatron_config", "unknown", "r ")
DTYPES = ("F32", "F16", "BF16", "F64", "I8", "U8", "BOOL", "F8_E4M3", "F4", "C64", "f32", "", "Q")
NAMES = st.one_of(
    st.sampled_from(
        [
            "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight",
            "base_model.model.model.layers.9.self_attn.q_proj.lora_A.weight",
            "model.layers.0.self_attn.q_proj.lora_B.weight",
            "base_model.model.lm_head.lora_A.weight",
            "base_model.model.model.embed_tokens.lora_embedding_A",
            "base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector",
            "base_model.model.model.layers.0.self_attn.q_proj.lora_A.default.weight",
            "lora_A.weight",
            ".lora_A.",
            "__metadata__",
        ]
    ),
    TEXTS,
)


def rarely(draw: st.DrawFn, times: int) -> bool:
    """True about once in `times`; shrinks to False."""
    return draw(st.sampled_from([False] * (times - 1) + [True]))


@st.composite
def json_files(draw: st.DrawFn, value: Any) -> bytes:
    """`value` as JSON, now and then in a form that parsers stumble over."""
    text = json.dumps(value)
    kind = draw(
        st.sampled_from(["plain"] * 40 + ["twice", "deep", "digits", "bom", "utf16", "cut"])
    )
    if kind == "twice" and text.startswith("{") and len(text) > 2:
        text = text[:-1] + ', "r": 8, "r": 9}'
    elif kind == "deep":
        text = '{"a":' + "[" * draw(st.sampled_from([500, 100_000])) + "}"
    elif kind == "digits":
        text = '{"r": ' + "9" * draw(st.sampled_from([400, 5_000])) + "}"
    elif kind == "bom":
        return b"\xef\xbb\xbf" + text.encode()
    elif kind == "utf16":
        return text.encode("utf-16")
    elif kind == "cut":
        text = text[: draw(st.integers(0, len(text)))]
    return text.encode("utf-8", "surrogatepass")


@st.composite
def configs(draw: st.DrawFn) -> bytes:
    """The bytes of an `adapter_config.json`."""
    config = dict(CONFIG)
    for _ in range(draw(st.integers(0, 3))):
        key = draw(st.one_of(st.sampled_from([*CONFIG, *MORE_KEYS]), TEXTS))
        if rarely(draw, 5):
            config.pop(key, None)
        else:
            config[key] = draw(VALUES)
    if rarely(draw, 6):
        patterns = st.dictionaries(st.one_of(NAMES, TEXTS), NUMBERS, max_size=3)
        config[draw(st.sampled_from(["rank_pattern", "alpha_pattern"]))] = draw(patterns)
    whole = draw(VALUES) if rarely(draw, 30) else config
    return draw(damage(draw(json_files(whole))))


@st.composite
def weights_files(draw: st.DrawFn) -> bytes:
    """The bytes of an `adapter_model.safetensors`."""
    entries, data = good_header()
    for _ in range(draw(st.integers(0, 3))):
        draw(st.sampled_from(_LIES))(draw, entries)
    length = draw(st.sampled_from([0, 1, 2**24, 2**40, 2**63])) if rarely(draw, 15) else None
    if rarely(draw, 8):
        data = draw(st.one_of(floats_like(data), st.binary(max_size=60)))
    return draw(damage(weights(entries, data, length)))


def floats_like(data: bytes) -> st.SearchStrategy[bytes]:
    """Data of the same length whose numbers are NaN, infinite, huge or zero."""
    patterns = st.sampled_from([b"\x00\x00\xc0\x7f", b"\x00\x00\x80\x7f", b"\xff\xff\x7f\x7f"])
    return st.one_of(st.just(bytes(len(data))), patterns.map(lambda p: p * (len(data) // 4)))


def _lie_about_a_tensor(draw: st.DrawFn, entries: list[Entry]) -> None:
    at = draw(st.integers(0, len(entries) - 1))
    name, told = entries[at]
    told = dict(told) if isinstance(told, dict) else {}
    key = draw(st.sampled_from(["dtype", "shape", "data_offsets", "more"]))
    sizes = st.lists(st.one_of(NUMBERS, VALUES), max_size=4)
    values = {"dtype": st.sampled_from(DTYPES), "shape": sizes, "data_offsets": sizes}
    if rarely(draw, 6):
        told.pop(key, None)
    else:
        told[key] = draw(st.one_of(values.get(key, VALUES), VALUES))
    entries[at] = (name, told)


def _rename(draw: st.DrawFn, entries: list[Entry]) -> None:
    at = draw(st.integers(0, len(entries) - 1))
    entries[at] = (draw(NAMES), entries[at][1])


def _add(draw: st.DrawFn, entries: list[Entry]) -> None:
    empty = {"dtype": "F32", "shape": [0], "data_offsets": [1024, 1024]}
    entries.append((draw(NAMES), draw(st.one_of(st.just(empty), VALUES))))


def _remove(draw: st.DrawFn, entries: list[Entry]) -> None:
    if len(entries) > 1:
        entries.pop(draw(st.integers(0, len(entries) - 1)))


def _describe(draw: st.DrawFn, entries: list[Entry]) -> None:
    entries.insert(0, ("__metadata__", draw(VALUES)))


def _swap(draw: st.DrawFn, entries: list[Entry]) -> None:
    one, other = (draw(st.integers(0, len(entries) - 1)) for _ in range(2))
    entries[one], entries[other] = (
        (entries[one][0], entries[other][1]),
        (entries[other][0], entries[one][1]),
    )


_LIES: list[Callable[[st.DrawFn, list[Entry]], None]] = [
    _lie_about_a_tensor,
    _lie_about_a_tensor,
    _rename,
    _add,
    _remove,
    _describe,
    _swap,
]


@st.composite
def damage(draw: st.DrawFn, data: bytes) -> bytes:
    """The same bytes, mostly as they are, else flipped, cut or lengthened in a few places."""
    if not rarely(draw, 6):
        return data
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(0, len(changed) - 1)))
        kind = draw(st.sampled_from(["flip", "cut", "insert", "zero", "end"]))
        if kind == "flip" and changed:
            changed[at] ^= draw(st.integers(1, 255))
        elif kind == "cut":
            del changed[at : at + draw(st.integers(1, 50))]
        elif kind == "insert":
            changed[at:at] = draw(st.binary(min_size=1, max_size=20))
        elif kind == "zero":
            changed[at : at + 8] = bytes(len(changed[at : at + 8]))
        else:
            del changed[at:]
    return bytes(changed)


@dataclass(frozen=True)
class Large:
    """A weights file with a header of about `mib` MiB, made of many small things."""

    kind: str
    mib: int

    def write(self, path: Path) -> None:
        """Write it piece by piece, so that it takes no memory here."""
        unit, before, after = (
            _UNITS[self.kind],
            b'{"',
            b'"z":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
        )
        if self.kind == "metadata":
            before, after = b'{"__metadata__":{"', b'"z":""}}'
        count = (self.mib << 20) // len(unit % 0)
        with path.open("wb") as out:
            out.write(bytes(8) + before[:-1])
            for number in range(count):
                out.write(unit % number)
            out.write(after)
            length = out.tell() - 8
            out.seek(0)
            out.write(length.to_bytes(8, "little"))


_UNITS = {
    "tensors": b'"%08d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},',
    "pairs": b'"base_model.model.model.layers.%d.q_proj.lora_A.weight":'
    b'{"dtype":"F32","shape":[0,1],"data_offsets":[0,0]},',
    "dimensions": b'"%08d":{"dtype":"F32","shape":[' + b"1," * 5_000 + b'0],"data_offsets":[0,0]},',
    "empty": b'"%08d":{},',
    "metadata": b'"%08d":"",',
    "numbers": b'"%08d":[1,2,3,4,5,6,7,8,9],',
    "nested": b'"%08d":[[[[[[[[]]]]]]]],',
    "spaces": b'"%08d":0,' + b" " * 100_000,
    "escapes": b'"%08d' + b"\\u00e9\\n" * 200 + b'":0,',
    "long names": b'"%08d' + "é".encode() * 100_000 + b'":{},',
}
LARGE = st.builds(Large, st.sampled_from(sorted(_UNITS)), st.sampled_from([1, 4, 15]))

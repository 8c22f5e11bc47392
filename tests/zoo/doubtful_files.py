"""Files that are missing, cut off, of another kind, or that lie about themselves."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lora_ui.catalog.preflight import CONFIG_NAME, WEIGHTS_NAME
from tests.zoo.parts import Raw, file_bytes, header_of, small
from tests.zoo.specimen import Specimen

Told = dict[str, dict[str, Any]]


def _weights(change: Callable[[bytes], bytes]) -> Callable[[Path], Path]:
    """A good adapter whose weights file is changed byte by byte."""

    def make(folder: Path) -> Path:
        weights = small().write(folder) / WEIGHTS_NAME
        weights.write_bytes(change(weights.read_bytes()))
        return folder

    return make


def _config(text: str | bytes) -> Callable[[Path], Path]:
    """A good adapter with this for a config."""

    def make(folder: Path) -> Path:
        config = small().write(folder) / CONFIG_NAME
        config.write_bytes(text if isinstance(text, bytes) else text.encode())
        return folder

    return make


def _header(lie: Callable[[Told], Any]) -> Callable[[Path], Path]:
    """A good adapter whose header is changed, the length and the data left as they belong."""

    def make(folder: Path) -> Path:
        tensors = small().encoded()
        told = header_of(tensors)
        text = lie(told)
        raw = text if isinstance(text, str) else json.dumps(told)
        (small().write(folder) / WEIGHTS_NAME).write_bytes(file_bytes(tensors, header=raw))
        return folder

    return make


def _length(length: int) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        tensors: dict[str, Raw] = small().encoded()
        (small().write(folder) / WEIGHTS_NAME).write_bytes(file_bytes(tensors, length=length))
        return folder

    return make


def _first_two(told: Told) -> tuple[dict[str, Any], dict[str, Any]]:
    first, second = list(told.values())[:2]
    return first, second


def _overlap(told: Told) -> None:
    first, second = _first_two(told)
    second["shape"] = first["shape"]
    second["data_offsets"] = list(first["data_offsets"])


def _gap(told: Told) -> None:
    _first_two(told)[1]["data_offsets"][0] += 2


def _beyond(told: Told) -> None:
    last = list(told.values())[-1]
    last["shape"][0] *= 1000
    start, end = last["data_offsets"]
    last["data_offsets"][1] = start + 1000 * (end - start)


def _twice(told: Told) -> str:
    name, found = next(iter(told.items()))
    return f"{{{json.dumps(name)}: {json.dumps(found)}, {json.dumps(told)[1:]}"


def _linked(folder: Path) -> Path:
    small().write(folder)
    elsewhere = folder.with_name(f"{folder.name}-elsewhere.safetensors")
    (folder / WEIGHTS_NAME).rename(elsewhere)
    (folder / WEIGHTS_NAME).symlink_to(elsewhere)
    return folder


def _link_to_itself(folder: Path) -> Path:
    small().write(folder)
    (folder / WEIGHTS_NAME).unlink()
    (folder / WEIGHTS_NAME).symlink_to(folder / WEIGHTS_NAME)
    return folder


def _pickled(folder: Path) -> Path:
    small().write(folder)
    (folder / WEIGHTS_NAME).unlink()
    (folder / "adapter_model.bin").write_bytes(b"\x80\x04N.")
    return folder


def _renamed(folder: Path) -> Path:
    small().write(folder)
    (folder / WEIGHTS_NAME).rename(folder / "model.safetensors")
    return folder


def _without(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (small().write(folder) / name).unlink()
        return folder

    return make


def _pipe(folder: Path) -> Path:
    (small().write(folder) / WEIGHTS_NAME).unlink()
    os.mkfifo(folder / WEIGHTS_NAME)
    return folder


def _folder_for_weights(folder: Path) -> Path:
    (small().write(folder) / WEIGHTS_NAME).unlink()
    (folder / WEIGHTS_NAME).mkdir()
    return folder


def _config_twice() -> str:
    text = json.dumps(dict(small().config))
    return text.replace('"r": 16', '"r": 16, "r": 8')


def _refused(name: str, make: Callable[[Path], Path], code: str, why: str) -> Specimen:
    return Specimen(name, make, "refused", code, why)


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3718136\n"
DEEP = '{"a":' + "[" * 100_000 + "]" * 100_000 + "}"

FILES: list[Specimen] = [
    _refused("no-weights", _without(WEIGHTS_NAME), "file_missing", "the config alone"),
    _refused("no-config", _without(CONFIG_NAME), "file_missing", "the weights alone"),
    _refused("pickled", _pickled, "weights_pickled", "a pickle can run code"),
    _refused("weights-renamed", _renamed, "weights_other_name", "vLLM looks for one name"),
    _refused("weights-linked", _linked, "link_outside", "a link can show any file of the machine"),
    _refused("weights-loop", _link_to_itself, "file_unreadable", "a link to itself"),
    _refused("weights-pipe", _pipe, "file_unreadable", "reading a pipe blocks for ever"),
    _refused("weights-folder", _folder_for_weights, "file_unreadable", "a folder of that name"),
    _refused("weights-empty", _weights(lambda _: b""), "weights_cut_off", "an empty file"),
    _refused("cut-off", _weights(lambda b: b[: len(b) // 2]), "weights_cut_off", "half a download"),
    _refused("one-byte-short", _weights(lambda b: b[:-1]), "weights_cut_off", "a byte is missing"),
    _refused("cut-in-header", _weights(lambda b: b[:100]), "weights_cut_off", "not even a header"),
    _refused("too-long", _weights(lambda b: b + b"\0"), "weights_too_long", "a byte too many"),
    _refused("git-lfs", _weights(lambda _: LFS), "weights_other_kind", "a pointer of Git LFS"),
    _refused(
        "pickle-inside", _weights(lambda _: b"\x80\x04" * 999), "weights_other_kind", "no header"
    ),
    _refused("length-lie", _length(2**63), "weights_cut_off", "a header of 9 exabytes"),
    _refused("length-short", _length(40), "header_damaged", "a header that ends too early"),
    _refused("overlap", _header(_overlap), "header_contradicts_itself", "two tensors, one place"),
    _refused("gap", _header(_gap), "header_contradicts_itself", "bytes that belong to nobody"),
    _refused(
        "beyond-the-end", _header(_beyond), "weights_cut_off", "a tensor larger than the file"
    ),
    _refused("named-twice", _header(_twice), "header_names_twice", "which of the two counts?"),
    _refused("header-no-json", _header(lambda _: "{nonsense}"), "header_damaged", "no JSON"),
    _refused("header-deep", _header(lambda _: DEEP), "header_damaged", "nested 100,000 deep"),
    _refused("config-empty", _config(""), "config_not_json", "an empty file"),
    _refused("config-list", _config("[]"), "config_not_an_object", "a list"),
    _refused("config-deep", _config("[" * 100_000), "config_not_json", "nested 100,000 deep"),
    _refused("config-huge", _config('{"a": "' + "b" * 600_000 + '"}'), "config_too_long", "600 kB"),
    _refused("config-not-utf8", _config(b"\xff\xfe{}"), "config_not_json", "another encoding"),
    _refused(
        "config-twice", _config(_config_twice()), "config_names_twice", "two ranks in one file"
    ),
]

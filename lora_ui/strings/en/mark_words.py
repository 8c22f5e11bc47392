"""What has happened to the engine, as marks in the charts of memory say it."""

MARK_WORDS: dict[str, str] = {
    "mark_stage": "Start: {stage}",
    "mark_ready": "Engine ready after {seconds:.0f} s",
    "mark_loaded": "{name} read from disk into a slot, {seconds:.2f} s",
    "mark_moved": "{name} brought from host memory into a slot, {seconds:.2f} s",
    "mark_evicted": "{name} driven out of its slot; it stays in host memory",
    "mark_evicted_host": "{name} driven out of host memory; it stays on disk",
    "mark_removed": "{name} taken out of the engine",
    "mark_load_failed": "{name} could not be loaded",
    "mark_restart": "Engine lost, it starts again: {cause}",
    "mark_failed": "Engine failed: {cause}",
    "mark_busy": "Requests begin",
    "mark_idle": "No more requests",
}

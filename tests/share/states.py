"""States as visitors make them, for Hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from lora_ui.share.state import (
    AdaptersState,
    BatchSampling,
    BatchState,
    ColumnState,
    CompareState,
    FunctionsState,
    MemoryState,
    SamplingTexts,
    State,
)

ADAPTERS = ("base", "math", "text2sql", "a.b-c_d", "0")

_texts = st.text(max_size=60).map(
    lambda text: text.replace("\r", "").replace("\0", "")
) | st.sampled_from(["", "a b+c%20&d=e#f?", ".", "https://x/y,z:", "“ü”\n\t", "</script>", "1"])
_lines = _texts.map(lambda text: text.replace("\n", " "))
_numbers = {
    "temperature": st.sampled_from(["", "0", "0.70", "5"]),
    "top_p": st.sampled_from(["", "0.9", "1"]),
    "top_k": st.sampled_from(["", "0", "40"]),
    "min_p": st.sampled_from(["", "0.05"]),
    "repetition_penalty": st.sampled_from(["", "1.1"]),
    "max_tokens": st.sampled_from(["", "1", " 33"]),
    "seed": st.sampled_from(["", "7", "9223372036854775807"]),
}
_sampling = st.builds(
    SamplingTexts,
    **_numbers,
    stop=st.sampled_from(["", "END", "a\n\\n\n</s>"]),
)
_batch_sampling = st.builds(
    BatchSampling, **{name: _numbers[name] for name in ("max_tokens", "temperature", "seed")}
)
_names = st.sampled_from(ADAPTERS)
_picked = st.none() | st.lists(_names, unique=True).map(tuple)
_columns = st.builds(
    ColumnState,
    adapter=_names,
    system=st.none() | _texts,
    sampling=st.just(SamplingTexts()) | _sampling,
)
_plain = st.builds(ColumnState, adapter=_names)

states: st.SearchStrategy[State] = st.one_of(
    st.builds(
        CompareState,
        columns=st.lists(_columns, max_size=4).map(tuple) | st.lists(_plain).map(tuple),
        prompt=_texts,
        system=_texts,
        sampling=_sampling,
    ),
    st.builds(BatchState, adapters=_picked, prompts=_texts, sampling=_batch_sampling),
    st.builds(
        FunctionsState,
        adapters=_picked,
        functions=_texts,
        message=_texts,
        system=_texts,
        tool_choice=st.sampled_from(["auto", "required", "none"]),
        parallel=st.booleans(),
        decoding=st.sampled_from(["off", "on", "both"]),
        sampling=_sampling,
    ),
    st.builds(AdaptersState, search=_lines),
    st.builds(MemoryState, range_s=st.sampled_from([60, 600, 3600, 86_400])),
)

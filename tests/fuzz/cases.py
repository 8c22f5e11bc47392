"""What is thrown at the properties."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.fuzz.adapters import LARGE, TEXTS, configs, damage, weights_files
from tests.fuzz.properties import CONFIG, WEIGHTS, Placed
from tests.fuzz.zips import archives

KINDS = ["file"] * 30 + ["folder", "pipe", "link", "circle", "missing"]
UPLOADED = [
    *(CONFIG, CONFIG, WEIGHTS, WEIGHTS, "w.safetensors", "a.zip", "README.md", "x.bin"),
    *("ä\n.json", f"{'n' * 200}.safetensors", "noname", ".safetensors", "a{b}.zip"),
    "Adapter_Config.JSON",
]
PARTS_OF_PATHS = [
    *("poems", "poems", "..", ".", "", "/", "{here}", "{secret}", "open", "out", "up", "circle"),
    *("linked", "~", "root", "\x00", " ", CONFIG, "x" * 300, "\ud800"),
]
PARTS_OF_ADDRESSES = [
    *(
        "hf:",
        "https://",
        "HTTP://",
        "huggingface.co",
        "hf.co",
        "/",
        "/",
        "owner",
        "repo",
        "..",
        ".",
    ),
    *("@", "main", "tree", "blob", "%2e%2e", "%2F", "?", "#", "datasets", "\\", "refs", "pr", "1"),
    *("ä", "\x00", "\n", " ", ":8080", "[", "]", "--", "a" * 90),
]
PAGE = b"https://huggingface.co/owner/repo/tree/main"

names_given = st.one_of(st.none(), st.none(), TEXTS)
paths = st.one_of(st.lists(st.sampled_from(PARTS_OF_PATHS), max_size=6).map("/".join), TEXTS)
addresses = st.one_of(
    st.lists(st.sampled_from(PARTS_OF_ADDRESSES), max_size=10).map("".join),
    st.just(PAGE).flatmap(damage).map(lambda b: b.decode("latin-1")),
    TEXTS,
)


@st.composite
def adapters(draw: st.DrawFn) -> list[Placed]:
    """The two files of an adapter."""
    data = {CONFIG: draw(configs()), WEIGHTS: draw(weights_files())}
    kinds = st.sampled_from(KINDS)
    return [Placed(name, content, draw(kinds)) for name, content in data.items()]


@st.composite
def large_adapters(draw: st.DrawFn) -> list[Placed]:
    """A config, and weights with an enormous header."""
    return [Placed(CONFIG, draw(configs())), Placed(WEIGHTS, draw(LARGE))]


@st.composite
def uploads(draw: st.DrawFn) -> list[Placed]:
    """Files as a browser may send them."""
    some = st.lists(st.sampled_from(UPLOADED), max_size=4, unique=True)
    names = draw(st.one_of(st.just([CONFIG, WEIGHTS]), st.just([CONFIG, "w.safetensors"]), some))
    content = {CONFIG: configs(), WEIGHTS: weights_files(), "a.zip": archives()}
    other, kinds = st.one_of(st.binary(max_size=50), weights_files()), st.sampled_from(KINDS)
    return [Placed(name, draw(content.get(name, other)), draw(kinds)) for name in names]


@st.composite
def zip_uploads(draw: st.DrawFn) -> list[Placed]:
    """One zip."""
    return [Placed("My adapter.zip", draw(archives()))]

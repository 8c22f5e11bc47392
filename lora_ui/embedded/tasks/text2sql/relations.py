"""Conditions that reach into other tables, and the drawing of whole subjects."""

from __future__ import annotations

from lora_ui.embedded.tasks.text2sql.conditions import drawn, either
from lora_ui.embedded.tasks.text2sql.ddl import literal
from lora_ui.embedded.tasks.text2sql.lexicon import read
from lora_ui.embedded.tasks.text2sql.query import Fragment
from lora_ui.embedded.tasks.text2sql.schemas import JOURNEY, Column, Edge, Junction, Table
from lora_ui.embedded.tasks.text2sql.subjects import Condition, Scene, Subject, name_value, named


def subject(
    scene: Scene, sizes: list[int], table: Table | None = None, joins: bool = True
) -> Subject:
    """Rows of some table under conditions; `sizes` weighs 0, 1, 2, 3 conditions."""
    rng = scene.rng
    table = table or rng.choice(
        [t for t in scene.subjects() if scene.linked(t)] or scene.subjects()
    )
    found = Subject(scene, table)
    taken: set[Column] = set()
    if sizes[1:] and rng.random() < 0.35 and (made := journey(scene, table)):
        found.conditions.append(made)
        taken |= set(made.sql.columns)
    for _ in range(rng.choices(range(len(sizes)), sizes)[0]):
        made = (
            related(scene, table) if joins and rng.random() < 0.5 and not _joined(found) else None
        )
        made = made or drawn(scene, table, taken)
        if made and not taken & set(made.sql.columns):
            found.conditions.append(made)
            taken |= set(made.sql.columns)
    if len(found.conditions) == 2 and not _joined(found) and rng.random() < 0.42:
        combined = either(*found.conditions)
        found.conditions = [combined] if combined else found.conditions
    return found


def journey(scene: Scene, table: Table) -> Condition | None:
    """ "from Boston to Denver": two columns at once."""
    start, end = (table.archetyped(key) for key in JOURNEY)
    if not start or not end:
        return None
    row = scene.rng.randrange(len(start.values))
    here, there = start.values[row], end.values[row]
    said = scene.say("is.journey", {"v": scene.value(here), "v2": scene.value(there)})
    sql = Fragment(f"{{0}} = {literal(here)} AND {{1}} = {literal(there)}", (start, end))
    return Condition(sql, post=said, vp=f"go {said}")


def _joined(found: Subject) -> bool:
    return any(
        column.table is not found.table for made in found.conditions for column in made.sql.columns
    )


def related(scene: Scene, table: Table, depth: int = 2) -> Condition | None:
    """A condition on what rows of `table` belong to."""
    rng = scene.rng
    edges = [edge for edge in scene.schema.edges if edge.child is table and edge.link]
    junction = scene.schema.junction
    if junction and table in (junction.a, junction.b):
        return paired(scene, junction, table)
    if not edges or not depth:
        return None
    edge = rng.choice(edges)
    if edge.parent.of_kind("label") and rng.random() < 0.6:
        return of_named(scene, edge, rng.choice(edge.key.values))
    return of_described(scene, edge, depth)


def of_named(scene: Scene, edge: Edge, parent_id: int) -> Condition:
    """ "written by Jane Austen": the children of one parent."""
    assert edge.link
    assert edge.parent.thing
    rng, row = scene.rng, parent_id - 1
    value = scene.value(name_value(edge.parent, row))
    patterns = [*edge.link.by, *(pattern for pattern in edge.link.named if pattern != "{p}'s")]
    by = rng.choice(patterns).format(p=value)
    if rng.random() < 0.12 and "'" not in value:
        by = (
            by.replace(value, f"{edge.parent.thing.nouns[0][0]} {value}")
            if f"{value} " not in by
            else by
        )
    possessive = f"{value}'s" if "{p}'s" in edge.link.named and not scene.quote else None
    return Condition(named(edge.parent, row), post=by, vp=be(by), possessive=possessive)


def of_described(scene: Scene, edge: Edge, depth: int) -> Condition | None:
    """ "written by authors from France": the children of certain parents."""
    assert edge.link
    parents = Subject(scene, edge.parent)
    inner = related(scene, edge.parent, depth - 1) if scene.rng.random() < 0.4 else None
    inner = inner or drawn(scene, edge.parent, set(edge.parent.of_kind("label")))
    if not inner:
        return None
    parents.conditions.append(inner)
    by = scene.rng.choice(edge.link.by).format(p=parents.phrase())
    return Condition(inner.sql, post=by, vp=be(by))


GRAMMAR = read("grammar")
PARTICIPLES: dict[str, str] = GRAMMAR["participles"]
LASTING = frozenset(GRAMMAR["lasting"].split())


def be(by: str) -> str | None:
    """A modifier as a verb phrase ("were written by …"); None where that sounds wrong."""
    first, _, rest = by.partition(" ")
    if first in ("who", "that"):
        return rest
    if first in PARTICIPLES:
        return f"{PARTICIPLES[first]} {rest}"
    if first in ("of", "with", "under"):
        return None
    done = first.endswith(("ed", "en", "de", "ung", "ld", "ght", "own")) and first not in LASTING
    return f"{'were' if done else 'are'} {by}"


def paired(scene: Scene, junction: Junction, table: Table) -> Condition | None:
    """ "enrolled in Biology": rows linked to one named row on the other side."""
    other = junction.b if table is junction.a else junction.a
    key = next(
        edge.key
        for edge in scene.schema.edges
        if edge.child is junction.table and edge.parent is other
    )
    if not other.of_kind("label"):
        return None
    row = scene.rng.choice(key.values) - 1
    patterns = junction.pair.a_of if table is junction.a else junction.pair.b_of
    by = scene.rng.choice(patterns).format(p=scene.value(name_value(other, row)))
    return Condition(named(other, row), post=by, vp=be(by))


def children_phrase(scene: Scene, edge: Edge) -> Subject | None:
    """Children under a condition of their own, for "authors who wrote horror books"."""
    made = drawn(scene, edge.child, set(edge.child.of_kind("label")))
    return Subject(scene, edge.child, [made]) if made else None

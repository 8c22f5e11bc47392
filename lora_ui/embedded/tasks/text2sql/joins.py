"""What people ask across tables: per parent, with or without children, who belongs to whom."""

from __future__ import annotations

from lora_ui.embedded.tasks.text2sql.aggregates import call, function_for, measured, words_for
from lora_ui.embedded.tasks.text2sql.conditions import drawn
from lora_ui.embedded.tasks.text2sql.groups import EDGES, aggregate_bound, count_bound
from lora_ui.embedded.tasks.text2sql.intents import Draft, draft, projectable, superlatives
from lora_ui.embedded.tasks.text2sql.measures import Spoken, threshold
from lora_ui.embedded.tasks.text2sql.query import ROWS, Fragment, Query, plain
from lora_ui.embedded.tasks.text2sql.relations import children_phrase, of_named
from lora_ui.embedded.tasks.text2sql.schemas import Edge
from lora_ui.embedded.tasks.text2sql.subjects import Scene, Subject, name_value, named


def linked_edge(scene: Scene) -> Edge | None:
    """A foreign key that people have words for."""
    edges = [edge for edge in scene.schema.edges if edge.link]
    return scene.rng.choice(edges) if edges else None


def edge_slots(scene: Scene, edge: Edge) -> dict[str, str | None]:
    """The slots for an edge: c, cs its children, p, ps its parents, and the verb between them."""
    assert edge.link
    assert edge.parent.thing
    base, past, participle = edge.link.verb
    child, children = scene.noun(edge.child)
    parent, parents = scene.noun(edge.parent)
    label, labels = Subject(scene, edge.parent).label_nouns()
    own, owns = Subject(scene, edge.child).label_nouns()
    slots: dict[str, str | None] = {
        **{"c": child, "cs": children, "p": parent, "ps": parents, "a_c": f"a {child}"},
        **{"pname": label, "pnames": labels, "cname": own, "cnames": owns},
        "whop": "who" if edge.parent.thing.person else "that",
        "its": "their" if edge.parent.thing.person else "its",
        "cits": "their" if edge.child.thing and edge.child.thing.person else "its",
        "person": "" if edge.parent.thing.person else None,
        "pvpp": _passive(scene, edge),
    }
    if base != "have":
        slots |= {"base": base, "past": past, "vpp": participle}
    return slots


def _passive(scene: Scene, edge: Edge) -> str | None:
    """What the children, being events, did to the parents, unless these are people."""
    words = (
        scene.lexicon.passive.get(edge.link.child, ())
        if edge.link and edge.link.verb[0] == "have"
        else ()
    )
    return (
        scene.rng.choice(words)
        if words and edge.parent.thing and not edge.parent.thing.person
        else None
    )


def parent_query(edge: Edge) -> Query:
    """The parents' names, one row per parent with children."""
    assert edge.parent.id
    return Query(edge.child, tuple(map(plain, edge.parent.labels)), group=(edge.parent.id,))


def childless(scene: Scene) -> Draft | None:
    """Parents without children, or with at least one."""
    edge = linked_edge(scene)
    if not edge or not edge.parent.id or not edge.parent.of_kind("label"):
        return None
    roll = scene.rng.random()
    word = "IN" if roll < 0.14 else "NOT IN"
    term = Fragment(
        f"{{0}} {word} (SELECT {edge.key.name} FROM {edge.child.name})", (edge.parent.id,)
    )
    slots = edge_slots(scene, edge)
    query = Query(edge.parent, tuple(map(plain, edge.parent.labels)), (term,))
    if scene.rng.random() < 0.18:
        slots, query = certain_parents(scene, edge, slots, query)
    if roll > 0.86:
        return draft(scene, "join.count_none", slots, query.but(select=(ROWS,)))
    return draft(scene, "join.some" if word == "IN" else "join.none", slots, query)


def with_certain_children(scene: Scene) -> Draft | None:
    """Parents with a child that meets a condition, each once."""
    edge = linked_edge(scene)
    if not edge or not edge.parent.of_kind("label") or not edge.parent.id:
        return None
    children = children_phrase(scene, edge)
    if not children:
        return None
    slots = edge_slots(scene, edge) | {"c_np": children.phrase()}
    if scene.rng.random() < 0.2:
        counted = Fragment("COUNT(DISTINCT {0})", (edge.parent.id,))
        return draft(scene, "join.count_many", slots, Query(edge.child, (counted,), children.where))
    return draft(
        scene,
        "join.many",
        slots,
        Query(edge.child, tuple(map(plain, edge.parent.labels)), children.where, distinct=True),
    )


def count_of_one(scene: Scene) -> Draft | None:
    """How many children one named parent has."""
    edge = linked_edge(scene)
    if not edge or not edge.parent.of_kind("label"):
        return None
    row = scene.rng.choice(edge.key.values)
    made = of_named(scene, edge, row)
    slots = edge_slots(scene, edge) | {
        "x": scene.value(name_value(edge.parent, row - 1)),
        "by_x": made.post,
    }
    return draft(scene, "join.count_of", slots, Query(edge.child, (ROWS,), (made.sql,)))


def per_parent(scene: Scene) -> Draft | None:
    """The number of children per parent, its extremes and bounds."""
    edge = linked_edge(scene)
    if not edge or not edge.parent.id or not edge.parent.of_kind("label"):
        return None
    slots, query = edge_slots(scene, edge), parent_query(edge)
    form = scene.rng.choices(["per", "zero", "having", "most", "topn"], [34, 10, 24, 26, 6])[0]
    if form != "zero" and scene.rng.random() < 0.2:
        slots, query = certain(scene, edge, slots, query)
    if form == "zero":
        assert edge.child
        counted = Fragment("COUNT({0})", (edge.child.id or edge.key,))
        return draft(
            scene,
            "join.per_zero",
            slots,
            query.but(base=edge.parent, select=(*query.select, counted), outer=edge),
        )
    if form == "having":
        words, sign = count_bound(scene)
        if "<" in sign:
            return None
        return draft(
            scene,
            "join.having",
            slots | {"cnt": words, "times": f"{words} times" if "or more" not in words else None},
            query.but(having=Fragment(f"COUNT(*) {sign}")),
        )
    if form == "most":
        return draft(scene, "join.most", slots, query.but(order=((ROWS, True),), limit=1))
    if form == "topn":
        k = scene.rng.choice([2, 3])
        return draft(
            scene, "join.topn", slots | {"k": str(k)}, query.but(order=((ROWS, True),), limit=k)
        )
    query = query.but(select=(*query.select, ROWS))
    if scene.rng.random() < 0.14:
        return draft(
            scene,
            "join.per",
            slots,
            query.but(order=((ROWS, True),)),
            str(scene.say("group.sortdesc", {})),
        )
    return draft(scene, "join.per", slots, query)


def certain(
    scene: Scene, edge: Edge, slots: dict[str, str | None], query: Query
) -> tuple[dict[str, str | None], Query]:
    """Only children, or only parents, that meet a condition, where the phrases can say so."""
    if scene.rng.random() < 0.5:
        return certain_parents(scene, edge, slots, query)
    children = children_phrase(scene, edge)
    if not children:
        return slots, query
    said = {key: text for key, text in slots.items() if key not in ("c", "a_c", "pvpp")}
    return said | {"cs": children.phrase()}, query.but(where=children.where)


def certain_parents(
    scene: Scene, edge: Edge, slots: dict[str, str | None], query: Query
) -> tuple[dict[str, str | None], Query]:
    """Only parents that meet a condition: "customers from Berlin without orders"."""
    made = drawn(scene, edge.parent, set(edge.parent.of_kind("label")))
    if not made:
        return slots, query
    parents = Subject(scene, edge.parent, [made])
    said = {key: text for key, text in slots.items() if key not in ("person", "pvpp")}
    said |= {"p": parents.phrase("singular"), "ps": parents.phrase()}
    return said, query.but(where=(*parents.where, *query.where))


def date_per_parent(scene: Scene) -> Draft | None:
    """When each parent's first or last child was."""
    edge = linked_edge(scene)
    columns = edge.child.of_kind("date") if edge else []
    if not edge or not columns or not edge.parent.of_kind("label"):
        return None
    column, last = scene.rng.choice(columns), scene.rng.random() < 0.75
    slots, query = edge_slots(scene, edge), parent_query(edge)
    slots |= {"noun": scene.noun_of(column), "edge": scene.rng.choice(EDGES[last])}
    made = call("MAX" if last else "MIN", column)
    return draft(scene, "join.date", slots, query.but(select=(*query.select, made)))


def aggregate_per_parent(scene: Scene) -> Draft | None:
    """An aggregate over each parent's children."""
    edge = linked_edge(scene)
    column = measured(scene, edge.child) if edge else None
    if not edge or not column or not edge.parent.of_kind("label"):
        return None
    function = function_for(scene, column)
    am = words_for(scene, function, column)
    slots, query = edge_slots(scene, edge) | {"am": am, "a_am": f"a {am}"}, parent_query(edge)
    form = scene.rng.choices(["per", "best", "having", "topn"], [58, 22, 12, 8])[0]
    if scene.rng.random() < 0.15:
        slots, query = certain(scene, edge, slots, query)
        if any(column in part.columns for part in query.where):
            return None
    if form == "topn" and function in ("AVG", "SUM"):
        k = scene.rng.choice([2, 3, 3, 5])
        query = query.but(order=((call(function, column), True),), limit=k)
        return draft(scene, "join.topagg", slots | {"k": str(k)}, query)
    if form == "best" and function in ("AVG", "SUM"):
        return draft(
            scene,
            "join.best_agg",
            slots,
            query.but(order=((call(function, column), True),), limit=1),
        )
    if form == "having":
        words, sign = aggregate_bound(scene, column, function)
        return draft(
            scene,
            "join.having_agg",
            slots | {"than": words},
            query.but(having=Fragment(f"{function}({{0}}) {sign}", (column,))),
        )
    return draft(
        scene, "join.agg_per", slots, query.but(select=(*query.select, call(function, column)))
    )


def parent_of_one(scene: Scene) -> Draft | None:
    """Whom a named child belongs to, or something about that parent."""
    edge = linked_edge(scene)
    if (
        not edge
        or not edge.link
        or not edge.child.of_kind("label")
        or not edge.parent.of_kind("label")
    ):
        return None
    row = scene.rng.randrange(len(edge.key.values))
    x = scene.value(name_value(edge.child, row))
    slots = edge_slots(scene, edge) | {"x": x}
    where = (named(edge.child, row),)
    others = projectable(edge.parent)
    if others and scene.rng.random() < 0.3:
        column = scene.rng.choice(others)
        return draft(
            scene,
            "join.parent_attr",
            slots | {"pcol": scene.noun_of(column)},
            Query(edge.child, (plain(column),), where),
        )
    if edge.link.who:
        slots["whoask"] = scene.rng.choice(edge.link.who).format(x=x)
    return draft(
        scene,
        "join.parent_of",
        slots,
        Query(edge.child, tuple(map(plain, edge.parent.labels)), where),
    )


def parent_of_extreme(scene: Scene) -> Draft | None:
    """ "Who wrote the longest book?"""
    edge = linked_edge(scene)
    columns = (
        [c for c in edge.child.of_kind("int", "real", "date", "year") if not c.nullable]
        if edge
        else []
    )
    if not edge or not columns or not edge.parent.of_kind("label"):
        return None
    column, down = scene.rng.choice(columns), scene.rng.random() < 0.7
    facts = superlatives(scene, column, down)
    if not facts or not facts["sup"]:
        return None
    query = Query(
        edge.child, tuple(map(plain, edge.parent.labels)), order=((plain(column), down),), limit=1
    )
    return draft(
        scene, "join.parent_of_top", edge_slots(scene, edge) | {"csup": facts["sup"]}, query
    )


def with_parent(scene: Scene) -> Draft | None:
    """Children next to their parents' names."""
    edge = linked_edge(scene)
    if not edge or not edge.child.labels or not edge.parent.of_kind("label"):
        return None
    children = children_phrase(scene, edge) if scene.rng.random() < 0.3 else None
    children = children or Subject(scene, edge.child)
    slots = edge_slots(scene, edge)
    if not edge.child.of_kind("label"):
        slots["cname"], slots["cnames"] = "id", "ids"
    slots["c_np"] = children.phrase()
    phrase = scene.book.pick(
        scene.rng,
        "join.with_parent",
        {key: text for key, text in slots.items() if text is not None},
    )
    if phrase is None or (children.conditions and "c_np" not in phrase.slots):
        return None
    if not edge.child.of_kind("label") and not phrase.slots & {"cname", "cnames"}:
        return None
    query = Query(
        edge.child,
        (*map(plain, edge.child.labels), *map(plain, edge.parent.labels)),
        children.where,
    )
    return Draft(
        phrase.kind,
        phrase.text.format_map({key: text for key, text in slots.items() if text is not None}),
        query,
    )


def spending(scene: Scene) -> Draft | None:
    """What customers spent: sums of their orders' amounts."""
    rng = scene.rng
    edges = [
        e
        for e in scene.schema.edges
        if e.link
        and e.link.child in ("order", "payment", "booking")
        and e.link.parent in ("customer", "guest", "passenger")
    ]
    options = [
        (e, c)
        for e in edges
        for c in e.child.of_kind("real", "int")
        if c.archetype and c.archetype.tag == "amount"
    ]
    if not options:
        return None
    edge, column = rng.choice(options)
    slots, total = edge_slots(scene, edge), call("SUM", column)
    query = parent_query(edge)
    form = rng.choice(["spend", "spend", "most", "over", "one"])
    if form == "most":
        return draft(scene, "join.spend_most", slots, query.but(order=((total, True),), limit=1))
    if form == "over":
        bound = int(threshold(rng, sorted(column.values), False) * 1.5)
        slots["v"] = Spoken(scene, column).slots(bound)["v"]
        return draft(
            scene,
            "join.spend_over",
            slots,
            query.but(having=Fragment(f"SUM({{0}}) > {bound}", (column,))),
        )
    if form == "one":
        row = rng.choice(edge.key.values) - 1
        slots["x"] = scene.value(name_value(edge.parent, row))
        return draft(
            scene, "join.spend_one", slots, Query(edge.child, (total,), (named(edge.parent, row),))
        )
    return draft(scene, "join.spend", slots, query.but(select=(*query.select, total)))

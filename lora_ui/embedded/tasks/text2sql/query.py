"""A query as data, written out in one canonical style.

One table: bare column names. Several: every column is qualified by its table, and the joins start
at the table whose foreign keys lead to all others:
`FROM child JOIN parent ON child.fk = parent.id`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import combinations

from lora_ui.embedded.tasks.text2sql.schemas import Column, Edge, Schema, Table


@dataclass(frozen=True)
class Fragment:
    """A piece of SQL; {0}, {1}, … stand for columns."""

    sql: str
    columns: tuple[Column, ...] = ()


def plain(column: Column) -> Fragment:
    """A column by itself."""
    return Fragment("{0}", (column,))


ROWS = Fragment("COUNT(*)")


@dataclass(frozen=True)
class Query:
    """A SELECT over `base` and whatever tables its fragments mention."""

    base: Table
    select: tuple[Fragment, ...]
    where: tuple[Fragment, ...] = ()
    distinct: bool = False
    group: tuple[Column, ...] = ()
    group_sql: Fragment | None = None
    having: Fragment | None = None
    order: tuple[tuple[Fragment, bool], ...] = ()
    """(what, descending?) pairs."""
    limit: int | None = None
    offset: int = 0
    outer: Edge | None = None
    """A foreign key to follow backwards by LEFT JOIN, so that parents without children stay."""

    def but(self, **changes: object) -> Query:
        """A copy with changes."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def fragments(self) -> list[Fragment]:
        """Everything that may mention a column."""
        extra = [part for part in (self.group_sql, self.having) if part]
        return [
            *self.select,
            *self.where,
            *extra,
            *(what for what, _ in self.order),
            Fragment("", self.group),
        ]


@dataclass
class Writer:
    """Writes queries against one schema."""

    schema: Schema
    tables: list[Table] = field(default_factory=list)

    def write(self, query: Query) -> str:
        """The query's text, without a semicolon."""
        mentioned = {column.table for part in query.fragments() for column in part.columns} | {
            query.base
        }
        source = self._outer(query.outer) if query.outer else self._source(mentioned)
        words = [
            "SELECT DISTINCT" if query.distinct else "SELECT",
            ", ".join(map(self._sql, query.select)),
            "FROM",
            source,
        ]
        if query.where:
            words += ["WHERE", " AND ".join(map(self._sql, query.where))]
        if query.group or query.group_sql:
            keys = [self._name(column) for column in query.group]
            words += [
                "GROUP BY",
                ", ".join(keys + ([self._sql(query.group_sql)] if query.group_sql else [])),
            ]
        if query.having:
            words += ["HAVING", self._sql(query.having)]
        if query.order:
            words += [
                "ORDER BY",
                ", ".join(
                    self._sql(what) + (" DESC" if down else "") for what, down in query.order
                ),
            ]
        if query.limit is not None:
            words.append(
                f"LIMIT {query.limit}" + (f" OFFSET {query.offset}" if query.offset else "")
            )
        return " ".join(words)

    def _outer(self, edge: Edge) -> str:
        self.tables = [edge.parent, edge.child]
        return f"{edge.parent.name} LEFT JOIN {edge.child.name} ON {self._on(edge)}"

    def _source(self, mentioned: set[Table]) -> str:
        self.tables, edges = self._path(mentioned)
        return " ".join(
            [
                self.tables[0].name,
                *(f"JOIN {edge.parent.name} ON {self._on(edge)}" for edge in edges),
            ]
        )

    def _path(self, mentioned: set[Table]) -> tuple[list[Table], list[Edge]]:
        """The fewest tables that hold all mentioned ones together, childmost first."""
        others = [table for table in self.schema.tables if table not in mentioned]
        for extra in range(len(others) + 1):
            for more in combinations(others, extra):
                wanted = mentioned | set(more)
                for root in sorted(wanted, key=self.schema.tables.index):
                    edges = self._reach(root, wanted)
                    if len(edges) == len(wanted) - 1:
                        return [root, *(edge.parent for edge in edges)], edges
        raise ValueError("the tables of a query do not hang together")

    def _reach(self, root: Table, wanted: set[Table]) -> list[Edge]:
        """The foreign keys that lead from `root` to the wanted tables."""
        edges: list[Edge] = []
        reached = [root]
        for table in reached:
            for edge in self.schema.edges:
                if edge.child is table and edge.parent in wanted and edge.parent not in reached:
                    edges.append(edge)
                    reached.append(edge.parent)
        return edges

    def _on(self, edge: Edge) -> str:
        assert edge.parent.id
        return f"{edge.child.name}.{edge.key.name} = {edge.parent.name}.{edge.parent.id.name}"

    def _sql(self, part: Fragment) -> str:
        text = part.sql
        for i, column in enumerate(part.columns):
            text = text.replace(f"{{{i}}}", self._name(column))
        return text

    def _name(self, column: Column) -> str:
        return column.name if len(self.tables) < 2 else f"{column.table.name}.{column.name}"

"""What is drawn of a Graph: boxes, arrows and the layers around them, in no particular format.

Here it is decided what a picture shows: scope calls below a certain depth become one box each,
and a graph that is still too large is cut off, which the picture then says. The renderers (text,
DOT) decide only how it looks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal, NamedTuple

from autograd_lite.graph import Graph, Kind, Node, ScopeCall
from autograd_lite.graph.labels import printable
from autograd_lite.visualize import words

__all__ = ["Arrow", "Box", "Direction", "Picture", "picture"]

LONGEST_NAME = 40
DIRECTIONS = ("down", "right")

Direction = Literal["down", "right"]

# Operations whose arguments can be exchanged.
SYMMETRIC = {
    *("add", "multiply", "maximum", "minimum", "fmax", "fmin", "hypot", "logaddexp", "logaddexp2"),
    *("equal", "not_equal", "logical_and", "logical_or", "logical_xor"),
    *("bitwise_and", "bitwise_or", "bitwise_xor"),
}


class Box(NamedTuple):
    """A node, a scope call drawn as one ("layer"), or all that was left out ("rest").

    Attributes:
        id: "#7" for node 7, "@2" for scope call 2, "..." for the rest.
        kind: the node's kind, or "layer", or "rest".
        title: the node's label, the layer's name.
        shape: of the node, or of what comes out of the layer.
        value: the value, where it is one number.
        gradient: the gradient, or for an array the mean of its absolute values.
        remark: why there is no gradient, where one might look for it.
        contents: how many nodes are inside.
        details: all that is known, on several lines.
        scope: the scope call that it is drawn in.
        result: whether a result that was asked for is (in) it.
    """

    id: str
    kind: Kind | Literal["layer", "rest"]
    title: str
    shape: str = ""
    value: str = ""
    gradient: str = ""
    remark: str = ""
    contents: str = ""
    details: str = ""
    scope: int | None = None
    result: bool = False


class Arrow(NamedTuple):
    """A use of the box `source` by the box `target`.

    Attributes:
        source: the id of the box that is used.
        target: the id of the box that uses it.
        gradient: whether gradients flow back along it.
        argument: which argument of the operation it is, counted from 1, where that matters.
    """

    source: str
    target: str
    gradient: bool
    argument: int | None = None


class Picture(NamedTuple):
    """What is drawn.

    Attributes:
        boxes: in the order of computation.
        arrows: by target, in the order of its arguments.
        scopes: the scope calls to draw around boxes, under the titles to show; outer ones first.
        summary: one line that says how large the computation is.
        notes: what the picture does not show, and why.
        has_gradients: whether gradients of the result were computed.
        direction: where the computation flows, "down" or "right".
    """

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    scopes: tuple[ScopeCall, ...]
    summary: str
    notes: tuple[str, ...]
    has_gradients: bool
    direction: Direction


def picture(graph: Graph, depth: int | None, limit: int, direction: Direction) -> Picture:
    """Choose what to draw of a graph.

    Args:
        graph: the computation.
        depth: how many levels of nested scopes are opened; those below are one box each. None:
            as many as the limit allows.
        limit: the largest number of boxes.
        direction: where the computation flows, "down" or "right".

    Raises:
        TypeError, ValueError: if depth or limit is not such a number, or for another direction.
    """
    if direction not in DIRECTIONS:
        raise ValueError(f"direction is 'down' or 'right', got {direction!r}")
    _require_count("limit", limit, at_least=1)
    if depth is not None:
        _require_count("depth", depth, at_least=0)
    return _Chosen(graph, depth, limit).picture(direction)


def _require_count(name: str, value: object, at_least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} is an integer, got {value!r}")
    if value < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {value}")


class _Chosen:
    """The choice, while it is made. Boxes go by numbers here: a node by its id, a scope call by
    its id counted on from the last node, the rest by the number after that.
    """

    def __init__(self, graph: Graph, depth: int | None, limit: int) -> None:
        self.graph = graph
        self.levels = _levels(graph.scopes)
        self.titles = _titles(graph.scopes)
        self.automatic = depth is None
        self.depth = self._fitting_depth(limit) if depth is None else depth
        self.box_of = self._collapsed()
        self.outputs = {self.box_of[i] for i in graph.outputs}
        self.rest = len(graph.nodes) + len(graph.scopes)
        boxes = len(set(self.box_of))
        if boxes > limit:
            near = self._nearest(max(limit - 1, 1))  # one is for the rest
            self.box_of = [box if box in near else self.rest for box in self.box_of]
            self.left_out = boxes - len(near)
        else:
            self.left_out = 0

    def _fitting_depth(self, limit: int) -> int:
        """The largest depth that gives no more boxes than the limit; 0 if none does."""
        scopes_at = Counter(self.levels)
        nodes_at = Counter(self._level(node) for node in self.graph.nodes)
        opened = nodes_at[-1]
        fitting = 0
        for depth in range(max(self.levels, default=-1) + 2):
            if opened + scopes_at[depth] <= limit:
                fitting = depth
            opened += nodes_at[depth]
        return fitting

    def _level(self, node: Node) -> int:
        return -1 if node.scope is None else self.levels[node.scope]

    def _collapsed(self) -> list[int]:
        """For each node the box that it is in: itself, or a scope call at the chosen depth."""
        first = len(self.graph.nodes)
        box_of_scope: list[int | None] = []
        for scope, level in zip(self.graph.scopes, self.levels, strict=True):
            above = None if scope.parent is None else box_of_scope[scope.parent]
            box_of_scope.append(first + scope.id if level == self.depth else above)
        chosen = []
        for node in self.graph.nodes:
            box = None if node.scope is None else box_of_scope[node.scope]
            chosen.append(node.id if box is None else box)
        return chosen

    def _nearest(self, limit: int) -> set[int]:
        """The boxes that the fewest arrows separate from a result."""
        inputs: dict[int, list[int]] = {}
        for source, target, _ in self.graph.edges:
            inputs.setdefault(self.box_of[target], []).append(self.box_of[source])
        near = sorted(self.outputs)[:limit]
        seen = set(near)
        for box in near:  # grows while it is read
            for x in inputs.get(box, ()):
                if len(near) == limit:
                    return seen
                if x not in seen:
                    seen.add(x)
                    near.append(x)
        return seen

    def picture(self, direction: Direction) -> Picture:
        members: dict[int, list[Node]] = {}
        for node in self.graph.nodes:
            members.setdefault(self.box_of[node.id], []).append(node)
        # What a box hands on is its last node, so that is its place in the order.
        order = sorted(members, key=lambda box: (box != self.rest, members[box][-1].id))
        boxes = tuple(self._box(box, members[box]) for box in order)
        return Picture(
            boxes,
            self._arrows(),
            self._drawn_scopes(box.scope for box in boxes),
            words.contents(self.graph.nodes),
            tuple(self._notes(members)),
            self.graph.no_gradients is None,
            direction,
        )

    def _box(self, box: int, members: list[Node]) -> Box:
        last = members[-1]
        result = box in self.outputs
        if box == self.rest:
            title = f"{len(members):,} more"
            return Box(self._name(box), "rest", title, contents=words.contents(members))
        if box == last.id:
            return Box(
                self._name(box),
                last.kind,
                last.label,
                words.shape(last),
                words.value(last),
                words.gradient(last),
                self._remark(last),
                details=words.details(last),
                scope=last.scope,
                result=result,
            )
        scope = self.graph.scopes[box - len(self.graph.nodes)]
        return Box(
            self._name(box),
            "layer",
            self.titles[scope.id],
            words.shape(last),
            words.value(last),
            words.gradient(last),
            self._remark(last),
            contents=words.contents(members),
            details=f"{self.titles[scope.id]}: {words.contents(members)}\n{words.details(last)}",
            scope=scope.parent,
            result=result,
        )

    def _remark(self, node: Node) -> str:
        """As `words.remark`; where no gradients were computed at all, only parameters say so."""
        if self.graph.no_gradients is not None and node.kind != "parameter":
            return ""
        return words.remark(node)

    def _name(self, box: int) -> str:
        if box == self.rest:
            return "..."
        first = len(self.graph.nodes)
        return f"#{box}" if box < first else f"@{box - first}"

    def _arrows(self) -> tuple[Arrow, ...]:
        """One for each use of a node; one in all between a layer and what it uses."""
        nodes = len(self.graph.nodes)
        arrows: list[Arrow] = []
        drawn: set[tuple[int, int]] = set()
        ordered = self._ordered()
        for edge in self.graph.edges:
            source, target = self.box_of[edge.source], self.box_of[edge.target]
            single = source < nodes and target < nodes
            if source == target or target == self.rest or (source, target) in drawn:
                continue
            if not single:
                drawn.add((source, target))
            ends = (self.graph.nodes[edge.source], self.graph.nodes[edge.target])
            gradient = all(node.requires_grad for node in ends)
            argument = edge.position + 1 if edge.target in ordered and target < nodes else None
            arrows.append(Arrow(self._name(source), self._name(target), gradient, argument))
        return tuple(arrows)

    def _ordered(self) -> set[int]:
        """The operations of several arrays whose order matters."""
        uses = Counter(edge.target for edge in self.graph.edges)
        return {
            node
            for node, count in uses.items()
            if count > 1 and self.graph.nodes[node].operation not in SYMMETRIC
        }

    def _drawn_scopes(self, used: Iterable[int | None]) -> tuple[ScopeCall, ...]:
        drawn: set[int] = set()
        for scope in used:
            while scope is not None and scope not in drawn:
                drawn.add(scope)
                scope = self.graph.scopes[scope].parent
        return tuple(
            ScopeCall(i, self.titles[i], self.graph.scopes[i].parent) for i in sorted(drawn)
        )

    def _notes(self, members: dict[int, list[Node]]) -> Iterable[str]:
        if self.graph.no_gradients is not None:
            yield f"gradients not computed: {self.graph.no_gradients}"
        nodes = len(self.graph.nodes)
        layers = [box for box in members if nodes <= box < self.rest]
        if layers:
            inside = sum(len(members[box]) for box in layers)
            more = "limit=" if self.automatic else "depth="
            yield (
                f"{inside:,} of {nodes:,} nodes are inside {words.counted(len(layers), 'layer')} "
                f"drawn as one box (depth={self.depth}); a larger {more} opens them"
            )
        if self.left_out:
            yield (
                f"only the {len(members) - 1:,} boxes nearest to the result are drawn, "
                f"{self.left_out:,} are left out; a larger limit= draws more, and parts of the "
                "computation under ag.scope(name) can be drawn as one box each"
            )


def _levels(scopes: tuple[ScopeCall, ...]) -> list[int]:
    """For each scope call, how many others are around it."""
    levels: list[int] = []
    for scope in scopes:
        levels.append(0 if scope.parent is None else levels[scope.parent] + 1)
    return levels


def _titles(scopes: tuple[ScopeCall, ...]) -> list[str]:
    """For each scope call its name, counted where the same part holds several of that name."""
    calls = Counter((scope.parent, scope.name) for scope in scopes)
    seen: Counter[tuple[int | None, str]] = Counter()
    titles = []
    for scope in scopes:
        key = (scope.parent, scope.name)
        seen[key] += 1
        title = printable(scope.name, LONGEST_NAME)
        titles.append(f"{title}, call {seen[key]} of {calls[key]}" if calls[key] > 1 else title)
    return titles

"""The picture of a Graph: boxes, arrows and the layers around them, in no particular format.

Here it is decided what a picture shows: scope calls below a certain depth become one box each,
and a graph that is still too large is cut off, which the picture then says. The renderers (text,
DOT) decide only how it looks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from autograd_lite.graphs import Graph, Kind, Node, ScopeCall
from autograd_lite.graphs.labels import printable
from autograd_lite.visualize import words
from autograd_lite.visualize.groups import Group, repetitions
from autograd_lite.visualize.heat import Heatmap, heatmap
from autograd_lite.visualize.options import Direction, Options
from autograd_lite.visualize.repeats import repeats

LONGEST_NAME = 40
ONE_SLIDE = 24  # boxes; a model of more opens with layers closed
MANY = 40  # boxes; of more, repeated operations are folded

# Operations whose arguments can be exchanged.
SYMMETRIC = {
    *("add", "multiply", "maximum", "minimum", "fmax", "fmin", "hypot", "logaddexp", "logaddexp2"),
    *("equal", "not_equal", "logical_and", "logical_or", "logical_xor"),
    *("bitwise_and", "bitwise_or", "bitwise_xor"),
}


class Box(NamedTuple):
    """A node, a scope call drawn as one ("layer"), or all that was left out ("rest"); in a picture
    of layers, not of nodes, a layer with nothing to open ("leaf").

    Attributes:
        id: "#7" for node 7, "@2" for scope call 2, "*0" for the first repetition, "..." for the
            rest.
        kind: the node's kind, or "layer", "leaf" or "rest".
        title: the node's label, the layer's name.
        shape: of the node, or of what comes out of the layer.
        value: the value, where it is one number.
        gradient: the gradient, or for an array the mean of its absolute values.
        remark: why there is no gradient, where one might look for it.
        contents: how many nodes are inside.
        details: all that is known, on several lines.
        scope: the scope call that it is drawn in.
        result: whether a result that was asked for is (in) it.
        statistics: minimum, mean and maximum, of values and of gradients.
        values: the values of an array.
        gradients: its gradients.
    """

    id: str
    kind: Kind | Literal["layer", "leaf", "rest"]
    title: str
    shape: str = ""
    value: str = ""
    gradient: str = ""
    remark: str = ""
    contents: str = ""
    details: str = ""
    scope: int | None = None
    result: bool = False
    statistics: tuple[str, ...] = ()
    values: Heatmap | None = None
    gradients: Heatmap | None = None


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
    """The boxes, arrows and frames that are drawn.

    Attributes:
        boxes: in the order of computation.
        arrows: by target, in the order of its arguments.
        scopes: the scope calls to draw around boxes, under the titles to show; outer ones first.
        summary: one line that says how large the computation is.
        notes: what the picture does not show, and why.
        has_gradients: whether gradients of the result are shown.
        direction: where the computation flows, "down" or "right".
        result: the symbol of the result, of which the gradients are.
    """

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    scopes: tuple[ScopeCall, ...]
    summary: str
    notes: tuple[str, ...]
    has_gradients: bool
    direction: Direction
    result: str = "result"


def identifier(box: str) -> str:
    """A box's id as a name without special characters, for languages that want one."""
    return {"#": "node", "@": "layer", "*": "block"}.get(box[0], "rest") + box[1:].strip(".")


def picture(graph: Graph, options: Options) -> Picture:
    """Choose what to draw of a graph."""
    return _Chosen(graph, options).picture()


class _Chosen:
    """The choice, while it is made. Boxes go by numbers here: a node by its id, a scope call by
    its id counted on from the last node, the rest by the number after that, and repetitions by
    those that follow.

    Attributes:
        box_of: for each node the box that it is in.
        layer_of: the same before identical layers in a row were merged into one box.
        runs: the layers that such a box stands for.
        blocks: the repeated operations that a box stands for.
    """

    def __init__(self, graph: Graph, options: Options) -> None:
        self.graph = graph
        self.options = options
        self.levels = _levels(graph.scopes)
        self.titles = _titles(graph.scopes)
        depth = options.depth
        most = min(options.limit, ONE_SLIDE) if options.fits_a_slide else options.limit
        self.depth = self._fitting_depth(most) if depth is None else depth
        self.box_of = self.layer_of = self._collapsed()
        self.runs = self._fold() if options.fold else {}
        self.rest = len(graph.nodes) + len(graph.scopes)
        self.blocks = self._fold_repetitions() if options.fold else {}
        self.outputs = {self.box_of[i] for i in graph.outputs}
        boxes = len(set(self.box_of))
        if boxes > options.limit:
            near = self._nearest(max(options.limit - 1, 1))  # one is for the rest
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

    def _fold(self) -> dict[int, list[int]]:
        """Merge identical layers in a row into one box, the last one's."""
        runs = {run[-1]: run for run in repeats(self.graph, self.box_of)}
        last_of = {layer: last for last, run in runs.items() for layer in run}
        self.box_of = [last_of.get(box, box) for box in self.box_of]
        return runs

    def _fold_repetitions(self) -> dict[int, Group]:
        """Make one box of operations that are repeated, where there are too many boxes."""
        blocks: dict[int, Group] = {}
        if len(set(self.box_of)) <= (MANY if self.options.fits_a_slide else self.options.limit):
            return blocks
        for group in repetitions(self.graph):
            nodes = group.nodes()
            if any(self.box_of[i] != i or i in self.graph.outputs for i in nodes):
                continue  # within a closed layer, or looked at
            box = self.rest + 1 + len(blocks)
            blocks[box] = group
            for i in nodes:
                self.box_of[i] = box
        return blocks

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

    def picture(self) -> Picture:
        members: dict[int, list[Node]] = {}
        for node in self.graph.nodes:
            members.setdefault(self.box_of[node.id], []).append(node)
        # The output of a box is its last node, which gives its place in the order.
        order = sorted(members, key=lambda box: (box != self.rest, members[box][-1].id))
        boxes = tuple(self._box(box, members[box]) for box in order)
        return Picture(
            boxes,
            self._arrows(),
            self._drawn_scopes(box.scope for box in boxes),
            words.contents(self.graph.nodes),
            tuple(self._notes(members)),
            self.graph.no_gradients is None and "gradients" in self.options.show,
            self.options.direction,
            self._result(),
        )

    def _result(self) -> str:
        symbols = [words.symbol(self.graph.nodes[i]) for i in self.graph.outputs[:1]]
        return next(filter(None, symbols), "result")

    def _box(self, box: int, members: list[Node]) -> Box:
        last = members[-1]
        if box == self.rest:
            title = f"{len(members):,} more"
            return Box(self._name(box), "rest", title, contents=words.contents(members))
        if box in self.blocks:
            return self._block(box, members)
        if box == last.id:
            drawn = Box(self._name(box), last.kind, self._node_title(last), scope=last.scope)
            details = words.details(last)
        else:
            scope = self.graph.scopes[box - len(self.graph.nodes)]
            title, contents = self._layer_title(box), self._contents(box, members)
            drawn = Box(self._name(box), "layer", title, contents=contents, scope=scope.parent)
            details = f"{title}: {contents}\n{words.details(last)}"
        return drawn._replace(details=details, result=box in self.outputs, **self._shown(last))

    def _block(self, box: int, members: list[Node]) -> Box:
        """Operations that are repeated; the numbers are those of the last one."""
        last, group = members[-1], self.blocks[box]
        title = f"{printable(group.title, LONGEST_NAME)} ×{group.repeats:,}"
        contents = words.contents(members)
        drawn = Box(self._name(box), "layer", title, contents=contents, scope=last.scope)
        details = f"{title}: {contents}\n{words.details(last)}"
        return drawn._replace(details=details, **self._shown(last))

    def _shown(self, node: Node) -> dict[str, Any]:
        """Return what is shown of a node's array, as fields of its box."""
        show = self.options.show
        fields: dict[str, Any] = {}
        if "shapes" in show:
            fields["shape"] = words.shape(node)
        if "values" in show:
            fields["value"] = words.value(node)
            fields["values"] = heatmap(node.sample, node.value)
        if "gradients" in show:
            fields["gradient"] = words.gradient(node)
            fields["remark"] = self._remark(node)
            fields["gradients"] = heatmap(node.gradient_sample, node.gradient)
        if "statistics" in show:
            fields["statistics"] = words.statistics(node, "gradients" in show)
        return fields

    def _node_title(self, node: Node) -> str:
        """A node's label; "kernel" alone for what is named "dense/kernel" and stands in "dense"."""
        if node.scope is None:
            return node.label
        return node.label.removeprefix(f"{self.graph.scopes[node.scope].name}/") or node.label

    def _layer_title(self, box: int) -> str:
        scopes = [self.graph.scopes[i - len(self.graph.nodes)] for i in self.runs.get(box, [box])]
        if len(scopes) == 1:
            return self.titles[scopes[0].id]
        names = [printable(scope.name, LONGEST_NAME) for scope in (scopes[0], scopes[-1])]
        name = names[0] if names[0] == names[1] else f"{names[0]} … {names[1]}"
        return f"{name} ×{len(scopes):,}"

    def _contents(self, box: int, members: list[Node]) -> str:
        if box not in self.runs:
            return words.contents(members)
        return f"each {words.contents(x for x in members if self.layer_of[x.id] == box)}"

    def _remark(self, node: Node) -> str:
        """As `words.remark`; where no gradients were computed at all, only parameters say so."""
        if self.graph.no_gradients is not None and node.kind != "parameter":
            return ""
        return words.remark(node)

    def _name(self, box: int) -> str:
        if box == self.rest:
            return "..."
        if box > self.rest:
            return f"*{box - self.rest - 1}"
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
        if self.graph.no_gradients is not None and "gradients" in self.options.show:
            yield f"gradients not computed: {self.graph.no_gradients}"
        nodes = len(self.graph.nodes)
        layers = [box for box in members if nodes <= box < self.rest]
        if layers:
            inside = sum(len(members[box]) for box in layers)
            closed = sum(len(self.runs.get(box, [box])) for box in layers)
            more = "limit=" if self.options.depth is None else "depth="
            yield (
                f"{inside:,} of {nodes:,} nodes are inside {words.counted(closed, 'layer')} "
                f"drawn as one box (depth={self.depth}); a larger {more} opens them"
            )
        if self.blocks:
            yield "repeated operations merged (×N); numbers of the last; fold=False shows each"
        if any(box in self.runs for box in members):
            yield "identical layers merged (×N); numbers are the last one's"
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
    names = (printable(scope.name, LONGEST_NAME) for scope in scopes)
    return [f"{n}, {c}" if c else n for n, c in zip(names, words.calls(scopes), strict=True)]

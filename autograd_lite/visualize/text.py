"""A picture as text: a tree from the result down to the inputs, for a terminal."""

from __future__ import annotations

from autograd_lite.graphs.labels import printable
from autograd_lite.visualize.picture import Box, Picture

WIDEST_COLUMN = 56


def text(picture: Picture) -> str:
    """The computation as a tree, one box a line, each once.

    The result is at the top; below each line come the boxes that it was computed from. The
    longest branch goes straight down, others hang on it, so that a deep network stays narrow. The
    ids after the arrow are the operation's arguments, in order; a box that is used several times
    stands below its first use and is elsewhere only referred to by its id.
    """
    gradients = f"; gradient: ∂{picture.result}/∂line" if picture.has_gradients else ""
    lines = [
        picture.summary,
        f"result on top; ← names the inputs of a line{gradients}",
        *(f"note: {note}" for note in picture.notes),
        "",
    ]
    tree = _Tree(picture)
    paths = _scope_paths(picture)
    rows = [
        (
            lead + _what(box, tree.arguments[box.id]),
            f"{box.shape} = {box.value}".strip() if box.value else box.shape,
            box.gradient or box.remark,
            "  ".join(filter(None, _beside(box, paths[box.scope]))),
        )
        for lead, box in tree.lines()
    ]
    widths = [min(max(map(len, column)), WIDEST_COLUMN) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


class _Tree:
    """A spanning tree of the picture: every box below the first operation that used it.

    Attributes:
        arguments: for each box, the ids of the boxes it was computed from.
    """

    def __init__(self, picture: Picture) -> None:
        self.box = {box.id: box for box in picture.boxes}
        self.arguments: dict[str, list[str]] = {box.id: [] for box in picture.boxes}
        place = {box.id: i for i, box in enumerate(picture.boxes)}
        parent: dict[str, str] = {}
        for arrow in picture.arrows:
            self.arguments[arrow.target].append(arrow.source)
            known = parent.get(arrow.source)
            later = place[arrow.target] > place[arrow.source]
            if later and (known is None or place[arrow.target] < place[known]):
                parent[arrow.source] = arrow.target
        self.below = {
            box: [x for x in dict.fromkeys(arguments) if parent.get(x) == box]
            for box, arguments in self.arguments.items()
        }
        self.size = dict.fromkeys(self.box, 1)
        for box in self.box:  # inputs come first, so the size of what is below is known
            if box in parent:
                self.size[parent[box]] += self.size[box]
        self.tops = [box for box in self.box if box not in parent]

    def lines(self) -> list[tuple[str, Box]]:
        """Each box with the lines that lead to it.

        The largest branch continues in the same column, the others are indented. So a branch is
        indented at most log2(number of boxes) times, and nothing here is recursive.
        """
        found = []
        waiting = [("┌ " if self.below[top] else "─ ", "", top) for top in self.tops]
        while waiting:
            lead, column, box = waiting.pop()
            found.append((lead, self.box[box]))
            if not self.below[box]:
                continue
            straight = max(self.below[box], key=self.size.__getitem__)
            waiting.append((column + ("├ " if self.below[straight] else "└ "), column, straight))
            for side in self.below[box]:
                if side != straight:
                    branch = column + ("├──┬ " if self.below[side] else "├─── ")
                    waiting.append((branch, column + "│  ", side))
        return found


def _what(box: Box, arguments: list[str]) -> str:
    leaf = box.kind in ("input", "parameter") and box.title != box.kind
    what = f"{box.id} {box.title}" + (f" ({box.kind})" if leaf else "")
    return what + (f" ← {_ids(arguments)}" if arguments else "")


def _beside(box: Box, path: str) -> tuple[str, ...]:
    return (path, box.contents, *box.statistics, "result" * box.result)


def _ids(arguments: list[str]) -> str:
    if len(arguments) <= 6:
        return " ".join(arguments)
    return f"{' '.join(arguments[:5])} and {len(arguments) - 5} more"


def _scope_paths(picture: Picture) -> dict[int | None, str]:
    """For each scope call, the names from the outermost one to it."""
    paths: dict[int | None, str] = {None: ""}
    for scope in picture.scopes:
        path = f"{paths[scope.parent]}/{scope.name}" if scope.parent is not None else scope.name
        paths[scope.id] = printable(path, WIDEST_COLUMN)
    return paths

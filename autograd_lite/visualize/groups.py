"""The boxes of the page that can be opened: calls of layers, repeated blocks, long stretches."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from autograd_lite.graphs import Graph
from autograd_lite.visualize import words

MANY = 14  # members of a group; with more, repeated blocks become one
TOO_MANY = 40  # with more, ranges
FEWEST = 3  # repetitions of a block
FEWEST_OF_LONG = 2  # of a block of LONG members or more: of a transformer, say
LONG, LONGEST_BLOCK = 5, 12  # members


@dataclass(eq=False)
class Group:
    """A group of boxes: one frame when it is open, one box when it is closed.

    Attributes:
        title: what it is called.
        members: the ids of nodes and the groups in it, in the order of computation.
        repeats: how often its block is repeated.
        is_scope: whether it is a scope call of the graph.
        call: "call 2 of 3", for one of several calls of a layer.
    """

    title: str
    members: list[Member] = field(default_factory=list)
    repeats: int = 1
    is_scope: bool = False
    call: str = ""

    def nodes(self) -> list[int]:
        """The ids of all nodes in it, however deep."""
        found: list[int] = []
        waiting: list[Member] = [self]
        while waiting:
            member = waiting.pop()
            if isinstance(member, Group):
                waiting += member.members
            else:
                found.append(member)
        return found


Member = int | Group


def repetitions(graph: Graph) -> list[Group]:
    """The outermost blocks of operations that are repeated, other than calls of layers."""
    found: list[Group] = []
    waiting = [_Grouping(graph).root]
    for group in waiting:  # grows while it is read
        if group.repeats > 1:
            if any(graph.nodes[i].operation is not None for i in group.nodes()):
                found.append(group)
        else:
            waiting += [member for member in group.members if isinstance(member, Group)]
    return found


def groups_of(graph: Graph) -> list[Group]:
    """The groups of a graph, each before those in it; the first one holds the whole graph."""
    groups = [_Grouping(graph).root]
    for group in groups:  # grows while it is read
        groups += [member for member in group.members if isinstance(member, Group)]
    return groups


class _Grouping:
    """The groups, while they are made: the inner ones first.

    Attributes:
        root: the whole graph.
    """

    def __init__(self, graph: Graph) -> None:
        self.nodes = graph.nodes
        self.scopes = graph.scopes
        self._order: dict[Member, float] = {node.id: node.id for node in graph.nodes}
        self._marks: dict[object, int] = {}
        self._mark_of: dict[Member, int] = {}
        self._users: dict[int, list[int]] = {}
        for edge in graph.edges:
            self._users.setdefault(edge.source, []).append(edge.target)
        self.root = Group("")
        self._calls = [
            Group(scope.name, is_scope=True, call=call)
            for scope, call in zip(graph.scopes, words.calls(graph.scopes), strict=True)
        ]
        for node in graph.nodes:
            self._group(node.scope).members.append(node.id)
        for scope in reversed(graph.scopes):
            group = self._group(scope.id)
            if group.members:
                self._finish(group, scope.id)
                self._group(scope.parent).members.append(group)
        self._finish(self.root, None)

    def _group(self, scope: int | None) -> Group:
        return self.root if scope is None else self._calls[scope]

    def _finish(self, group: Group, scope: int | None) -> None:
        """Sort the members, and make fewer boxes of many."""
        for member in group.members:
            if isinstance(member, int) and self.nodes[member].operation is None:
                uses = [self._order[self._at(user, scope)] for user in self._users.get(member, ())]
                self._order[member] = min(uses, default=member + 0.5) - 0.5
        group.members.sort(key=self._order.__getitem__)
        if len(group.members) > MANY:
            folded = self._folded(group.members)
            if len(folded) > 1:  # else the group is that repetition itself
                group.members = folded
        if len(group.members) > TOO_MANY:
            group.members = self._ranges(group.members)
        self._number(group)

    def _at(self, node: int, scope: int | None) -> Member:
        """The member of a scope call that a node is, or is in; itself if it is outside."""
        member: Member = node
        around = self.nodes[node].scope
        while around != scope:
            if around is None:
                return node  # outside
            member = self._calls[around]
            around = self.scopes[around].parent
        return member

    def _number(self, group: Group) -> None:
        """Note the place of a group among others, and what it looks like."""
        self._order[group] = min(self._order[member] for member in group.members)
        self._mark(group)  # now, since those of its members are known: no deep recursion

    def _mark(self, member: Member) -> int:
        """A number that is the same for members of the same structure."""
        if member not in self._mark_of:
            if isinstance(member, Group):
                alike: object = [self._mark(inner) for inner in member.members]
            else:
                node = self.nodes[member]
                alike = (node.kind, node.operation, node.shape)
            self._mark_of[member] = self._marks.setdefault(repr(alike), len(self._marks))
        return self._mark_of[member]

    # -- fewer boxes -----------------------------------------------------------------------------

    def _folded(self, members: list[Member]) -> list[Member]:
        """Each block that is repeated as one member."""
        marks = [self._mark(member) for member in members]
        found: list[Member] = []
        start = 0
        while start < len(marks):
            period, times = _repetition(marks, start)
            block = members[start : start + period * times]
            found += [self._repeated(block, period, times)] if times > 1 else block
            start += len(block)
        return found

    def _repeated(self, members: list[Member], period: int, times: int) -> Group:
        blocks = [members[i : i + period] for i in range(0, len(members), period)]
        title = self._title(blocks[0])
        inner = members
        if period > 1:
            inner = [self._new(self._title(block), block) for block in blocks]
        return self._new(title, inner if len(inner) <= TOO_MANY else self._ranges(inner), times)

    def _ranges(self, members: list[Member]) -> list[Member]:
        size = max(20, math.ceil(len(members) / 20))
        found: list[Member] = []
        for start in range(0, len(members), size):
            part = members[start : start + size]
            title = self._title_of_range(part, start + 1)
            found.append(self._new(title, self._ranges(part) if len(part) > TOO_MANY else part))
        return found

    def _new(self, title: str, members: list[Member], repeats: int = 1) -> Group:
        group = Group(title, members, repeats)
        self._number(group)
        return group

    def _title_of_range(self, members: list[Member], first: int) -> str:
        """Its ends, "exp … mean"; or "tanh 21–40" where all is the same."""
        start, end = self._title(members[:1]), self._title(members[-1:])
        return f"{start} {first}–{first + len(members) - 1}" if start == end else f"{start} … {end}"

    def _title(self, members: list[Member]) -> str:
        """Return a title for several boxes: the operations or layers among them."""
        titles = [
            member.title if isinstance(member, Group) else self.nodes[member].operation
            for member in members
        ]
        named = [title for title in titles if title is not None] or [
            self.nodes[member].label for member in members if isinstance(member, int)
        ]
        return f"{named[0]} … {named[-1]}" if len(named) > 3 else ", ".join(named)


def _repetition(marks: list[int], start: int) -> tuple[int, int]:
    """The shortest period of what begins at `start`, and how often it is repeated."""
    for period in range(1, LONGEST_BLOCK + 1):
        end = start + period
        while end < len(marks) and marks[end] == marks[end - period]:
            end += 1
        times = (end - start) // period
        if times >= (FEWEST if period < LONG else FEWEST_OF_LONG):
            return period, times
    return 1, 1

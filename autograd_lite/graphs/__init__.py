"""The recorded computation as plain data: what every picture, replay and export reads."""

from autograd_lite.graphs.data import Contribution, Edge, Graph, Kind, Node, ScopeCall, Update
from autograd_lite.graphs.reading import graph

__all__ = ["Contribution", "Edge", "Graph", "Kind", "Node", "ScopeCall", "Update", "graph"]

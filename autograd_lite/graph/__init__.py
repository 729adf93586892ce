"""The recorded computation as plain data: what every picture, replay and export reads."""

from autograd_lite.graph.data import Contribution, Edge, Graph, Kind, Node, ScopeCall
from autograd_lite.graph.reading import graph

__all__ = ["Contribution", "Edge", "Graph", "Kind", "Node", "ScopeCall", "graph"]

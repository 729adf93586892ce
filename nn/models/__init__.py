"""Models: layers that can be compiled, trained, evaluated and used to predict."""

from nn.models.model import Model
from nn.models.sequential import Sequential

__all__ = ["Model", "Sequential"]

"""Models: layers joined to a graph or in a row."""

from ..layers.core import Input
from .copies import clone_model, model_from_json
from .model import Model
from .sequential import Sequential

__all__ = ["Input", "Model", "Sequential", "clone_model", "model_from_json"]

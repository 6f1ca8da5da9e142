"""Recurrent layers and their cells."""

from .base import RNN
from .cells import GRUCell, LSTMCell, SimpleRNNCell, StackedRNNCells
from .named import GRU, LSTM, SimpleRNN

__all__ = [
    "GRU",
    "GRUCell",
    "LSTM",
    "LSTMCell",
    "RNN",
    "SimpleRNN",
    "SimpleRNNCell",
    "StackedRNNCells",
]

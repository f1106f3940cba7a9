"""Recurrent networks from the equations: one module per chapter."""

from rnncourse.devices import device
from rnncourse.gru import GRUCell
from rnncourse.layers import GRU, LSTM, RNN
from rnncourse.lstm import LSTMCell, set_forget_bias
from rnncourse.packing import pack
from rnncourse.rnn import RNNCell, unroll

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "GRUCell",
    "LSTMCell",
    "RNNCell",
    "device",
    "pack",
    "set_forget_bias",
    "unroll",
]

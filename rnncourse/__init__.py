"""Recurrent networks from the equations: one module per chapter."""

from rnncourse.gru import GRUCell
from rnncourse.lstm import LSTMCell, set_forget_bias
from rnncourse.rnn import RNNCell, unroll

__all__ = ["GRUCell", "LSTMCell", "RNNCell", "set_forget_bias", "unroll"]

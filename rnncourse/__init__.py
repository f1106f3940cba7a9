"""Recurrent networks from the equations: one module per chapter."""

from rnncourse.rnn import RNNCell, unroll

__all__ = ["RNNCell", "unroll"]

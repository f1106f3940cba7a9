// The shapes and the parameters of a stack of recurrent layers.
"use strict"
globalThis.rnn ??= {}

rnn.stack = (() => {
  const BLOCKS = { RNN: 1, GRU: 3, LSTM: 4 }

  // one layer in one direction; `biases` 2 as torch has it, or 1
  const layer = (kind, inputs, hidden, biases) =>
    BLOCKS[kind] * (hidden * inputs + hidden * hidden + biases * hidden)

  // for each layer what it reads, what it gives and its parameters
  function layers(kind, inputs, hidden, depth, directions, biases) {
    return Array.from({ length: depth }, (_, l) => {
      const reads = l === 0 ? inputs : directions * hidden
      return {
        reads,
        gives: directions * hidden,
        parameters: directions * layer(kind, reads, hidden, biases),
      }
    })
  }

  const total = (kind, inputs, hidden, depth, directions, biases) =>
    layers(kind, inputs, hidden, depth, directions, biases).reduce(
      (sum, { parameters }) => sum + parameters,
      0,
    )

  // steps one after another that h_T of the top layer waits for, with one
  // direction; with two, each layer waits for the whole one below
  const waits = (steps, depth, directions) =>
    directions === 1 ? steps + depth - 1 : steps * depth

  return { layer, layers, total, waits }
})()

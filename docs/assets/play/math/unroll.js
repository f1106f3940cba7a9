// The simple recurrent network unrolled: its states and what it is made of.
"use strict"
globalThis.rnn ??= {}

rnn.unroll = (() => {
  // x_t of the course's three steps, and then over again
  const input = (t) => [1, 0, -1][(t - 1) % 3]

  // h_0, ..., h_T of the scalar network, W_xh = 0.5, W_hh = 0.8
  function states(T) {
    const h = [0]
    for (let t = 1; t <= T; t++)
      h.push(Math.tanh(0.5 * input(t) + 0.8 * h[t - 1]))
    return h
  }

  // with inputs of D, states of H and outputs of Q numbers
  const recurrent = (D, H, Q) => H * D + H * H + H + Q * H + Q

  // of an ordinary network with one hidden layer that reads T steps at once
  const window = (D, H, Q, T) => H * T * D + H + Q * H + Q

  return { input, states, recurrent, window }
})()

// One step of an LSTM of one unit, and many: the cell of the chapter.
"use strict"
globalThis.rnn ??= {}

rnn.gates = (() => {
  const sigma = (a) => 1 / (1 + Math.exp(-a))

  // x_t, h_{t-1}, c_{t-1} and the biases of i, f, o and the input node
  function step(x, h, c, b_i, b_f, b_o, b_c) {
    const i = sigma(x + b_i)
    const f = sigma(b_f)
    const o = sigma(x + b_o)
    const g = Math.tanh(0.5 * x + 0.8 * h + b_c)
    const cell = f * c + i * g
    return {
      i,
      f,
      o,
      g,
      kept: f * c,
      written: i * g,
      c: cell,
      h: o * Math.tanh(cell),
    }
  }

  // the same x at every step if it is held, or else only at the first
  function run(x, h, c, b_i, b_f, b_o, b_c, held, steps) {
    const found = []
    for (let t = 0; t < steps; t++) {
      const now = step(t === 0 || held ? x : 0, h, c, b_i, b_f, b_o, b_c)
      found.push(now)
      ;({ h, c } = now)
    }
    return found
  }

  return { sigma, step, run }
})()

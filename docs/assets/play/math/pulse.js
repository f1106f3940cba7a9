// What is left of a pulse in a GRU of one unit whose gates stay where they are.
"use strict"
globalThis.rnn ??= {}

rnn.pulse = (() => {
  // variant: where the reset acts, "before" or "after" W_hh and its bias
  function candidate(x, h, r, b, variant) {
    const past = variant === "before" ? 0.8 * (r * h) + b : r * (0.8 * h + b)
    return Math.tanh(0.5 * x + past)
  }

  const step = (x, h, r, z, b, variant) =>
    z * h + (1 - z) * candidate(x, h, r, b, variant)

  // x_1 = 1 and then nothing: h_0, ..., h_steps
  function run(start, r, z, b, variant, steps) {
    const h = [start]
    for (let t = 1; t <= steps; t++)
      h.push(step(t === 1 ? 1 : 0, h[t - 1], r, z, b, variant))
    return h
  }

  // how many steps after the first half of h_1 is lost; -1 if it is not
  function half(h) {
    const t = h.findIndex((v, t) => t > 1 && Math.abs(v) <= Math.abs(h[1]) / 2)
    return t < 0 ? -1 : t - 1
  }

  return { candidate, step, run, half }
})()

// The gradient of a weight of the 2-2-2 network, factor by factor.
"use strict"
globalThis.rnn ??= {}

rnn.factors = (() => {
  const sigma = (z) => 1 / (1 + Math.exp(-z))

  // w: [w1, ..., w8, b1, b2]; data: [i1, i2, target_o1, target_o2]
  function forward(w, data) {
    const [w1, w2, w3, w4, w5, w6, w7, w8, b1, b2] = w
    const [i1, i2, target_o1, target_o2] = data
    const out_h1 = sigma(w1 * i1 + w2 * i2 + b1)
    const out_h2 = sigma(w3 * i1 + w4 * i2 + b1)
    const out_o1 = sigma(w5 * out_h1 + w6 * out_h2 + b2)
    const out_o2 = sigma(w7 * out_h1 + w8 * out_h2 + b2)
    const L = (target_o1 - out_o1) ** 2 / 2 + (target_o2 - out_o2) ** 2 / 2
    return { out_h1, out_h2, out_o1, out_o2, L }
  }

  // From the loss down to weight number n, 1 to 8: each path a list of factors,
  // { of, to, value }: d of / d to.
  function paths(n, w, data) {
    const v = forward(w, data)
    const d = (of, to, value) => ({ of, to, value })
    const from = ["i1", "i2", "i1", "i2", "h1", "h2", "h1", "h2"][n - 1]
    const to = ["h1", "h1", "h2", "h2", "o1", "o1", "o2", "o2"][n - 1]
    const input = { i1: data[0], i2: data[1], h1: v.out_h1, h2: v.out_h2 }[from]
    const output = (o) => {
      const out = v[`out_${o}`]
      const target = data[o === "o1" ? 2 : 3]
      return [
        d("L", `out_${o}`, out - target),
        d(`out_${o}`, `in_${o}`, out * (1 - out)),
      ]
    }
    const last = d(`in_${to}`, `w${n}`, input)
    if (n > 4) return [[...output(to), last]]
    const out = v[`out_${to}`]
    return ["o1", "o2"].map((o) => [
      ...output(o),
      d(`in_${o}`, `out_${to}`, w[3 + Number(to[1]) + (o === "o2" ? 2 : 0)]),
      d(`out_${to}`, `in_${to}`, out * (1 - out)),
      last,
    ])
  }

  const product = (path) => path.reduce((p, factor) => p * factor.value, 1)

  return { forward, paths, product }
})()

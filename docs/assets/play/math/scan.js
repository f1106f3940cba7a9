// h_t = a_t h_{t-1} + b_t, from left to right and as a parallel scan.
"use strict"
globalThis.rnn ??= {}

rnn.scan = (() => {
  const F = [
    0.9, 0.5, 1, 0.8, -0.6, 0.9, 0.7, 1, 0.5, 0.9, -0.8, 0.6, 1, 0.9, 0.4, 0.8,
  ]
  const W = [1, 0, -1, 2, 0.5, 0, 1, -0.5, 0, 1, 0, 2, -1, 0, 0.5, 1]

  // first "later after earlier": h -> a h + b composed with an earlier one
  const combine = ([a, b], [c, d]) => [a * c, a * d + b]

  // h_1, ..., h_n, one after another
  function loop(n) {
    const h = []
    for (let t = 0; t < n; t++) h.push(F[t] * (h[t - 1] ?? 0) + W[t])
    return h
  }

  // Hillis and Steele: the pairs before any level, after the first, ...; at a
  // level each pair joins the one `reach` places before it, if there is one
  function levels(n) {
    let pairs = F.slice(0, n).map((f, t) => [f, W[t]])
    const found = [pairs]
    for (let reach = 1; reach < n; reach *= 2) {
      const before = pairs
      pairs = before.map((pair, t) =>
        t < reach ? pair : combine(pair, before[t - reach]),
      )
      found.push(pairs)
    }
    return found
  }

  // how many joins a level makes, one a number of the list
  function joins(n) {
    const found = []
    for (let reach = 1; reach < n; reach *= 2) found.push(n - reach)
    return found
  }

  return { F, W, combine, loop, levels, joins }
})()

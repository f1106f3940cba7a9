// Descent on the cliff of one unit that runs for fifty steps.
"use strict"
globalThis.rnn ??= {}

rnn.cliff = (() => {
  const sigma = (z) =>
    z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z))

  // L, dL/dw and dL/db
  function cliff(w, b) {
    let [a, da_dw, da_db] = [0.5, 0, 0]
    for (let t = 0; t < 50; t++) {
      const s = sigma(a)
      const slope = s * (1 - s)
      da_dw = s + w * slope * da_dw
      da_db = 1 + w * slope * da_db
      a = w * s + b
    }
    const s = sigma(a)
    const da = 2 * (s - 0.7) * s * (1 - s)
    return [(s - 0.7) ** 2, da * da_dw, da * da_db]
  }

  // the points [w, b, L, |g|]; the gradient is clipped at `limit`, if not null
  function descend(w, b, rate, steps, limit) {
    const points = []
    for (let k = 0; k <= steps; k++) {
      const [value, dw, db] = cliff(w, b)
      const norm = Math.sqrt(dw ** 2 + db ** 2)
      points.push([w, b, value, norm])
      const share = limit === null || norm <= limit ? 1 : limit / norm
      w -= rate * share * dw
      b -= rate * share * db
    }
    return points
  }

  return { cliff, descend }
})()

// Forecasts from a cut of a series, and how far they were from what came.
"use strict"
globalThis.rnn ??= {}

rnn.forecast = (() => {
  // What came after the cut of number k.
  function came({ cut, origins, Q }, k) {
    return cut.slice(origins[k] + 1, origins[k] + 1 + Q)
  }

  // What a model said there: "once", all the steps at once; "fed", step by
  // step, reading what it said; "next", step by step, reading what came.
  function said(data, model, how, k) {
    const m = data.models.indexOf(model)
    if (how !== "next") return data[how][m][k]
    const first = data.origins[k] - data.K + 1
    return data.next[m].slice(first, first + data.Q)
  }

  // the root of the mean square of the difference, over the first q steps
  function error(one, other, q) {
    let sum = 0
    for (let t = 0; t < q; t++) sum += (one[t] - other[t]) ** 2
    return Math.sqrt(sum / q)
  }

  // 1 - MSE / MSE of persistence over the first q steps
  function skill(data, model, how, k, q) {
    const truth = came(data, k)
    const [ours, base] = [model, "persistence"].map((name) =>
      error(said(data, name, how, k), truth, q),
    )
    return base ? 1 - (ours / base) ** 2 : 0
  }

  return { came, said, error, skill }
})()

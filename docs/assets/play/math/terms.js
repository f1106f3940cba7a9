// Every term of a gradient through time, for the scalar network of the course.
"use strict"
globalThis.rnn ??= {}

rnn.terms = (() => {
  const X = [1, 0, -1, 1, 0]
  const Y = [1, 1, 0, 0, 1]

  // h_0, ..., h_T; yhat_1, ..., yhat_T; dL/dyhat_t; the slopes phi'(a_t)
  function forward(T, W_xh, W_hh, W_hq, activation) {
    const linear = activation === "identity"
    const h = [0]
    for (let t = 1; t <= T; t++) {
      const a = W_xh * X[t - 1] + W_hh * h[t - 1]
      h.push(linear ? a : Math.tanh(a))
    }
    const y_hat = h.slice(1).map((v) => W_hq * v)
    const dy = y_hat.map((v, k) => (v - Y[k]) / T)
    const slope = h.slice(1).map((v) => (linear ? 1 : 1 - v ** 2))
    const errors = y_hat.map((v, k) => (v - Y[k]) ** 2 / 2)
    const loss = errors.reduce((sum, v) => sum + v, 0) / T
    return { h, y_hat, dy, slope, loss }
  }

  // Of dL/dW: loss j, use t, the factors from j down to the use, their product
  // and the sum so far.
  function terms(weight, T, W_xh, W_hh, W_hq, activation) {
    const { h, dy, slope } = forward(T, W_xh, W_hh, W_hq, activation)
    const found = []
    let sum = 0
    for (let j = 1; j <= T; j++)
      for (let t = weight === "hq" ? j : 1; t <= j; t++) {
        const factors = [dy[j - 1]]
        if (weight === "hq") factors.push(h[j])
        else {
          factors.push(W_hq)
          for (let k = j; k > t; k--) factors.push(slope[k - 1] * W_hh)
          factors.push(slope[t - 1], weight === "hh" ? h[t - 1] : X[t - 1])
        }
        const value = factors.reduce((p, v) => p * v, 1)
        sum += value
        found.push({ j, t, factors, value, sum })
      }
    return found
  }

  // dL/dW, from the last step to the first as automatic differentiation goes
  function gradient(weight, T, W_xh, W_hh, W_hq, activation) {
    const { h, dy, slope } = forward(T, W_xh, W_hh, W_hq, activation)
    const found = { xh: 0, hh: 0, hq: 0 }
    let da = 0
    for (let t = T; t > 0; t--) {
      da = slope[t - 1] * (W_hq * dy[t - 1] + W_hh * da)
      found.hq += dy[t - 1] * h[t]
      found.hh += da * h[t - 1]
      found.xh += da * X[t - 1]
    }
    return found[weight]
  }

  return { X, Y, forward, terms, gradient }
})()

// Five words in some order, read by a bag and by a recurrent network.
"use strict"
globalThis.rnn ??= {}

rnn.order = (() => {
  // One column a word, two numbers; the two networks have the same W_xh.
  const WORDS = [
    [0.6, -0.4],
    [1.1, 0.7],
    [-0.8, 0.9],
    [0.3, -1.0],
    [-0.7, -0.5],
  ]
  const W_XH = [
    [0.9, -0.5],
    [0.4, 0.8],
  ]
  const W_HH = [
    [0.7, -0.6],
    [0.6, 0.7],
  ]

  const times = ([[a, b], [c, d]], [x, y]) => [a * x + b * y, c * x + d * y]

  // the sum over the words of tanh(W_xh x)
  function bag(order) {
    return order
      .map((k) => times(W_XH, WORDS[k]).map(Math.tanh))
      .reduce(([a, b], [c, d]) => [a + c, b + d], [0, 0])
  }

  // h_0, ..., h_5
  function states(order) {
    const h = [[0, 0]]
    for (const k of order) {
      const [a, b] = times(W_XH, WORDS[k])
      const [c, d] = times(W_HH, h[h.length - 1])
      h.push([Math.tanh(a + c), Math.tanh(b + d)])
    }
    return h
  }

  // words k and k + 1 change places
  const swapped = (order, k) =>
    order.map((word, i) => order[i === k ? k + 1 : i === k + 1 ? k : i])

  // the next order in the dictionary's sense, `by` places further on
  function further(order, by) {
    const left = [0, 1, 2, 3, 4]
    const sizes = [24, 6, 2, 1, 1]
    const rest = [...left]
    let rank = 0
    order.forEach((word, i) => {
      rank += sizes[i] * rest.indexOf(word)
      rest.splice(rest.indexOf(word), 1)
    })
    rank = (rank + by) % 120
    return sizes.map((size) => {
      const [word] = left.splice(Math.floor(rank / size), 1)
      rank %= size
      return word
    })
  }

  return { WORDS, bag, states, swapped, further }
})()

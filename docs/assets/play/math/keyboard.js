// A predictive keyboard: a network whose weights are few whole numbers.
"use strict"
globalThis.rnn ??= {}

rnn.keyboard = (() => {
  const LEVELS = 45
  const FIRST = 35 // "#"
  const SKIPPED = 92 // the backslash
  const LETTER = String.raw`[\p{L}\p{Nl}\p{No}]`
  const TOKEN = new RegExp(
    String.raw`${LETTER}+(?:['’-]${LETTER}+)*|\p{Nd}+(?:[.,]\p{Nd}+)*` +
      String.raw`|[^\p{L}\p{N}_\s]|_`,
    "gu",
  )

  // words in small letters, numbers and signs, each a token
  const words = (text) => text.toLowerCase().match(TOKEN) ?? []

  // the tokens that are whole, and the beginning of the one being typed
  function split(text) {
    const tokens = words(text)
    const start = /\p{L}$/u.test(text) ? tokens.pop() : ""
    return { words: tokens, start }
  }

  // the whole numbers that characters stand for
  function numbers(text) {
    const found = []
    for (let k = 0; k < text.length; k++) {
      const code = text.charCodeAt(k)
      found.push(code - (code > SKIPPED ? 1 : 0) - FIRST - LEVELS)
    }
    return found
  }

  const flat = ({ scale, text }) =>
    Float64Array.from(numbers(text), (q) => scale * q)

  // the numbers of a packed matrix, as rows
  function matrix(packed) {
    const [rows, columns] = packed.shape
    const all = [...flat(packed)]
    return Array.from({ length: rows }, (_, r) =>
      all.slice(r * columns, (r + 1) * columns),
    )
  }

  // what is made from an object, once
  function once(make) {
    const made = new WeakMap()
    return (one) => {
      if (!made.has(one)) made.set(one, make(one))
      return made.get(one)
    }
  }

  const places = once((forms) => new Map(forms.map((form, k) => [form, k])))
  const wordsOf = once((forms) =>
    [...forms.keys()].filter((k) => /^\p{L}/u.test(forms[k])),
  )

  const encode = (tokens, forms) =>
    tokens.map((token) => places(forms).get(token) ?? 0)

  // W x + b
  function affine(W, b, x) {
    const found = new Float64Array(b.length)
    for (let r = 0, k = 0; r < b.length; r++) {
      let sum = b[r]
      for (let c = 0; c < x.length; c++, k++) sum += W[k] * x[c]
      found[r] = sum
    }
    return found
  }

  const sigma = (a) => 1 / (1 + Math.exp(-a))

  // each takes W_x x + b_x and W_h h + b_h, a block a gate, and the state
  const CELLS = {
    rnn: (x, h) => ({ h: x.map((a, k) => Math.tanh(a + h[k])) }),
    gru(x, h, old) {
      const H = old.h.length
      return {
        h: old.h.map((before, k) => {
          const r = sigma(x[k] + h[k])
          const z = sigma(x[H + k] + h[H + k])
          const n = Math.tanh(x[2 * H + k] + r * h[2 * H + k])
          return (1 - z) * n + z * before
        }),
      }
    },
    lstm(x, h, old) {
      const H = old.h.length
      const a = (block, k) => x[block * H + k] + h[block * H + k]
      const c = old.c.map(
        (before, k) =>
          sigma(a(1, k)) * before + sigma(a(0, k)) * Math.tanh(a(2, k)),
      )
      return { c, h: c.map((now, k) => sigma(a(3, k)) * Math.tanh(now)) }
    },
  }

  // a network unpacked, with the states of what it read last
  const unpacked = once((net) => {
    const weights = Object.fromEntries(
      Object.entries(net.weights).map(([name, one]) => [
        name,
        Array.isArray(one) ? Float64Array.from(one) : flat(one),
      ]),
    )
    const [, E] = net.weights["embedding.weight"].shape
    const [, H] = net.weights["project.weight"].shape
    const zero = { h: new Float64Array(H), c: new Float64Array(H) }
    return { weights, E, zero, read: [], states: [] }
  })

  function step(net, open, token, state) {
    const { weights: w, E } = open
    const x = w["embedding.weight"].subarray(token * E, (token + 1) * E)
    return CELLS[net.kind](
      affine(w["layer.weight_ih_l0"], w["layer.bias_ih_l0"], x),
      affine(w["layer.weight_hh_l0"], w["layer.bias_hh_l0"], state.h),
      state,
    )
  }

  // What a network remembers after the end of a paragraph and each token, and
  // P of every form after the last. What it has just read is not read again.
  function run(net, tokens) {
    const open = unpacked(net)
    const all = [1, ...tokens]
    let same = 0
    while (same < open.read.length && open.read[same] === all[same]) same++
    open.states.length = same
    for (const token of all.slice(same))
      open.states.push(
        step(
          net,
          open,
          token,
          open.states[open.states.length - 1] ?? open.zero,
        ),
      )
    open.read = all
    const { weights: w, states } = open
    const last = states[states.length - 1].h
    const e = affine(w["project.weight"], w["project.bias"], last)
    const logits = affine(w["embedding.weight"], w["readout.bias"], e)
    return {
      states: states.map(({ h, c }) => [...(c ?? h)]),
      p: softmax(logits),
    }
  }

  function softmax(logits) {
    const most = logits.reduce((a, b) => Math.max(a, b))
    const powers = [...logits].map((a) => Math.exp(a - most))
    const sum = powers.reduce((a, b) => a + b)
    return powers.map((a) => a / sum)
  }

  // P of every form after one of them, or after the end, 1
  function bigram({ single, after, discounts }, before) {
    const p = single.map(() => 1 / single.length)
    const pairs = []
    for (let k = 0; k < after[before].length; k += 2)
      pairs.push(after[before].slice(k, k + 2))
    const alone = [...single.entries()].filter(([, c]) => c)
    for (const [k, seen] of [alone, pairs].entries()) {
      if (!seen.length) break
      const total = seen.reduce((sum, [, c]) => sum + c, 0)
      const left = (discounts[k] * seen.length) / total
      for (let w = 0; w < p.length; w++) p[w] *= left
      for (const [w, c] of seen) p[w] += (c - discounts[k]) / total
    }
    return p
  }

  // the k likeliest words that begin so, none of them the unknown one
  function suggestions(p, forms, k, start) {
    const found = []
    for (const n of wordsOf(forms)) {
      if (p[n] <= p[found[k - 1]] || !forms[n].startsWith(start)) continue
      let place = found.length
      while (place && p[found[place - 1]] < p[n]) place--
      found.splice(place, 0, n)
      found.length = Math.min(found.length, k)
    }
    return found.map((n) => ({ word: forms[n], p: p[n] }))
  }

  return {
    LEVELS,
    FIRST,
    SKIPPED,
    words,
    split,
    numbers,
    matrix,
    encode,
    run,
    bigram,
    suggestions,
  }
})()

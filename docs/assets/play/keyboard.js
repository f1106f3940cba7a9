"use strict"
{
  const { fetched, html, rich, svg } = rnn
  const ROW = 22 // pixels of one token
  const ROWS = 12 // tokens shown
  const NAMES = { rnn: "RNN", gru: "GRU", lstm: "LSTM" }
  const PARAGRAPH = "¶"

  const quoted = (say, text) => say(`«${text}»`, `“${text}”`)
  const percent = (say, p) =>
    (p < 5e-4 ? "<" : "") +
    say.number(100 * Math.max(p, 1e-3), p < 0.0995 ? ".1f" : "d") +
    say("\u00a0%", "%")

  // given how the word begins
  function given(p, forms, start) {
    let total = 0
    p.forEach((v, n) => forms[n].startsWith(start) && (total += v))
    return p.map((v) => v / total)
  }

  // the text with the word that is being typed made whole
  const completed = (text, start, word) =>
    text +
    (start || /(^|[\s(«“¿¡])$/u.test(text) ? "" : " ") +
    word.slice(start.length) +
    " "

  function listed(words, say) {
    const all = words.map(
      ({ word, p }) => `${quoted(say, word)} (${percent(say, p)})`,
    )
    const last = all.pop()
    if (!all.length) return last
    return `${all.join(", ")} ${say("y", "and")} ${last}`
  }

  // Three keys, made once: what they offer changes.
  function chips(key, say) {
    const source = html("span", { class: "play-source" })
    const none = say(
      "no conoce palabra que empiece así",
      "knows no word that begins so",
    )
    const nothing = html("span", null, none)
    const keys = [0, 1, 2].map((k) => {
      const [word, share] = [html("b"), html("span", { class: "play-share" })]
      const look = { type: "button", "data-key": `${key}-${k}` }
      const node = html("button", look, word, " ", share)
      return { node, word, share }
    })
    return {
      node: html(
        "div",
        { class: "play-chips" },
        source,
        nothing,
        keys.map(({ node }) => node),
      ),
      offer(name, found, act) {
        source.textContent = name
        nothing.hidden = found.length
        keys.forEach(({ node, word, share }, k) => {
          node.hidden = !found[k]
          if (node.hidden) return
          word.textContent = found[k].word
          share.textContent = percent(say, found[k].p)
          node.ariaLabel = `${name}: ${found[k].word}, ${share.textContent}`
          node.onclick = () => act(found[k].word)
        })
      },
    }
  }

  // A row a token, a column a unit: blue below zero, orange above it.
  function heat() {
    const canvas = html("canvas", { role: "img", height: ROWS })
    const pen = canvas.getContext("2d")
    let shown = []
    function paint() {
      const paint = getComputedStyle(document.body)
      const [below, above] = [1, 2].map((k) => {
        const rgb = paint.getPropertyValue(`--series-${k}`).match(/\w\w/g)
        return parseInt(rgb.reverse().join(""), 16)
      })
      const pixels = new Uint32Array(canvas.width * ROWS) // a b g r
      shown.flat().forEach((value, k) => {
        const a = Math.round(255 * Math.min(1, Math.abs(value)))
        pixels[k] = (value > 0 ? above : below) + a * 2 ** 24
      })
      const bytes = new Uint8ClampedArray(pixels.buffer)
      pen.putImageData(new ImageData(bytes, canvas.width), 0, 0)
    }
    new MutationObserver(paint).observe(document.body, {
      attributeFilter: ["data-md-color-scheme"],
    })
    return {
      canvas,
      show(states) {
        shown = states
        canvas.width = states[0].length
        paint()
      },
    }
  }

  // One unit after each token, between its two means.
  function trace({ singular, plural }) {
    const [width, height] = [112, ROW * ROWS]
    const means = [singular, plural].map((_, k) =>
      svg("path", { "stroke-dasharray": k ? "6 3" : "2 3" }),
    )
    const [line, dots] = [svg("path"), svg("path", { class: "dots" })]
    const image = svg(
      "svg",
      { viewBox: `0 0 ${width} ${height}`, width, height, role: "img" },
      means.map((path, k) => svg("g", { class: `line s${k + 3}` }, path)),
      svg("g", { class: "line s1" }, line, dots),
    )
    return {
      image,
      show(values) {
        const all = [...values, singular, plural]
        const [from, to] = [Math.min(...all), Math.max(...all)]
        const X = (v) => 12 + ((v - from) / (to - from)) * (width - 24)
        const at = values.map((v, t) => [X(v), ROW * (t + 0.5)])
        line.setAttribute("d", rnn.way(at))
        dots.setAttribute("d", at.map((one) => `${rnn.way([one])}h0`).join(""))
        for (const [k, v] of [singular, plural].entries())
          means[k].setAttribute("d", `M${X(v)} 0V${height}`)
      },
    }
  }

  // What a network read and remembers, made once for each network.
  function picture(net, counts, map, say) {
    const { unit, singular, plural, right } = net.tracked
    const place = unit + 1
    const letter = net.kind === "lstm" ? "c" : "h"
    const share = (value) => percent(say, value / 100)
    const perplexity = (one) => say.number(one.perplexity, ".1f")
    const over = (es, en) =>
      html("span", { class: "play-over" }, rich(say(es, en)))
    const lines = Array.from({ length: ROWS }, () => html("li"))
    const line = trace(net.tracked)
    const nodes = [
      html(
        "div",
        { class: "play-states" },
        over("leído", "read"),
        over(`estado $${letter}_t$`, `state $${letter}_t$`),
        over(`su número ${place}`, `its number ${place}`),
        html("ol", { class: "play-read" }, lines),
        map.canvas,
        line.image,
      ),
      rnn.legend(
        [1, "", say(`su número ${place}`, `its number ${place}`)],
        [3, "2 3", say("media, sujeto singular", "mean, singular subject")],
        [4, "6 3", say("media, sujeto plural", "mean, plural subject")],
      ),
      rnn.facts(
        say(
          "Ese número, por sí solo, acierta si el sujeto es singular o " +
            `plural en el ${share(right)} de las oraciones nuevas. El verbo ` +
            `de la red concuerda en el ${share(net.agreement)}; el del ` +
            `bigrama, en el ${share(counts.agreement)}.`,
          "That number by itself tells a singular subject from a plural " +
            `one in ${share(right)} of new sentences. The network’s verb ` +
            `agrees in ${share(net.agreement)}; the bigram’s, in ` +
            `${share(counts.agreement)}.`,
        ),
        say(
          `Conoce el ${share(counts.coverage)} de las palabras apartadas. ` +
            `Perplejidad: ${perplexity(net)}; el bigrama, ` +
            `${perplexity(counts)}.`,
          `It knows ${share(counts.coverage)} of the held-out words. ` +
            `Perplexity: ${perplexity(net)}; the bigram, ` +
            `${perplexity(counts)}.`,
        ),
      ),
    ]
    return {
      nodes,
      show(words, known, states) {
        const values = states.map((one) => one[unit])
        const now = values.at(-1)
        lines.forEach((node, t) => {
          node.textContent = words[t] ?? ""
          node.classList.toggle("unknown", known[t] === 0)
        })
        map.show(states)
        line.show(values)
        const nearer = Math.abs(now - plural) < Math.abs(now - singular)
        const number = nearer ? "plural" : "singular"
        const H = states[0].length
        map.canvas.ariaLabel = say(
          `Los ${H} números del estado después de cada palabra`,
          `The ${H} numbers of the state after each word`,
        )
        line.image.ariaLabel = say(
          `El número ${place} del estado vale ahora ` +
            `${say.number(now, ".2f")}, más cerca del ${number}`,
          `Number ${place} of the state is now ` +
            `${say.number(now, ".2f")}, nearer to the ${number}`,
        )
      },
    }
  }

  function asleep(say, set) {
    const load = html(
      "button",
      { type: "button", "data-key": "load" },
      say("Cargar la red", "Load the network"),
    )
    load.onclick = () => set({ on: "1" })
    return {
      says: say(
        "La red y el bigrama pesan unos 150 kB. Se cargan al empezar a " +
          "escribir.",
        "The network and the bigram weigh some 150 kB. They load as soon as " +
          "writing begins.",
      ),
      show: [load],
    }
  }

  function view(state, say, set, keep) {
    const language = say("es", "en")
    const names = [
      `model-${language}-${state.kind}`,
      `model-${language}-bigram`,
    ]
    if (state.on === "0") return asleep(say, set)
    const [net, counts] = names.map(fetched)
    if (!net || !counts) return rnn.awaited(say, [net, counts])
    const math = rnn.keyboard
    const { forms } = counts
    const { words, start } = math.split(state.text)
    const numbers = math.encode(words, forms)
    const key = [state.kind, ...words].join(" ")
    const { states, ...read } = keep("read", key, () => ({
      ...math.run(net, numbers),
      other: math.bigram(counts, numbers.at(-1) ?? 1),
    }))
    const [p, other] = [read.p, read.other].map((one) =>
      given(one, forms, start),
    )
    const ours = math.suggestions(p, forms, 10, start)
    const theirs = math.suggestions(other, forms, 3, start)
    const act = (word) => set({ text: completed(state.text, start, word) })
    const name = NAMES[state.kind]
    const rows = keep("chips", "", () =>
      ["net", "bigram"].map((one) => chips(one, say)),
    )
    rows[0].offer(name, ours, act)
    rows[1].offer(say("bigrama", "bigram"), theirs, act)
    const map = keep("map", "", heat)
    const drawn = keep("picture", state.kind, () =>
      picture(net, counts, map, say),
    )
    keep("shown", key, () =>
      drawn.show(
        [PARAGRAPH, ...words].slice(-ROWS),
        [1, ...numbers].slice(-ROWS),
        states.slice(-ROWS),
      ),
    )
    const unknown = new Set(words.filter((_, t) => !numbers[t]))
    const latest = (words.length > 6 ? "… " : "") + words.slice(-6).join(" ")
    const before = words.length
      ? say(`Después de ${quoted(say, latest)}`, `After ${quoted(say, latest)}`)
      : say("Al comienzo de un párrafo", "At the beginning of a paragraph")
    const typing =
      start &&
      say(
        `, con ${quoted(say, start)} ya escrito`,
        `, with ${quoted(say, start)} already typed`,
      )
    const lacks = unknown.size
      ? say(" No conoce: ", " It does not know: ") +
        `${[...unknown].join(", ")}.`
      : ""
    const [mine, its] = [ours.slice(0, 3), theirs].map(
      (found) => listed(found, say) ?? say("nada", "nothing"),
    )
    const both = say(
      `la ${name} propone ${mine}; el bigrama, ${its}`,
      `the ${name} suggests ${mine}; the bigram, ${its}`,
    )
    return {
      says: `${before}${typing}, ${both}.${lacks}`,
      show: [
        keep("keys", "", () =>
          html(
            "div",
            { class: "play-keys" },
            rows.map(({ node }) => node),
          ),
        ),
        ...drawn.nodes,
      ],
      head: [say("palabra", "word"), name, say("bigrama", "bigram")],
      rows: ours.map(({ word, p }) => [
        word,
        say.short(p),
        say.short(other[forms.indexOf(word)]),
      ]),
    }
  }

  const OPENINGS = [
    [
      ["Los gatos…", "The cats…"],
      [
        "los gatos que vi ayer en la plaza ",
        "the cats that I saw yesterday in the square ",
      ],
    ],
    [
      ["El gato…", "The cat…"],
      [
        "el gato que vi ayer en la plaza ",
        "the cat that I saw yesterday in the square ",
      ],
    ],
    [
      ["El gradiente…", "The gradient…"],
      ["el gradiente se ", "the gradient "],
    ],
  ]

  rnn.define("keyboard", {
    title: ["¿Qué palabra sigue?", "Which word comes next?"],
    controls: {
      on: { value: "0", accepts: (v) => v === "0" || v === "1" },
      text: {
        label: ["lo que se escribe", "what is written"],
        value: "",
        typed: 200,
        begun: { on: "1" },
        accepts: (v) => typeof v === "string" && v.length <= 200,
      },
      kind: {
        label: ["red", "network"],
        value: "gru",
        options: [
          ["rnn", "RNN"],
          ["gru", "GRU"],
          ["lstm", "LSTM"],
        ],
      },
    },
    actions: OPENINGS.map(([name, words]) => [
      name,
      (_, say) => ({ on: "1", text: say(...words) }),
    ]),
    view,
  })
}

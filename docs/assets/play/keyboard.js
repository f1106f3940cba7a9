// What comes next as one writes, from the networks of the chapter on text.
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

  function chips(name, words, key, say, act) {
    return html(
      "div",
      { class: "play-chips" },
      html("span", { class: "play-source" }, name),
      words.length
        ? null
        : html(
            "span",
            null,
            say(
              "no conoce palabra que empiece así",
              "knows no word that begins so",
            ),
          ),
      words.map(({ word, p }, k) => {
        const node = html(
          "button",
          {
            type: "button",
            "data-key": `${key}-${k}`,
            "aria-label": `${name}: ${word}, ${percent(say, p)}`,
          },
          html("b", null, word),
          " ",
          html("span", { class: "play-share" }, percent(say, p)),
        )
        node.addEventListener("click", () => act(word))
        return node
      }),
    )
  }

  // A row a token, a column a unit: blue below zero, orange above it.
  function heat(states, says) {
    const wide = 2
    const canvas = html("canvas", {
      role: "img",
      "aria-label": says,
      width: wide * states[0].length,
      height: ROW * states.length,
    })
    const pen = canvas.getContext("2d")
    const paint = getComputedStyle(document.body)
    const colours = ["--series-1", "--series-2"].map((name) =>
      paint.getPropertyValue(name),
    )
    states.forEach((state, t) => {
      state.forEach((value, k) => {
        pen.fillStyle = colours[value > 0 ? 1 : 0]
        pen.globalAlpha = Math.min(1, Math.abs(value))
        pen.fillRect(wide * k, ROW * t + 1, wide, ROW - 2)
      })
    })
    return canvas
  }

  const writing = (words, known) =>
    html(
      "ol",
      { class: "play-read" },
      words.map((word, t) =>
        html("li", { class: !known[t] && "unknown" }, word),
      ),
    )

  // One unit after each token, between its two means.
  function trace(values, { singular, plural }, says) {
    const [width, height] = [112, ROW * values.length]
    const all = [...values, singular, plural]
    const [from, to] = [Math.min(...all), Math.max(...all)]
    const X = (v) => 12 + ((v - from) / (to - from)) * (width - 24)
    const Y = (t) => ROW * (t + 0.5)
    const points = values.map((v, t) => [X(v), Y(t)])
    return svg(
      "svg",
      {
        viewBox: `0 0 ${width} ${height}`,
        width,
        height,
        role: "img",
        "aria-label": says,
      },
      [singular, plural].map((v, k) =>
        svg(
          "g",
          { class: `line s${k + 3}` },
          svg("path", {
            d: `M${X(v)} 0V${height}`,
            "stroke-dasharray": k ? "6 3" : "2 3",
          }),
        ),
      ),
      svg(
        "g",
        { class: "line s1" },
        svg("path", {
          d: `M${points
            .map((p) => p.map((c) => c.toFixed(1)).join(" "))
            .join("L")}`,
        }),
        points.map(([cx, cy]) => svg("circle", { cx, cy, r: 3.5 })),
      ),
    )
  }

  function waiting(state, say, set, missing) {
    const load = html(
      "button",
      { type: "button", "data-key": "load" },
      say("Cargar la red", "Load the network"),
    )
    load.addEventListener("click", () => set({ on: "1" }))
    const size = say(
      "La red y el bigrama pesan unos 150 kB. Se cargan al empezar a escribir.",
      "The network and the bigram weigh some 150 kB. They load as soon as " +
        "writing begins.",
    )
    const failed = say(
      "La red no se pudo cargar. Conviene volver a abrir la página.",
      "The network could not be loaded. Opening the page again may help.",
    )
    const on = state.on === "1"
    return {
      waits: on && !missing,
      says: missing
        ? failed
        : on
          ? say("Cargando la red…", "Loading the network…")
          : size,
      show: on ? [] : [load],
      head: [say("palabra", "word"), "P"],
      rows: [],
    }
  }

  function view(state, say, set) {
    const language = say("es", "en")
    const names = [
      `model-${language}-${state.kind}`,
      `model-${language}-bigram`,
    ]
    const [net, counts] = state.on === "1" ? names.map(fetched) : []
    if (!net || !counts)
      return waiting(state, say, set, net === null || counts === null)
    const math = rnn.keyboard
    const { forms } = counts
    const { words, start } = math.split(state.text)
    const numbers = math.encode(words, forms)
    const { states, p } = math.run(net, numbers)
    const other = math.bigram(counts, numbers.at(-1) ?? 1)
    const ours = math.suggestions(p, forms, 10, start)
    const theirs = math.suggestions(other, forms, 3, start)
    const act = (word) => set({ text: completed(state.text, start, word) })
    const name = NAMES[state.kind]
    const unknown = new Set(words.filter((_, t) => !numbers[t]))
    const { unit, singular, plural, right } = net.tracked
    const shown = states.slice(-ROWS)
    const values = shown.map((one) => one[unit])
    const [now, place, H] = [values.at(-1), unit + 1, states[0].length]
    const read = [PARAGRAPH, ...words].slice(-ROWS)
    const known = [1, ...numbers].slice(-ROWS)
    const nearer = Math.abs(now - plural) < Math.abs(now - singular)
    const number = nearer ? "plural" : "singular"
    const letter = state.kind === "lstm" ? "c" : "h"
    const n = (v) => say.number(v, ".2f")
    const share = (value) => percent(say, value / 100)
    const perplexity = (one) => say.number(one.perplexity, ".1f")
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
    const nothing = say("nada", "nothing")
    return {
      says: say(
        `${before}${typing}, la ${name} propone ` +
          `${listed(ours.slice(0, 3), say) ?? nothing}; el bigrama, ` +
          `${listed(theirs, say) ?? nothing}.${lacks}`,
        `${before}${typing}, the ${name} suggests ` +
          `${listed(ours.slice(0, 3), say) ?? nothing}; the bigram, ` +
          `${listed(theirs, say) ?? nothing}.${lacks}`,
      ),
      show: [
        html(
          "div",
          { class: "play-keys" },
          chips(name, ours.slice(0, 3), "net", say, act),
          chips(say("bigrama", "bigram"), theirs, "bigram", say, act),
        ),
        html(
          "div",
          { class: "play-states" },
          html("span", { class: "play-over" }, say("leído", "read")),
          html(
            "span",
            { class: "play-over" },
            rich(say(`estado $${letter}_t$`, `state $${letter}_t$`)),
          ),
          html(
            "span",
            { class: "play-over" },
            rich(say(`su número ${place}`, `its number ${place}`)),
          ),
          writing(read, known),
          heat(
            shown,
            say(
              `Los ${H} números del estado después de cada palabra`,
              `The ${H} numbers of the state after each word`,
            ),
          ),
          trace(
            values,
            net.tracked,
            say(
              `El número ${place} del estado vale ahora ${n(now)}, ` +
                `más cerca del ${number}`,
              `Number ${place} of the state is now ${n(now)}, ` +
                `nearer to the ${number}`,
            ),
          ),
        ),
        rnn.legend(
          [
            1,
            "",
            say(
              `el número ${place} del estado`,
              `number ${place} of the state`,
            ),
          ],
          [
            3,
            "2 3",
            say(
              "su media, sujeto en singular",
              "its mean, subject in the singular",
            ),
          ],
          [
            4,
            "6 3",
            say(
              "su media, sujeto en plural",
              "its mean, subject in the plural",
            ),
          ],
        ),
        html(
          "ul",
          { class: "play-formulas" },
          html(
            "li",
            null,
            say(
              "Ese número, solo, dice bien el del sujeto en el " +
                `${share(right)} de las oraciones nuevas. El verbo que ` +
                `propone la red concuerda en el ${share(net.agreement)}; ` +
                `el del bigrama, en el ${share(counts.agreement)}.`,
              "That number alone is right about the subject in " +
                `${share(right)} of new sentences. The verb that the network ` +
                `suggests agrees in ${share(net.agreement)}; that of the ` +
                `bigram, in ${share(counts.agreement)}.`,
            ),
          ),
          html(
            "li",
            null,
            say(
              `Conoce el ${share(counts.coverage)} de las palabras ` +
                "apartadas. " +
                `Perplejidad: ${perplexity(net)}; el bigrama, ` +
                `${perplexity(counts)}.`,
              `It knows ${share(counts.coverage)} of the held-out words. ` +
                `Perplexity: ${perplexity(net)}; the bigram, ` +
                `${perplexity(counts)}.`,
            ),
          ),
        ),
      ],
      head: [say("palabra", "word"), name, say("bigrama", "bigram")],
      rows: ours.map(({ word, p: chance }) => [
        word,
        say.number(chance, ".4f"),
        say.number(other[forms.indexOf(word)], ".4f"),
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
          ["rnn", "RNN", "RNN"],
          ["gru", "GRU", "GRU"],
          ["lstm", "LSTM", "LSTM"],
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

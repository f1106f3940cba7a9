"use strict"
{
  const { drawing, html, label, svg } = rnn
  const WORDS = {
    es: ["Ana", "vino", "pero", "no", "Luis"],
    en: ["Ana", "came", "but", "not", "Luis"],
  }
  const FIRST = "01234"

  const list = (text) => [...text].map(Number)

  function plane(title, says, reach, path, ghost, colour, say) {
    const [size, middle] = [230, 122]
    const X = (v) => 115 + (v / reach) * 96
    const Y = (v) => middle - (v / reach) * 96
    const last = path[path.length - 1]
    return drawing(
      size,
      size,
      says,
      rnn.heading(title),
      svg("rect", { class: "frame", x: 19, y: 26, width: 192, height: 192 }),
      svg("path", { class: "level", d: `M19 ${middle}H211M115 26V218` }),
      path.length > 1 &&
        svg(
          "g",
          { class: `line s${colour}` },
          svg("path", { d: rnn.way(path.map(([a, b]) => [X(a), Y(b)])) }),
        ),
      ghost &&
        svg("circle", {
          class: "ghost",
          cx: X(ghost[0]),
          cy: Y(ghost[1]),
          r: 8,
        }),
      path.map(([a, b], t) =>
        svg(
          "g",
          null,
          svg("circle", {
            class: `dot s${colour}`,
            cx: X(a),
            cy: Y(b),
            r: t === path.length - 1 ? 7 : 3,
          }),
          path.length > 1 &&
            t > 0 &&
            label(X(a) + 9, Y(b) - 7, t, { class: "value" }),
        ),
      ),
    )
  }

  function tokens(order, words, say, set) {
    const items = order.map((word, k) => [
      html("li", { class: "play-token" }, words[word]),
      k < order.length - 1 && html("li", null, swap(order, k, words, say, set)),
    ])
    return html("ul", { class: "play-tokens" }, items)
  }

  function swap(order, k, words, say, set) {
    const names = `${words[order[k]]}, ${words[order[k + 1]]}`
    const node = html(
      "button",
      {
        type: "button",
        "data-key": `swap-${k}`,
        "aria-label": say(`Intercambiar: ${names}`, `Swap: ${names}`),
      },
      "⇄",
    )
    node.addEventListener("click", () =>
      set({ order: rnn.order.swapped(order, k).join("") }),
    )
    return node
  }

  function view(state, say, set) {
    const math = rnn.order
    const order = list(state.order)
    const words = say(WORDS.es, WORDS.en)
    const text = order.map((k) => words[k]).join(" ")
    const bag = math.bag(order)
    const h = math.states(order)
    const last = h[5]
    const first = math.states(list(FIRST))[5]
    const moved = Math.hypot(last[0] - first[0], last[1] - first[1])
    const n = (v) => say.number(v, ".3f")
    const pair = (v) =>
      say(`(${v.map(n).join("; ")})`, `(${v.map(n).join(", ")})`)
    return {
      says: say(
        `«${text}»: la bolsa da ${pair(bag)}, como en cualquier otro orden. ` +
          `El último estado de la red recurrente es ${pair(last)}` +
          (state.order === FIRST
            ? "."
            : `, a ${n(moved)} del que deja el orden inicial.`),
        `“${text}”: the bag gives ${pair(bag)}, as in any other order. The ` +
          `last state of the recurrent network is ${pair(last)}` +
          (state.order === FIRST
            ? "."
            : `, ${n(moved)} away from the one that the initial order leaves.`),
      ),
      show: [
        tokens(order, words, say, set),
        plane(
          say("bolsa: la suma", "bag: the sum"),
          say(`La bolsa da ${pair(bag)}`, `The bag gives ${pair(bag)}`),
          2,
          [bag],
          null,
          2,
          say,
        ),
        plane(
          say(
            "red recurrente: $h_1$ … $h_5$",
            "recurrent network: $h_1$ … $h_5$",
          ),
          say(
            `El estado termina en ${pair(last)}`,
            `The state ends at ${pair(last)}`,
          ),
          1,
          h,
          first,
          1,
          say,
        ),
        rnn.facts(
          say(
            "El círculo vacío es donde termina el orden inicial.",
            "The empty circle is where the initial order ends.",
          ),
        ),
      ],
      head: ["$t$", say("palabra", "word"), "$h_{t,1}$", "$h_{t,2}$"],
      rows: h.map((v, t) => [
        String(t),
        t ? words[order[t - 1]] : "—",
        n(v[0]),
        n(v[1]),
      ]),
    }
  }

  rnn.define("order", {
    title: ["¿Importa el orden?", "Does the order matter?"],
    controls: {
      order: {
        value: FIRST,
        accepts: (text) => [...String(text)].sort().join("") === FIRST,
      },
    },
    presets: [
      [["Ana y Luis cambiados", "Ana and Luis exchanged"], { order: "41230" }],
      [["Al revés", "Backwards"], { order: "43210" }],
    ],
    actions: [
      [
        ["Mezclar", "Shuffle"],
        ({ order }) => ({ order: rnn.order.further(list(order), 53).join("") }),
      ],
    ],
    view,
  })
}

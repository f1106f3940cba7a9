"use strict"
{
  const { arrow, drawing, html, label, rich, svg } = rnn
  const W = [0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55, 0.35, 0.6]
  const PLACES = {
    i1: [34, 60],
    i2: [34, 170],
    h1: [168, 60],
    h2: [168, 170],
    o1: [302, 60],
    o2: [302, 170],
    L: [412, 115],
  }
  const EDGES = [
    ["i1", "h1"],
    ["i2", "h1"],
    ["i1", "h2"],
    ["i2", "h2"],
    ["h1", "o1"],
    ["h2", "o1"],
    ["h1", "o2"],
    ["h2", "o2"],
    ["o1", "L"],
    ["o2", "L"],
  ]

  const data = ({ i1, i2 }) => [i1, i2, 0.01, 0.99]
  const unit = (name) => name.split("_")[1]
  const tex = (name) =>
    name === "L"
      ? "L"
      : name[0] === "w"
        ? `w_${name[1]}`
        : name.replace(/_(..)/, "_{$1}")

  // Where a factor is on the graph: an edge, or a unit.
  function place({ of, to }) {
    if (of === "L") return `${unit(to)}-L`
    if (to.startsWith("w")) {
      const [from, end] = EDGES[Number(to[1]) - 1]
      return `${from}-${end}`
    }
    return unit(of) === unit(to) ? unit(of) : `${unit(to)}-${unit(of)}`
  }

  function graph(chosen, lit, now, values, say) {
    const kind = (name) =>
      name === now ? "lit now" : lit.has(name) ? "lit" : ""
    const colours = { i: 2, h: 1, o: 3, L: 4 }
    const shown = {
      i1: values.i1,
      i2: values.i2,
      h1: values.out_h1,
      h2: values.out_h2,
      o1: values.out_o1,
      o2: values.out_o2,
      L: values.L,
    }
    return drawing(
      450,
      226,
      say(
        `La red de dos entradas, dos ocultas y dos salidas, con el camino ` +
          `hasta w${chosen}`,
        `The network of two inputs, two hidden and two output units, with ` +
          `the path to w${chosen}`,
      ),
      EDGES.map(([from, to]) => {
        const name = `${from}-${to}`
        const on = lit.has(name)
        const ends = on
          ? [PLACES[to], PLACES[from]]
          : [PLACES[from], PLACES[to]]
        return arrow(...ends, { class: kind(name) }, 25)
      }),
      EDGES.slice(0, 8).map(([from, to], k) => {
        const [[x1, y1], [x2, y2]] = [PLACES[from], PLACES[to]]
        const share = y1 === y2 ? 0.5 : 0.3
        return label(
          x1 + share * (x2 - x1),
          y1 + share * (y2 - y1) - 7,
          `$w_${k + 1}$`,
          { class: k + 1 === chosen ? "weight chosen" : "weight" },
        )
      }),
      Object.entries(PLACES).map(([name, [x, y]]) =>
        svg(
          "g",
          { class: `ball s${colours[name[0]]} ${kind(name)}` },
          svg("circle", { cx: x, cy: y, r: 23 }),
          label(x, y + 4, say.number(shown[name], ".2f"), { class: "value" }),
          label(
            x,
            y + (y < 115 ? -29 : y > 115 ? 38 : -29),
            `$${name === "L" ? "L" : `${name[0]}_${name[1]}`}$`,
          ),
        ),
      ),
    )
  }

  const fraction = ({ of, to }) => `∂${tex(of)}/∂${tex(to)}`

  const found = (state) =>
    rnn.factors.paths(Number(state.weight), W, data(state))

  function view(state, say) {
    const math = rnn.factors
    const chosen = Number(state.weight)
    const paths = found(state)
    const factors = paths.flat()
    const at = factors[state.step - 1]
    const lit = new Set(factors.slice(0, state.step).map(place))
    const values = { ...state, ...math.forward(W, data(state)) }
    const totals = paths.map(math.product)
    const gradient = totals.reduce((sum, v) => sum + v, 0)
    const n = (v) => say.number(v, ".4f")
    let before = 0
    const lines = paths.map((path, k) => {
      const shown = state.step - before
      before += path.length
      return rnn.product(
        path.map((one, k) => [fraction(one), k < shown && n(one.value)]),
        shown >= path.length && say.number(totals[k], ".6f"),
      )
    })
    const left = factors.length - state.step
    const done = left === 0
    const derivative = say.number(
      gradient,
      Math.abs(gradient) < 1e-3 ? ".3e" : ".6f",
    )
    return {
      says:
        say(
          `Factor ${state.step} de ${factors.length}: ∂${at.of}/∂${at.to} = ` +
            `${n(at.value)}. `,
          `Factor ${state.step} of ${factors.length}: ∂${at.of}/∂${at.to} = ` +
            `${n(at.value)}. `,
        ) +
        (done
          ? say(
              (paths.length > 1
                ? "Los dos caminos se suman: "
                : "El producto es la derivada: ") +
                `∂L/∂w${chosen} = ${derivative}.`,
              (paths.length > 1
                ? "The two paths add up: "
                : "The product is the derivative: ") +
                `∂L/∂w${chosen} = ${derivative}.`,
            )
          : say(
              `${left === 1 ? "Falta" : "Faltan"} ${left}.`,
              `${left} to go.`,
            )),
      show: [
        graph(chosen, lit, place(at), values, say),
        lines,
        done &&
          html(
            "p",
            { class: "play-total" },
            rich(`$∂L/∂w_${chosen}$`),
            paths.length > 1
              ? ` = ${totals
                  .map((v) => say.number(v, ".6f"))
                  .join(" + ")
                  .replace("+ −", "− ")} = `
              : " = ",
            html("b", null, derivative),
          ),
      ],
      head: [
        say("camino", "path"),
        say("factor", "factor"),
        say("valor", "value"),
      ],
      rows: paths.flatMap((path, k) =>
        path.map((one) => [
          String(k + 1),
          `$${fraction(one)}$`,
          say.number(one.value, ".6f"),
        ]),
      ),
    }
  }

  const input = (k, value) => ({
    label: [`entrada $i_${k}$`, `input $i_${k}$`],
    max: 1,
    step: 0.05,
    value,
  })
  rnn.define("factors", {
    title: [
      "La regla de la cadena, factor por factor",
      "The chain rule, factor by factor",
    ],
    controls: {
      weight: {
        label: ["peso", "weight"],
        value: "5",
        options: [1, 2, 3, 4, 5, 6, 7, 8].map((k) => [
          String(k),
          `w${k}`,
          `w${k}`,
        ]),
      },
      step: {
        label: ["factor"],
        min: 1,
        value: 1,
        max: (state) => (Number(state.weight) > 4 ? 3 : 10),
        stepper: true,
      },
      i1: input(1, 0.05),
      i2: input(2, 0.1),
    },
    presets: [
      [["Todo $w_5$", "All of $w_5$"], { weight: "5", step: 3 }],
      [["Todo $w_1$", "All of $w_1$"], { weight: "1", step: 10 }],
    ],
    view,
  })
}

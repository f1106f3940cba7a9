"use strict"
{
  const { arrow, counted, drawing, html, label, product, rich, svg } = rnn
  const GAP = 92

  const sign = { xh: "W_{xh}", hh: "W_{hh}", hq: "W_{hq}" }

  // The unrolled network; the way from loss j to use t is lit.
  function graph(T, weight, { j, t }, say) {
    const X = (k) => 28 + k * GAP
    const [low, middle, high] = [196, 126, 40]
    const at = { x: low, h: middle, y: high }
    const lit = new Set([`y${j}`, `hy${j}`])
    for (let k = j; k > t; k--) lit.add(`hh${k}`).add(`h${k}`)
    lit.add(`h${t}`)
    if (weight === "hh") lit.add(`hh${t}`).add(`h${t - 1}`)
    if (weight === "xh") lit.add(`xh${t}`).add(`x${t}`)
    const edge = (name, from, to) => {
      const on = lit.has(name)
      const ends = on ? [to, from] : [from, to]
      return arrow(...ends, { class: on ? "lit" : "" }, 21)
    }
    const node = (name, x, y, text, colour) =>
      svg(
        "g",
        { class: `ball s${colour} ${lit.has(name) ? "lit" : ""}` },
        colour === 1
          ? svg("circle", { cx: x, cy: y, r: 19 })
          : svg("rect", { x: x - 19, y: y - 19, width: 38, height: 38, rx: 7 }),
        label(x, y + 5, text),
      )
    const steps = counted(T)
    const says = say(
      `La red desplegada en ${T} pasos, con el camino de la pérdida ${j} al ` +
        `uso del paso ${t}`,
      `The network unrolled over ${T} steps, with the path from loss ${j} to ` +
        `the use at step ${t}`,
    )
    return drawing(
      X(T) + 34,
      226,
      says,
      steps.map((k) => [
        edge(`hh${k}`, [X(k - 1), middle], [X(k), middle]),
        edge(`xh${k}`, [X(k), low], [X(k), middle]),
        edge(`hy${k}`, [X(k), middle], [X(k), high]),
      ]),
      [0, ...steps].map((k) => node(`h${k}`, X(k), at.h, `$h_${k}$`, 1)),
      steps.map((k) => [
        node(`x${k}`, X(k), at.x, `$x_${k}$`, 2),
        node(`y${k}`, X(k), at.y, `$ŷ_${k}$`, 3),
      ]),
    )
  }

  // The factors of a term as symbols, from the loss down to the use.
  function names(weight, { j, t }, linear) {
    if (weight === "hq") return [`∂L/∂ŷ_${j}`, `h_${j}`]
    const found = [`∂L/∂ŷ_${j}`, "W_{hq}"]
    for (let k = j; k > t; k--)
      found.push(linear ? "W_{hh}" : `(1 − h_${k}^2) W_{hh}`)
    const slope = linear ? "1" : `1 − h_${t}^2`
    return [...found, slope, weight === "hh" ? `h_{${t - 1}}` : `x_${t}`]
  }

  // Every term in its place, losses by columns and uses by rows.
  function grid(T, rows, place, say) {
    const [left, top, width, height] = [56, 40, 62, 26]
    const box = (row, k) => {
      const x = left + (row.j - 1) * width
      const y = top + (row.t - 1) * height
      const kind = k === place ? "now" : k < place ? "done" : ""
      return svg(
        "g",
        { class: `cell ${kind}` },
        svg("rect", {
          x: x + 1,
          y: y + 1,
          width: width - 2,
          height: height - 2,
          rx: 3,
        }),
        label(x + width / 2, y + 17, say.number(row.value, ".3f")),
      )
    }
    const steps = counted(T)
    return drawing(
      left + T * width + 6,
      top + T * height + 6,
      say(
        `Los ${rows.length} términos; sumados, ${place + 1}`,
        `The ${rows.length} terms; ${place + 1} of them added`,
      ),
      label(left + (T * width) / 2, 13, say("pérdida $j$", "loss $j$")),
      label(24, 31, say("uso $t$", "use $t$")),
      steps.map((k) => [
        label(left + (k - 0.5) * width, 31, k),
        label(left - 14, top + (k - 0.5) * height + 4, k),
      ]),
      rows.map(box),
    )
  }

  function view(state, say) {
    const { weight, T, W_xh, W_hh, W_hq, activation } = state
    const math = rnn.terms
    const rows = math.terms(weight, T, W_xh, W_hh, W_hq, activation)
    const place = state.term - 1
    const row = rows[place]
    const exact = math.gradient(weight, T, W_xh, W_hh, W_hq, activation)
    const n = (v) => say.number(v, ".4f")
    const name = sign[weight]
    const done = place === rows.length - 1
    const symbols = names(weight, row, activation === "identity")
    const W = `W_${weight}`
    const first = weight === "hh" && row.t === 1
    const why = first ? say(", porque h₀ = 0", ", because h₀ = 0") : ""
    return {
      says: say(
        `Término ${place + 1} de ${rows.length}: lo que la pérdida del paso ` +
          `${row.j} dice del uso de ${W} en el paso ${row.t} es ` +
          `${n(row.value)}${why}. La suma va en ${n(row.sum)}` +
          (done
            ? ": es la derivada, la misma que da la vuelta hacia atrás."
            : `, y al final será ${n(exact)}.`),
        `Term ${place + 1} of ${rows.length}: what the loss at step ${row.j} ` +
          `says about the use of ${W} at step ${row.t} is ` +
          `${n(row.value)}${why}. The sum so far is ${n(row.sum)}` +
          (done
            ? ": it is the derivative that the backward pass gives."
            : `, and in the end it will be ${n(exact)}.`),
      ),
      show: [
        graph(T, weight, row, say),
        product(
          symbols.map((symbol, k) => [symbol, n(row.factors[k])]),
          n(row.value),
        ),
        grid(T, rows, place, say),
        rnn.facts(
          [
            say("suma hasta aquí: ", "sum so far: "),
            html("b", null, n(row.sum)),
          ],
          [
            rich(`$∂L/∂${name}$`),
            say(" de una sola vuelta: ", " in one backward pass: "),
            html("b", null, n(exact)),
          ],
        ),
      ],
      head: [
        say("pérdida $j$", "loss $j$"),
        say("uso $t$", "use $t$"),
        say("término", "term"),
        say("suma", "sum"),
      ],
      rows: rows.map((one) => [
        String(one.j),
        String(one.t),
        n(one.value),
        n(one.sum),
      ]),
    }
  }

  const count = ({ weight, T }) => (weight === "hq" ? T : (T * (T + 1)) / 2)
  rnn.define("terms", {
    title: ["El gradiente, camino por camino", "The gradient, path by path"],
    controls: {
      weight: {
        label: ["derivada respecto de", "derivative with respect to"],
        value: "hh",
        options: [
          ["hh", "W_hh, el lazo", "W_hh, the loop"],
          ["xh", "W_xh, la entrada", "W_xh, the input"],
          ["hq", "W_hq, la salida", "W_hq, the output"],
        ],
      },
      T: {
        label: ["pasos $T$", "steps $T$"],
        min: 2,
        max: 5,
        value: 3,
      },
      activation: {
        label: ["activación", "activation"],
        value: "tanh",
        options: [
          ["tanh", "tanh"],
          ["identity", "identidad", "identity"],
        ],
      },
      term: {
        label: ["término", "term"],
        min: 1,
        max: count,
        value: 1,
        stepper: true,
      },
      W_xh: {
        label: ["$W_{xh}$"],
        min: -2,
        max: 2,
        step: 0.1,
        value: 0.5,
      },
      W_hh: {
        label: ["$W_{hh}$"],
        min: -2,
        max: 2,
        step: 0.1,
        value: 0.8,
      },
      W_hq: {
        label: ["$W_{hq}$"],
        min: -2,
        max: 2,
        step: 0.1,
        value: 2,
      },
    },
    presets: [
      [["El término lejano", "The distant term"], { term: 5 }],
      [["Los seis sumados", "All six added"], { term: 6 }],
      [
        ["Cinco pasos y un lazo débil", "Five steps and a weak loop"],
        { T: 5, W_hh: 0.3, term: 12 },
      ],
    ],
    view,
  })
}

"use strict"
{
  const { arrow, chart, drawing, label, legend, rich, span, svg } = rnn
  const STEPS = 20
  const bias = (name, es, en, value) => ({
    label: [`${es}, $b_${name}$`, `${en}, $b_${name}$`],
    min: -8,
    max: 8,
    step: 0.5,
    value,
  })

  // A gate from 0 to 1, or a value from -1 to 1, as a gauge.
  function gauge(x, y, value, colour, name, say, signed = false) {
    const [width, height] = [16, 56]
    const zero = signed ? y + height / 2 : y + height
    const size = (signed ? height / 2 : height) * Math.abs(value)
    return svg(
      "g",
      { class: `gauge s${colour}` },
      svg("rect", { class: "empty", x: x - 8, y, width, height, rx: 3 }),
      svg("rect", {
        class: "full",
        x: x - 8,
        width,
        height: size,
        y: value > 0 ? zero - size : zero,
      }),
      signed && svg("path", { class: "axis", d: `M${x - 11} ${zero}h22` }),
      label(x, y + height + 17, name),
      label(x, y + height + 33, say.number(value, ".2f"), { class: "value" }),
    )
  }

  function ball(x, y, name, value, colour, say) {
    return svg(
      "g",
      { class: `ball s${colour}` },
      svg("circle", { cx: x, cy: y, r: 19 }),
      label(x, y + 4, say.number(value, ".2f"), { class: "value" }),
      label(x, y - 26, name),
    )
  }

  const knot = (x, y, sign) => [
    svg("circle", { class: "knot", cx: x, cy: y, r: 10 }),
    label(x, y + 5, sign),
  ]

  function cell(state, now, say) {
    const says = say(
      `La celda en un paso: guarda ${say.number(now.kept, ".2f")}, escribe ` +
        `${say.number(now.written, ".2f")} y queda en ` +
        say.number(now.c, ".2f"),
      `The cell at one step: it keeps ${say.number(now.kept, ".2f")}, writes ` +
        `${say.number(now.written, ".2f")} and comes to ` +
        say.number(now.c, ".2f"),
    )
    const faded = (share) => ({ opacity: (0.18 + 0.82 * share).toFixed(2) })
    return drawing(
      300,
      296,
      says,
      svg("g", faded(now.f), arrow([43, 56], [92, 56], { class: "s1" })),
      svg("g", faded(now.f), arrow([112, 56], [168, 56], { class: "s1" })),
      svg("g", faded(now.i), arrow([178, 116], [178, 68], { class: "s4" })),
      arrow([189, 56], [238, 56]),
      svg("g", faded(now.o), arrow([257, 77], [257, 246], { class: "s3" })),
      svg("path", { class: "axis", d: "M102 116V67" }),
      knot(102, 56, "×"),
      knot(178, 56, "+"),
      ball(24, 56, "$c_{t-1}$", state.c, 1, say),
      ball(257, 56, "$c_t$", now.c, 1, say),
      svg("circle", { class: "ball s3", cx: 257, cy: 266, r: 19 }),
      label(257, 270, say.number(now.h, ".2f"), { class: "value" }),
      label(225, 271, "$h_t$"),
      gauge(102, 116, now.f, 1, "$f_t$", say),
      gauge(158, 116, now.i, 4, "$i_t$", say),
      gauge(200, 116, now.g, 2, "$c̃_t$", say, true),
      label(179, 149, "×"),
      svg("rect", { class: "paper", x: 245, y: 112, width: 24, height: 96 }),
      gauge(257, 116, now.o, 3, "$o_t$", say),
    )
  }

  function formulas(s, now, say) {
    const n = (value) => say.number(value, ".2f")
    const p = (value) => (value < 0 ? `(${n(value)})` : n(value))
    const lines = [
      `f_t = σ(b_f) = σ(${n(s.b_f)}) = ${n(now.f)}`,
      `i_t = σ(x_t + b_i) = σ(${n(s.x)} + ${p(s.b_i)}) = ${n(now.i)}`,
      `o_t = σ(x_t + b_o) = σ(${n(s.x)} + ${p(s.b_o)}) = ${n(now.o)}`,
      `c̃_t = tanh(${n(0.5)} x_t + ${n(0.8)} h_{t-1} + b_c) = ` +
        `tanh(${n(0.5)} · ${p(s.x)} + ${n(0.8)} · ${p(s.h)} + ` +
        `${p(s.b_c)}) = ${n(now.g)}`,
      `c_t = f_t c_{t-1} + i_t c̃_t = ${n(now.f)} · ${p(s.c)} + ` +
        `${n(now.i)} · ${p(now.g)} = ${n(now.c)}`,
      `h_t = o_t tanh(c_t) = ${n(now.o)} · tanh(${n(now.c)}) = ${n(now.h)}`,
    ]
    return rnn.facts(...lines.map((line) => rich(`$${line}$`)))
  }

  function view(state, say) {
    const { x, h, c, b_i, b_f, b_o, b_c } = state
    const held = state.input === "held"
    const steps = rnn.gates.run(x, h, c, b_i, b_f, b_o, b_c, held, STEPS)
    const [now] = steps
    const last = steps[STEPS - 1]
    const percent = say.number(100 * now.f, ".0f")
    const values = [c, h, ...steps.flatMap((one) => [one.c, one.h])]
    const n = (value) => say.number(value, ".2f")
    const points = (name, start) =>
      [start, ...steps.map((one) => one[name])].map((v, t) => [t, v])
    return {
      says: say(
        `En este paso la celda guarda el ${percent} % de lo que tenía, le ` +
          `suma ${n(now.written)} y muestra h = ${n(now.h)}. ` +
          `A los ${STEPS} pasos queda c = ${n(last.c)} y se ve ` +
          `h = ${n(last.h)}.`,
        `At this step the cell keeps ${percent}% of what it had, adds ` +
          `${n(now.written)} to it and shows h = ${n(now.h)}. ` +
          `After ${STEPS} steps it holds c = ${n(last.c)} and shows ` +
          `h = ${n(last.h)}.`,
      ),
      show: [
        cell(state, now, say),
        rnn.beside(
          chart({
            title: say("los 20 pasos", "all 20 steps"),
            says: say(
              `La celda va de ${n(c)} a ${n(last.c)} en ${STEPS} pasos`,
              `The cell goes from ${n(c)} to ${n(last.c)} in ${STEPS} steps`,
            ),
            x: {
              from: 0,
              to: STEPS,
              label: say("paso $t$", "step $t$"),
              ticks: [0, 5, 10, 15, 20],
            },
            y: span(values, say),
            levels: [0],
            series: [
              { points: points("h", h), colour: 3, dash: "5 3", dots: 2 },
              { points: points("c", c), colour: 1, dots: 2.6 },
            ],
          }),
          legend(
            [1, "", say("celda $c_t$", "cell $c_t$")],
            [3, "5 3", say("lo que se ve, $h_t$", "what is seen, $h_t$")],
          ),
        ),
        formulas(state, now, say),
      ],
      head: ["$t$", "$i_t$", "$f_t$", "$o_t$", "$c̃_t$", "$c_t$", "$h_t$"],
      rows: steps.map((one, t) => [
        String(t + 1),
        ...["i", "f", "o", "g", "c", "h"].map((key) =>
          say.number(one[key], ".3f"),
        ),
      ]),
    }
  }

  rnn.define("gates", {
    title: ["Las compuertas en marcha", "The gates at work"],
    controls: {
      x: {
        label: ["entrada $x_t$", "input $x_t$"],
        min: -2,
        max: 2,
        step: 0.1,
        value: 1,
      },
      h: {
        label: ["estado anterior $h_{t-1}$", "previous state $h_{t-1}$"],
        min: -1,
        max: 1,
        step: 0.1,
        value: 0,
      },
      c: {
        label: ["celda anterior $c_{t-1}$", "previous cell $c_{t-1}$"],
        min: -2,
        max: 2,
        step: 0.1,
        value: 0,
      },
      b_i: bias("i", "compuerta de entrada", "input gate", 0),
      b_f: bias("f", "compuerta de olvido", "forget gate", 2),
      b_o: bias("o", "compuerta de salida", "output gate", 0),
      b_c: bias("c", "nodo de entrada", "input node", 0),
      input: {
        label: ["la entrada", "the input"],
        value: "once",
        options: [
          ["once", "solo en el primer paso", "at the first step only"],
          ["held", "igual en los 20 pasos", "the same at all 20 steps"],
        ],
      },
    },
    presets: [
      [["Recordar", "Remember"], { x: 0, c: 1, b_i: -8, b_f: 8, b_o: -8 }],
      [["Olvidar", "Forget"], { x: 0, c: 1, b_i: -8, b_f: -8, b_o: -8 }],
      [["Escribir", "Write"], { x: 2, c: -1, b_i: 6, b_f: -8, b_o: -8 }],
      [["Leer", "Read"], { x: 0, c: 1, b_i: -8, b_f: 8, b_o: 8 }],
    ],
    view,
  })
}

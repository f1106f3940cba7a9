"use strict"
{
  const { arrow, chart, counted, drawing, label, legend, svg } = rnn

  function column(x, sub) {
    const ball = (y, name, colour, box) =>
      svg(
        "g",
        { class: `ball s${colour}` },
        box
          ? svg("rect", { x: x - 17, y: y - 17, width: 34, height: 34, rx: 7 })
          : svg("circle", { cx: x, cy: y, r: 18 }),
        label(x, y + 5, `$${name}_${sub}$`),
      )
    return [
      arrow([x, 188], [x, 116], { class: "s2" }, 20),
      arrow([x, 116], [x, 44], { class: "s3" }, 20),
      ball(188, "x", 2, true),
      ball(116, "h", 1),
      ball(44, "ŷ", 3, true),
    ]
  }

  // Which colour is which matrix, written on the arrows.
  const marks = (x) => [
    label(x + 10, 156, "$W_{xh}$", { class: "s2", "text-anchor": "start" }),
    label(x + 10, 84, "$W_{hq}$", { class: "s3", "text-anchor": "start" }),
  ]

  function loop(say) {
    return drawing(
      240,
      216,
      say(
        "La red con su lazo: el estado vuelve a entrar",
        "The network with its loop: the state comes back in",
      ),
      svg(
        "g",
        { class: "arrow s1" },
        svg("path", { class: "shaft", d: "M114 104C176 74 176 158 121 130" }),
        svg("path", { class: "head", d: "M114 126L123 125L120 133Z" }),
      ),
      column(100, "t"),
      marks(100),
      label(172, 121, "$W_{hh}$", { class: "s1" }),
    )
  }

  function chain(T, h, say) {
    const gap = Math.min(92, 640 / T)
    const X = (k) => 30 + k * gap
    const steps = counted(T)
    const roomy = T <= 7
    return drawing(
      Math.max(X(T) + 52, 240),
      250,
      say(
        `La cadena de ${T} pasos, con los mismos pesos en todos`,
        `The chain of ${T} steps, with the same weights at all`,
      ),
      steps.map((k) =>
        arrow([X(k - 1), 116], [X(k), 116], { class: "s1" }, 20),
      ),
      svg(
        "g",
        { class: "ball s1" },
        svg("circle", { cx: X(0), cy: 116, r: 18 }),
        label(X(0), 121, "$h_0$"),
      ),
      steps.map((k) => column(X(k), k > 9 ? `{${k}}` : k)),
      roomy && [
        label((X(0) + X(1)) / 2, 106, "$W_{hh}$", { class: "s1" }),
        marks(X(T)),
      ],
      roomy &&
        steps.map((k) =>
          label(X(k), 226, say.number(h[k], ".3f"), { class: "value" }),
        ),
      roomy && label(X(0), 226, "$h_t$"),
    )
  }

  function view({ T, D, H, Q }, say) {
    const math = rnn.unroll
    const h = math.states(Math.max(T, 1))
    const own = math.recurrent(D, H, Q)
    const other = math.window(D, H, Q, Math.max(T, 1))
    const most = math.window(D, H, Q, 12)
    const top = Math.max(most, own)
    const lengths = counted(12)
    return {
      says:
        T === 0
          ? say(
              `Plegada: un lazo y tres matrices, ${own} parámetros en total.`,
              `Folded: a loop and three matrices, ${own} parameters in all.`,
            )
          : say(
              `Desplegada en ${T} ${T === 1 ? "paso" : "pasos"}, usa en cada ` +
                `uno las mismas tres matrices: ${own} parámetros, los de ` +
                `siempre. Una red común que lea de una vez esos pasos ` +
                `tendría ${other}.`,
              `Unrolled over ${T} ${T === 1 ? "step" : "steps"}, it uses the ` +
                `same three matrices at each: ${own} parameters, as ever. An ` +
                `ordinary network that reads those steps at once would have ` +
                `${other}.`,
            ),
      show: [
        T === 0 ? loop(say) : chain(T, h, say),
        rnn.beside(
          chart({
            title: say("parámetros", "parameters"),
            says: say(
              `La red recurrente tiene ${own} con cualquier longitud`,
              `The recurrent network has ${own} at any length`,
            ),
            height: 170,
            x: {
              from: 1,
              to: 12,
              label: say("pasos $T$", "steps $T$"),
              ticks: [1, 4, 8, 12],
            },
            y: {
              from: 0,
              to: 1.08 * top,
              ticks: [0, top].map((v) => [v, say.number(v, ",d")]),
            },
            series: [
              {
                points: lengths.map((t) => [t, math.window(D, H, Q, t)]),
                colour: 2,
                dash: "5 3",
              },
              {
                points: [
                  [1, own],
                  [12, own],
                ],
                colour: 1,
              },
              T > 0 && { points: [[T, own]], colour: 1, dots: 5 },
            ],
          }),
          legend(
            [1, "", say("recurrente", "recurrent")],
            [
              2,
              "5 3",
              say("común, con $T$ pasos juntos", "ordinary, $T$ steps at once"),
            ],
          ),
        ),
      ],
      head: ["$t$", "$x_t$", "$h_t$", say("parámetros", "parameters")],
      rows: h.map((v, t) => [
        String(t),
        t ? say.number(math.input(t), "d") : "—",
        say.number(v, ".4f"),
        String(own),
      ]),
    }
  }

  const size = (letter, es, en, value) => ({
    label: [`${es} $${letter}$`, `${en} $${letter}$`],
    min: 1,
    max: 32,
    value,
  })
  rnn.define("unroll", {
    title: ["Del lazo a la cadena", "From the loop to the chain"],
    controls: {
      T: {
        label: ["pasos desplegados", "steps unrolled"],
        max: 12,
        value: 3,
        stepper: true,
      },
      D: size("D", "números por entrada", "numbers per input", 1),
      H: size("H", "unidades", "units", 4),
      Q: size("Q", "números por salida", "numbers per output", 1),
    },
    presets: [
      [["El lazo", "The loop"], { T: 0 }],
      [["12 pasos", "12 steps"], { T: 12 }],
    ],
    view,
  })
}

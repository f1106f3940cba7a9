"use strict"
{
  const { arrow, counted, drawing, label, svg } = rnn
  const GAP = 62

  function grid({ T, depth, ways }, shapes, say) {
    const both = ways === "2"
    const row = both ? 104 : 72
    const X = (t) => 104 + (t - 1) * GAP
    const bottom = 28 + depth * row
    const Y = (l) => bottom - l * row + (both ? 36 : 18)
    const steps = counted(T)
    const levels = counted(depth)
    // which cell can be computed when: its place in the longest way to it
    const turn = (l, t, back) =>
      both ? (l - 1) * T + (back ? T - t + 1 : t) : l + t - 1
    const cell = (t, y, colour, text) =>
      svg(
        "g",
        { class: `ball s${colour}` },
        svg("circle", { cx: X(t), cy: y, r: 15 }),
        label(X(t), y + 5, text),
      )
    return drawing(
      X(T) + 32,
      bottom + 44,
      say(`${depth} capas sobre ${T} pasos`, `${depth} layers over ${T} steps`),
      levels.map((l) => {
        const [fore, back] = [Y(l), Y(l) - 38]
        return [
          svg("rect", {
            class: "band",
            x: 78,
            width: X(T) - 54,
            rx: 8,
            y: both ? back - 20 : fore - 20,
            height: both ? 78 : 40,
          }),
          label(
            4,
            both ? back + 12 : fore - 4,
            say(`capa ${l}`, `layer ${l}`),
            { "text-anchor": "start" },
          ),
          label(
            4,
            (both ? back + 12 : fore - 4) + 18,
            `${shapes[l - 1].reads} → ${shapes[l - 1].gives}`,
            { "text-anchor": "start", class: "value" },
          ),
          steps
            .slice(1)
            .map((t) => [
              arrow([X(t - 1), fore], [X(t), fore], { class: "s1" }, 17),
              both &&
                arrow([X(t), back], [X(t - 1), back], { class: "s4" }, 17),
            ]),
          steps.map((t) => [
            arrow(
              [X(t), l === 1 ? bottom + 14 : Y(l - 1) - (both ? 38 : 0)],
              [X(t), fore],
              { class: "s2" },
              18,
            ),
            cell(t, fore, 1, turn(l, t, false)),
            both && cell(t, back, 4, turn(l, t, true)),
          ]),
        ]
      }),
      steps.map((t) =>
        svg(
          "g",
          { class: "ball s2" },
          svg("rect", {
            x: X(t) - 15,
            y: bottom + 2,
            width: 30,
            height: 30,
            rx: 6,
          }),
          label(X(t), bottom + 22, `$x_${t}$`),
        ),
      ),
    )
  }

  function view(state, say) {
    const { kind, D, H, depth, T } = state
    const ways = Number(state.ways)
    const math = rnn.stack
    const shapes = math.layers(kind, D, H, depth, ways, 2)
    const total = math.total(kind, D, H, depth, ways, 2)
    const waits = math.waits(T, depth, ways)
    const width = ways * H
    const count = say.number(total, ",d")
    const n = depth * ways
    return {
      says: say(
        `${depth === 1 ? "Una capa" : `${depth} capas`} ${kind}` +
          `${ways === 2 ? " en dos direcciones" : ""}: ${count} parámetros. ` +
          `La salida tiene ${width} números por paso y el estado, ${n} ` +
          `${n === 1 ? "vector" : "vectores"} de ${H}. La última celda se ` +
          `calcula en el turno ${waits}.`,
        `${depth === 1 ? "One" : depth} ${kind} ` +
          `${depth === 1 ? "layer" : "layers"}` +
          `${ways === 2 ? " in both directions" : ""}: ${count} parameters. ` +
          `The output has ${width} numbers per step and the state is ${n} ` +
          `${n === 1 ? "vector" : "vectors"} of ${H}. The last cell is ` +
          `computed at turn ${waits}.`,
      ),
      show: [
        grid(state, shapes, say),
        rnn.facts(
          `output: (T, N, ${width}) = (${T}, N, ${width})`,
          `${kind === "LSTM" ? "h_n, c_n" : "h_n"}: (${n}, N, ${H})`,
          say(
            "En cada celda, el turno en que puede calcularse.",
            "In each cell, the turn at which it can be computed.",
          ),
        ),
      ],
      head: [
        say("capa", "layer"),
        say("lee", "reads"),
        say("da", "gives"),
        say("parámetros", "parameters"),
      ],
      rows: shapes.map((one, l) => [
        String(l + 1),
        String(one.reads),
        String(one.gives),
        say.number(one.parameters, ",d"),
      ]),
    }
  }

  rnn.define("stack", {
    title: ["Una pila de capas", "A stack of layers"],
    controls: {
      kind: {
        label: ["celda", "cell"],
        value: "LSTM",
        options: [
          ["RNN", "RNN"],
          ["GRU", "GRU"],
          ["LSTM", "LSTM"],
        ],
      },
      ways: {
        label: ["direcciones", "directions"],
        value: "1",
        options: [
          ["1", "una", "one"],
          ["2", "dos", "two"],
        ],
      },
      depth: {
        label: ["capas $L$", "layers $L$"],
        min: 1,
        max: 4,
        value: 2,
      },
      T: {
        label: ["pasos $T$", "steps $T$"],
        min: 1,
        max: 8,
        value: 5,
      },
      D: {
        label: ["números por entrada $D$", "numbers per input $D$"],
        min: 1,
        max: 64,
        value: 8,
      },
      H: {
        label: ["unidades $H$", "units $H$"],
        min: 1,
        max: 64,
        value: 16,
      },
    },
    presets: [
      [
        ["3 capas, 2 direcciones", "3 layers, 2 directions"],
        { depth: 3, ways: "2" },
      ],
    ],
    view,
  })
}

"use strict"
{
  const { chart, counted, drawing, label, legend, svg, way } = rnn
  const [LEFT, RIGHT, LOW, HIGH] = [3, 6.6, -2.8, 2.5]
  const [WIDE, TALL] = [254, 250]
  const [COLUMNS, ROWS, SHADES] = [127, 125, 20] // two pixels a cell

  const X = (w) => ((w - LEFT) / (RIGHT - LEFT)) * WIDE
  const Y = (b) => ((HIGH - b) / (HIGH - LOW)) * TALL

  // The loss as shades, computed once: one path a shade, a line a run of cells.
  let surface
  function shades() {
    if (surface) return surface
    surface = Array(SHADES).fill("")
    for (let k = 0; k < ROWS; k++) {
      const b = HIGH - ((k + 0.5) / ROWS) * (HIGH - LOW)
      const row = counted(COLUMNS).map((i) => {
        const w = LEFT + ((i - 0.5) / COLUMNS) * (RIGHT - LEFT)
        const [loss] = rnn.cliff.cliff(w, b)
        return Math.min(SHADES - 1, Math.floor(Math.sqrt(loss / 0.5) * SHADES))
      })
      let from = 0
      row.forEach((shade, i) => {
        if (row[i + 1] === shade) return
        surface[shade] += `M${2 * from} ${2 * k + 1}H${2 * i + 2}`
        from = i + 1
      })
    }
    return surface
  }

  function track(points, colour, dash) {
    const at = points.map(([w, b]) =>
      [X(w), Y(b)].map((v) => Math.max(-2000, Math.min(2000, v))),
    )
    const [cx, cy] = at[at.length - 1]
    return svg(
      "g",
      { class: `line s${colour}` },
      svg("path", {
        d: way(at),
        "stroke-dasharray": dash,
      }),
      at.map(([x, y]) => svg("circle", { cx: x, cy: y, r: 2 })),
      svg("circle", { class: "end", cx, cy, r: 5 }),
    )
  }

  function map(thrown, held, says, say) {
    return drawing(
      300,
      312,
      says,
      rnn.heading(
        say("pérdida: más color, mayor", "loss: the more colour, the higher"),
      ),
      svg(
        "svg",
        {
          x: 42,
          y: 24,
          width: WIDE,
          height: TALL,
          viewBox: `0 0 ${WIDE} ${TALL}`,
        },
        svg("rect", { class: "paper", width: WIDE, height: TALL }),
        shades().map((d, k) =>
          svg("path", {
            class: "shade",
            d,
            opacity: (((k + 0.2) / SHADES) * 0.75).toFixed(3),
          }),
        ),
        track(thrown, 2, "5 3"),
        track(held, 3, ""),
      ),
      svg("rect", { class: "frame", x: 42, y: 24, width: WIDE, height: TALL }),
      [3, 4, 5, 6].map((w) => [
        svg("path", { class: "axis", d: `M${42 + X(w)} 274v4` }),
        label(42 + X(w), 291, w),
      ]),
      [-2, -1, 0, 1, 2].map((b) => [
        svg("path", { class: "axis", d: `M42 ${24 + Y(b)}h-4` }),
        label(34, 28 + Y(b), say.number(b, "d"), { "text-anchor": "end" }),
      ]),
      label(42 + WIDE / 2, 307, say("peso $w$", "weight $w$")),
      label(12, 24 + TALL / 2, "$b$"),
    )
  }

  const outside = ([w, b]) => w < LEFT || w > RIGHT || b < LOW || b > HIGH

  function view(state, say) {
    const { w, b, rate, limit, steps } = state
    const { descend } = rnn.cliff
    const thrown = descend(w, b, rate, steps, null)
    const held = descend(w, b, rate, steps, limit)
    const [free, kept] = [thrown[steps], held[steps]]
    const n = (v) => say.number(v, ".3f")
    const largest = Math.max(...thrown.slice(0, -1).map((p) => p[3]), 0)
    const clipped = held.slice(0, -1).filter((p) => p[3] > limit).length
    const off = thrown.findIndex(outside)
    const shown = Math.max(
      0.1,
      ...thrown.map((p) => p[2]),
      ...held.map((p) => p[2]),
    )
    const top = Math.ceil(shown * 10) / 10
    return {
      says: say(
        `En ${steps} pasos sin recorte la pérdida queda en ` +
          say.short(free[2]) +
          (off >= 0 ? `; el paso ${off} sale del mapa` : "") +
          `. Con recorte en ${say.number(limit, ".2f")} queda en ` +
          `${say.short(kept[2])}: se recortó ${clipped} ` +
          `${clipped === 1 ? "vez" : "veces"}. La mayor norma que se ` +
          `encontró sin recorte es ${say.short(largest)}.`,
        `In ${steps} steps without clipping the loss comes to ` +
          say.short(free[2]) +
          (off >= 0 ? `; step ${off} leaves the map` : "") +
          `. Clipped at ${say.number(limit, ".2f")} it comes to ` +
          `${say.short(kept[2])}, having been clipped ${clipped} ` +
          `${clipped === 1 ? "time" : "times"}. ` +
          `The largest norm met without clipping is ${say.short(largest)}.`,
      ),
      show: [
        map(
          thrown,
          held,
          say(
            `Mapa de la pérdida con los dos caminos, ${steps} pasos`,
            `Map of the loss with both paths, ${steps} steps`,
          ),
          say,
        ),
        rnn.beside(
          chart({
            title: say("pérdida, paso a paso", "loss, step by step"),
            says: say(
              `La pérdida a lo largo de ${steps} pasos`,
              `The loss along ${steps} steps`,
            ),
            x: {
              from: 0,
              to: Math.max(steps, 1),
              label: say("paso", "step"),
              ticks: [0, steps],
            },
            y: {
              from: 0,
              to: top,
              ticks: [
                [0, "0"],
                [top, say.number(top, ".1f")],
              ],
            },
            series: [
              {
                points: thrown.map((p, k) => [k, p[2]]),
                colour: 2,
                dash: "5 3",
              },
              { points: held.map((p, k) => [k, p[2]]), colour: 3 },
            ],
          }),
          legend(
            [2, "5 3", say("sin recorte", "not clipped")],
            [3, "", say("con recorte", "clipped")],
          ),
        ),
      ],
      head: [
        say("paso", "step"),
        "$w$",
        "$b$",
        "$L$",
        "$|g|$",
        say("$L$ con recorte", "$L$ clipped"),
        say("$|g|$ con recorte", "$|g|$ clipped"),
      ],
      rows: thrown.map((p, k) => [
        String(k),
        n(p[0]),
        n(p[1]),
        n(p[2]),
        say.short(p[3]),
        n(held[k][2]),
        say.short(held[k][3]),
      ]),
    }
  }

  rnn.define("cliff", {
    title: ["El acantilado", "The cliff"],
    controls: {
      rate: {
        label: ["tasa de aprendizaje", "learning rate"],
        min: 0.1,
        max: 3,
        step: 0.1,
        value: 1,
      },
      limit: {
        label: ["umbral de recorte", "clipping threshold"],
        min: 0.05,
        max: 2,
        step: 0.05,
        value: 0.1,
      },
      steps: {
        label: ["pasos", "steps"],
        max: 100,
        value: 100,
        stepper: true,
      },
      w: {
        label: ["peso inicial $w$", "initial weight $w$"],
        min: 3,
        max: 6.5,
        step: 0.1,
        value: 4.3,
      },
      b: {
        label: ["sesgo inicial $b$", "initial bias $b$"],
        min: -2.8,
        max: 2.4,
        step: 0.1,
        value: -1.6,
      },
    },
    presets: [
      [["Umbral grande", "Large threshold"], { limit: 2 }],
      [["Tasa chica", "Small rate"], { rate: 0.1 }],
      [["Lejos del acantilado", "Far from the cliff"], { w: 5.5, b: -1 }],
    ],
    view,
  })
}

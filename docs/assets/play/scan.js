"use strict"
{
  const { drawing, html, label, rich, svg } = rnn

  function tree(n, level, all, say) {
    const [left, gap, top, row] = [96, 34, 34, 62]
    const X = (t) => left + t * gap
    const Y = (k) => top + k * row
    const depth = all.length - 1
    const edges = []
    for (let k = 1; k <= depth; k++)
      for (let t = 0; t < n; t++) {
        const reach = 2 ** (k - 1)
        const on = k <= level ? "on" : ""
        edges.push(
          svg("path", {
            class: `join ${on}`,
            d: `M${X(t)} ${Y(k - 1) + 9}V${Y(k) - 9}`,
          }),
        )
        if (t >= reach)
          edges.push(
            svg("path", {
              class: `join from ${on}`,
              d: `M${X(t - reach)} ${Y(k - 1) + 9}L${X(t)} ${Y(k) - 9}`,
            }),
          )
      }
    const says = say(
      `Árbol de ${depth} niveles sobre ${n} pasos; van ${level}`,
      `Tree of ${depth} levels over ${n} steps; ${level} done`,
    )
    return drawing(
      X(n - 1) + 26,
      Y(depth) + 44,
      says,
      edges,
      all.map((pairs, k) => [
        label(
          12,
          Y(k) + 5,
          k ? say(`nivel ${k}`, `level ${k}`) : say("pasos", "steps"),
          { "text-anchor": "start" },
        ),
        pairs.map((_, t) =>
          svg("circle", {
            cx: X(t),
            cy: Y(k),
            r: 9,
            class:
              k > level ? "place" : 2 ** k > t ? "place ready" : "place part",
          }),
        ),
      ]),
      label(12, 13, "$t$", { "text-anchor": "start" }),
      all[0].map((_, t) => label(X(t), 15, t + 1)),
      level === depth &&
        all[depth].map(([, h], t) =>
          label(X(t), Y(depth) + 28, say.number(h, ".1f"), { class: "value" }),
        ),
      level === depth &&
        label(12, Y(depth) + 28, "$h_t$", { "text-anchor": "start" }),
    )
  }

  const key = (kind, text) =>
    html(
      "span",
      { class: "play-key" },
      svg(
        "svg",
        { width: 22, height: 22, viewBox: "0 0 22 22", "aria-hidden": "true" },
        svg("circle", { class: `place ${kind}`, cx: 11, cy: 11, r: 9 }),
      ),
      text,
    )

  function view({ n, level }, say) {
    const math = rnn.scan
    const all = math.levels(n)
    const depth = all.length - 1
    const joins = math.joins(n)
    const work = joins.reduce((sum, v) => sum + v, 0)
    const ready = Math.min(n, 2 ** level)
    const loop = math.loop(n)
    return {
      says: say(
        `Con ${n} pasos el lazo hace ${n - 1} ` +
          `${n === 2 ? "combinación" : "combinaciones"}, una tras otra; el ` +
          `árbol, ${work} en ${depth} ${depth === 1 ? "nivel" : "niveles"}. ` +
          `Tras ${level} ${level === 1 ? "nivel" : "niveles"} ` +
          (ready === 1
            ? "está listo 1 estado."
            : `están listos ${ready} estados.`),
        `Over ${n} steps the loop makes ${n - 1} ` +
          `${n === 2 ? "combination" : "combinations"}, one after another; ` +
          `the tree, ${work} in ${depth} ` +
          `${depth === 1 ? "level" : "levels"}. ` +
          `After ${level} ${level === 1 ? "level" : "levels"} ` +
          `${ready} ${ready === 1 ? "state is" : "states are"} ready.`,
      ),
      show: [
        tree(n, level, all, say),
        rnn.facts(
          rich("$h_t = f_t h_{t-1} + w_t$"),
          [
            rich("$(f, w)$"),
            say(" y luego ", " and then "),
            rich("$(f′, w′) = (f′ f, f′ w + w′)$"),
          ],
          key(
            "ready",
            say(
              " listo: abarca desde el primer paso",
              " ready: it reaches back to the first step",
            ),
          ),
          key(
            "part",
            say(
              " en camino: abarca los últimos",
              " on its way: it covers the latest steps only",
            ),
          ),
        ),
      ],
      head: [
        "$t$",
        "$f_t$",
        "$w_t$",
        say("$h_t$ con el lazo", "$h_t$ by the loop"),
        say("$h_t$ con el árbol", "$h_t$ by the tree"),
      ],
      rows: loop.map((h, t) => [
        String(t + 1),
        say.number(math.F[t], ".1f"),
        say.number(math.W[t], ".1f"),
        say.number(h, ".4f"),
        level === depth || 2 ** level > t
          ? say.number(all[level][t][1], ".4f")
          : "—",
      ]),
    }
  }

  const depth = ({ n }) => Math.ceil(Math.log2(n))
  rnn.define("scan", {
    title: ["Un lazo en forma de árbol", "A loop in the shape of a tree"],
    controls: {
      n: {
        label: ["pasos de la secuencia", "steps of the sequence"],
        min: 1,
        max: 16,
        value: 8,
      },
      level: {
        label: ["nivel", "level"],
        max: depth,
        value: 0,
        stepper: true,
      },
    },
    presets: [
      [["8 pasos, 3 niveles", "8 steps, 3 levels"], { n: 8, level: 3 }],
      [["16 pasos, 4 niveles", "16 steps, 4 levels"], { n: 16, level: 4 }],
    ],
    view,
  })
}

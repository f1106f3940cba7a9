"use strict"
{
  const { beside, chart, drawing, label, legend, rich, span, svg } = rnn
  const STEPS = 30

  // How h_2 is made: a share of h_1 and a share of the candidate.
  function mixture(z, h, candidate, say) {
    const width = 280
    const kept = width * z
    const n = (v) => say.number(v, ".2f")
    const part = (x, size, colour, text) => [
      svg("rect", {
        class: `part s${colour}`,
        x,
        y: 30,
        height: 30,
        width: Math.max(size, 0),
      }),
      size > 70 && label(x + size / 2, 50, text),
    ]
    return drawing(
      300,
      84,
      say(
        `El estado es ${n(z)} del anterior y ${n(1 - z)} del candidato`,
        `The state is ${n(z)} of the previous and ${n(1 - z)} of the candidate`,
      ),
      rnn.heading(say("de qué se hace $h_t$", "what $h_t$ is made of")),
      part(10, kept, 1, `$${n(z)} h_{t-1}$`),
      part(10 + kept, width - kept, 2, `$${n(1 - z)} h̃_t$`),
      svg("path", { class: "axis", d: `M${10 + kept} 24v42` }),
      label(Math.min(Math.max(10 + kept, 12), 288), 80, "$z$"),
    )
  }

  function view(state, say) {
    const { r, z, b, start, variant } = state
    const math = rnn.pulse
    const other = variant === "after" ? "before" : "after"
    const h = math.run(start, r, z, b, variant, STEPS)
    const twin = math.run(start, r, z, b, other, STEPS)
    const apart = Math.max(...h.map((v, t) => Math.abs(v - twin[t])))
    const candidate = math.candidate(0, h[1], r, b, variant)
    const half = math.half(h)
    const n = (v) => say.number(v, ".2f")
    const made = n(candidate)
    const p = (v) => (v < 0 ? `(${n(v)})` : n(v))
    const eight = n(0.8)
    const inside =
      variant === "after"
        ? `${n(r)} (${eight} · ${p(h[1])} + ${p(b)})`
        : `${eight} (${n(r)} · ${p(h[1])}) + ${p(b)}`
    const left =
      h[1] === 0
        ? say("El pulso no entra.", "The pulse does not get in.")
        : Math.abs(h[STEPS]) >= Math.abs(h[1])
          ? say("No se pierde.", "It is not lost.")
          : half < 0
            ? say(
                `Tras ${STEPS} pasos queda más de la mitad de h₁.`,
                `After ${STEPS} steps more than half of h₁ is left.`,
              )
            : say(
                "La mitad de h₁ se pierde en " +
                  `${half} ${half === 1 ? "paso" : "pasos"}.`,
                "Half of h₁ is lost in " +
                  `${half} ${half === 1 ? "step" : "steps"}.`,
              )
    const same =
      apart < 1e-12
        ? say(
            "Las dos variantes del reinicio coinciden.",
            "The two variants of the reset agree.",
          )
        : say(
            `Las dos variantes se apartan hasta ${say.short(apart)}.`,
            `The two variants differ by up to ${say.short(apart)}.`,
          )
    const points = (values) => values.map((v, t) => [t, v])
    const names = {
      after: say("reinicio después", "reset after"),
      before: say("reinicio antes", "reset before"),
    }
    return {
      says:
        say(
          `Con r = ${n(r)} y z = ${n(z)}, el pulso deja h₁ = ${n(h[1])} y a ` +
            `los ${STEPS} pasos queda ${say.short(h[STEPS])}. `,
          `With r = ${n(r)} and z = ${n(z)} the pulse leaves ` +
            `h₁ = ${n(h[1])}, and after ${STEPS} steps ` +
            `${say.short(h[STEPS])} is left. `,
        ) + `${left} ${same}`,
      show: [
        beside(
          chart({
            title: say("estado $h_t$", "state $h_t$"),
            says: say(
              `El estado a lo largo de ${STEPS} pasos`,
              `The state along ${STEPS} steps`,
            ),
            x: {
              from: 0,
              to: STEPS,
              label: say("paso $t$", "step $t$"),
              ticks: [0, 10, 20, 30],
            },
            y: span([...h, ...twin], say),
            levels: [0],
            series: [
              { points: points(twin), colour: 2, dash: "5 3" },
              { points: points(h), colour: 1, dots: 2.6 },
            ],
          }),
          legend([1, "", names[variant]], [2, "5 3", names[other]]),
        ),
        beside(
          mixture(z, h[1], candidate, say),
          rnn.facts(
            rich(`$h̃_2 = tanh(${inside}) = ${made}$`),
            rich(
              `$h_2 = z h_1 + (1 − z) h̃_2 = ${n(z)} · ${p(h[1])} + ` +
                `${n(1 - z)} · ${p(candidate)} = ${n(h[2])}$`,
            ),
          ),
        ),
      ],
      head: ["$t$", names.before, names.after],
      rows: h.map((_, t) => [
        String(t),
        ...["before", "after"].map((one) =>
          say.number((one === variant ? h : twin)[t], ".4f"),
        ),
      ]),
    }
  }

  rnn.define("pulse", {
    title: ["Reinicio y actualización", "Reset and update"],
    controls: {
      r: {
        label: ["reinicio $r$", "reset $r$"],
        max: 1,
        step: 0.01,
        value: 1,
      },
      z: {
        label: ["actualización $z$", "update $z$"],
        max: 1,
        step: 0.01,
        value: 0.8,
      },
      b: {
        label: ["sesgo $b_{hh}$", "bias $b_{hh}$"],
        min: -1,
        max: 1,
        step: 0.05,
        value: 0,
      },
      start: {
        label: ["estado inicial $h_0$", "initial state $h_0$"],
        min: -1,
        max: 1,
        step: 0.05,
        value: 0,
      },
      variant: {
        label: ["variante", "variant"],
        value: "after",
        options: [
          ["after", "reinicio después (PyTorch)", "reset after (PyTorch)"],
          ["before", "reinicio antes (Cho, v3)", "reset before (Cho, v3)"],
        ],
      },
    },
    presets: [
      [["$r = 1, z = 0$"], { r: 1, z: 0 }],
      [["$r = 0, z = 0$"], { r: 0, z: 0 }],
      [["$r = 0, z = 0,8$", "$r = 0, z = 0.8$"], { r: 0, z: 0.8 }],
      [["$z = 1$"], { z: 1, start: 0.5 }],
      [["Dos variantes", "Two variants"], { r: 0.3, z: 0.8, b: 0.5 }],
    ],
    view,
  })
}

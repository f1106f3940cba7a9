"use strict"
{
  const { chart, drawing, html, label, legend, svg } = rnn

  const power = (k) => `$10^{${k < 0 ? "−" : ""}${Math.abs(k)}}$`

  function curve(norms, largest, say) {
    const logs = norms.filter((v) => v > 0).map(Math.log10)
    const T = norms.length - 1
    let low = Math.min(-1, Math.floor(Math.min(...logs)))
    if (norms.includes(0)) low -= 2
    const high = Math.max(1, Math.ceil(Math.max(...logs)))
    const jump = Math.ceil((high - low) / 6)
    const ticks = []
    for (let k = 0; k <= high; k += jump) ticks.push([k, power(k)])
    for (let k = -jump; k >= low; k -= jump) ticks.push([k, power(k)])
    const bound = Math.log10(largest)
    const end = bound > 0 ? high / bound : low / bound
    const reach = bound === 0 || !Number.isFinite(bound) ? T : Math.min(T, end)
    return chart({
      title: say("norma de $J^k$", "norm of $J^k$"),
      says: say(
        `La norma de la potencia k va de 1 a ${say.short(norms[T])}`,
        `The norm of the power k goes from 1 to ${say.short(norms[T])}`,
      ),
      height: 230,
      x: {
        from: 0,
        to: T,
        label: say("pasos hacia atrás $k$", "steps back $k$"),
        ticks: [0, Math.round(T / 2), T],
      },
      y: { from: low, to: high, ticks },
      levels: [0],
      series: [
        Number.isFinite(bound) && {
          points: [
            [0, 0],
            [reach, reach * bound],
          ],
          colour: 2,
          dash: "5 3",
        },
        {
          points: norms.map((v, k) => [k, v > 0 ? Math.log10(v) : low]),
          colour: 1,
          dots: T <= 40 ? 2.6 : 0,
        },
      ],
    })
  }

  function plane(values, say) {
    const size = 230
    const scale = 72
    const far = Math.max(...values.map(([re, im]) => Math.hypot(re, im)), 1)
    const unit = scale / Math.max(1, far / 1.35)
    const at = ([re, im]) => [size / 2 + unit * re, size / 2 - unit * im + 8]
    const n = (v) => say.number(v, ".2f")
    const words = values
      .map(([re, im]) =>
        im ? `${n(re)} ${im < 0 ? "−" : "+"} ${n(Math.abs(im))}i` : n(re),
      )
      .join("; ")
    const [x, y] = at([0, 0])
    return drawing(
      size,
      size,
      say(`Autovalores: ${words}`, `Eigenvalues: ${words}`),
      rnn.heading(say("autovalores de $J$", "eigenvalues of $J$")),
      svg("path", {
        class: "axis",
        d: `M${x - 104} ${y}h208M${x} ${y - 92}v196`,
      }),
      svg("circle", { class: "level", cx: x, cy: y, r: unit }),
      label(x + unit + 8, y + 15, "1"),
      values.map((value) => {
        const [cx, cy] = at(value)
        return svg("circle", { class: "dot s1", cx, cy, r: 6 })
      }),
    )
  }

  function view(state, say) {
    const { rho, theta, shear, axes, activation, a_1, a_2, steps } = state
    const math = rnn.vanish
    const J = math.jacobian(rho, theta, shear, axes, activation, a_1, a_2)
    const norms = math.norms(J, steps)
    const values = math.eigenvalues(J)
    const longest = (found) =>
      Math.max(...found.map(([re, im]) => Math.hypot(re, im)))
    const radius = longest(values)
    const W = math.matrix(rho, theta, shear, axes)
    const own = longest(math.eigenvalues(W))
    const apart = J.flat().some((v, k) => v !== W.flat()[k])
    const largest = math.norm(J)
    const lost = math.lost(norms)
    const last = norms[steps]
    const n = (v) => say.number(v, ".2f")
    const fate =
      last < 0.95
        ? say("se desvanece", "it vanishes")
        : last > 1.05
          ? say("puede explotar", "it can explode")
          : say("se conserva", "it is preserved")
    const gone =
      lost < 0
        ? ""
        : norms[lost] > 1
          ? say(
              ` En float32 desborda en el paso ${lost}.`,
              ` In float32 it overflows at step ${lost}.`,
            )
          : say(
              ` En float32 ya es cero en el paso ${lost}.`,
              ` In float32 it is zero by step ${lost}.`,
            )
    return {
      says:
        say(
          (apart
            ? `El radio espectral de W es ${n(own)} y el de J, ${n(radius)}, ` +
              `con un mayor valor singular de ${n(largest)}.`
            : `El radio espectral es ${n(radius)} y el mayor valor singular, ` +
              `${n(largest)}.`) +
            ` Tras ${steps} pasos el gradiente se multiplica a lo ` +
            `sumo por ${say.short(last)}: ${fate}.`,
          (apart
            ? `The spectral radius of W is ${n(own)} and that of J ` +
              `${n(radius)}, with a largest singular value of ${n(largest)}.`
            : `The spectral radius is ${n(radius)} and the largest singular ` +
              `value ${n(largest)}.`) +
            ` After ${steps} steps the gradient is multiplied by ` +
            `at most ${say.short(last)}: ${fate}.`,
        ) + gone,
      show: [
        rnn.beside(
          curve(norms, largest, say),
          legend(
            [1, "", say("norma de $J^k$", "norm of $J^k$")],
            [2, "5 3", say("cota $σ_1(J)^k$", "bound $σ_1(J)^k$")],
          ),
        ),
        plane(values, say),
        html(
          "table",
          { class: "play-matrix" },
          html("caption", null, say("el jacobiano J", "the Jacobian J")),
          rnn.body(J.map((row) => row.map(n))),
        ),
      ],
      head: ["$k$", say("norma de $J^k$", "norm of $J^k$"), "$σ_1(J)^k$"],
      rows: norms.map((v, k) => [
        String(k),
        say.short(v),
        say.short(largest ** k),
      ]),
    }
  }

  const off = (state) => state.activation === "identity"
  const degrees = (value, say) => `${say.number(value, "d")}°`
  rnn.define("vanish", {
    title: ["¿Se desvanece o explota?", "Does it vanish or explode?"],
    controls: {
      rho: {
        label: ["radio espectral sin cizalla", "spectral radius without shear"],
        max: 2,
        step: 0.05,
        value: 0.9,
      },
      theta: {
        label: ["giro", "turn"],
        shown: degrees,
        max: 180,
        step: 5,
        value: 30,
      },
      shear: {
        label: ["cizalla (no normal)", "shear (not normal)"],
        min: -4,
        max: 4,
        step: 0.1,
        value: 0,
      },
      axes: {
        label: ["ejes girados", "axes turned by"],
        shown: degrees,
        max: 90,
        step: 5,
        value: 0,
        off,
      },
      activation: {
        label: ["activación $φ$", "activation $φ$"],
        value: "identity",
        options: [
          ["identity", "identidad", "identity"],
          ["tanh", "tanh"],
          ["logistic", "logística", "logistic"],
        ],
      },
      steps: {
        label: ["pasos", "steps"],
        min: 1,
        max: 100,
        value: 40,
      },
      a_1: {
        label: ["preactivación $a_1$", "pre-activation $a_1$"],
        max: 6,
        step: 0.25,
        value: 0,
        off,
      },
      a_2: {
        label: ["preactivación $a_2$", "pre-activation $a_2$"],
        max: 6,
        step: 0.25,
        value: 0,
        off,
      },
    },
    presets: [
      [["2⁴ = 16"], { rho: 2, theta: 0, steps: 4 }],
      [["Solo girar", "Only turning"], { rho: 1 }],
      [
        ["σ₁ = 2 y se anula", "σ₁ = 2, yet zero"],
        { rho: 0, theta: 0, shear: 2, steps: 6 },
      ],
      [
        ["ρ = 0 y explota", "ρ = 0, yet it explodes"],
        {
          rho: 0,
          theta: 0,
          shear: -4,
          axes: 45,
          activation: "tanh",
          a_2: 5,
          steps: 30,
        },
      ],
    ],
    view,
  })
}

// The powers of a 2 x 2 Jacobian diag(phi'(a)) W, and their measures.
"use strict"
globalThis.rnn ??= {}

rnn.vanish = (() => {
  const product = ([[a, b], [c, d]], [[e, f], [g, h]]) => [
    [a * e + b * g, a * f + b * h],
    [c * e + d * g, c * f + d * h],
  ]

  const turned = (degrees) => {
    const t = (degrees * Math.PI) / 180
    return [
      [Math.cos(t), -Math.sin(t)],
      [Math.sin(t), Math.cos(t)],
    ]
  }

  // rho times a turn by theta, plus a shear; seen from axes turned by `axes`
  function matrix(rho, theta, shear, axes) {
    const [[c, s], [z, d]] = turned(theta)
    const plain = [
      [rho * c, rho * s + shear],
      [rho * z, rho * d],
    ]
    if (axes === 0) return plain
    return product(product(turned(axes), plain), turned(-axes))
  }

  function slope(activation, a) {
    if (activation === "identity") return 1
    const s = 1 / (1 + Math.exp(-a))
    return activation === "logistic" ? s * (1 - s) : 1 - Math.tanh(a) ** 2
  }

  function jacobian(rho, theta, shear, axes, activation, a_1, a_2) {
    const [u, v] = [slope(activation, a_1), slope(activation, a_2)]
    const W = matrix(rho, theta, shear, u === v ? 0 : axes)
    return [W[0].map((w) => u * w), W[1].map((w) => v * w)]
  }

  // the largest singular value of a 2 x 2 matrix
  const norm = ([[a, b], [c, d]]) =>
    (Math.hypot(a + d, b - c) + Math.hypot(a - d, b + c)) / 2

  // each as [real part, imaginary part]
  function eigenvalues([[a, b], [c, d]]) {
    const half = (a + d) / 2
    const gap = ((a - d) / 2) ** 2 + b * c
    const root = Math.sqrt(Math.abs(gap))
    return gap >= 0
      ? [
          [half + root, 0],
          [half - root, 0],
        ]
      : [
          [half, root],
          [half, -root],
        ]
  }

  // |J^k| for k = 0, ..., steps
  function norms(J, steps) {
    let power = [
      [1, 0],
      [0, 1],
    ]
    const found = [1]
    for (let k = 1; k <= steps; k++) {
      power = product(J, power)
      found.push(norm(power))
    }
    return found
  }

  // the first step at which float32 holds 0 or infinity; -1 if none
  const lost = (values) =>
    values.findIndex((v) => {
      const kept = Math.fround(v)
      return kept === 0 || !Number.isFinite(kept)
    })

  return { matrix, slope, jacobian, norm, eigenvalues, norms, lost }
})()

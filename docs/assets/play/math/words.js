// Numbers as the reader's language writes them; no document is needed here.
"use strict"
globalThis.rnn ??= {}

rnn.words = (() => {
  const RAISED = [..."⁰¹²³⁴⁵⁶⁷⁸⁹"]

  const raised = (power) =>
    [...String(power)].map((d) => (d === "-" ? "⁻" : RAISED[d])).join("")

  // digits: ".3f", ".1e", "d" or ",d", as in Python
  function number(value, digits, language) {
    const places = digits.endsWith("d") ? 0 : Number(digits.slice(1, -1))
    const text = digits.endsWith("e")
      ? value.toExponential(places)
      : value.toFixed(places)
    const [mantissa, power] = text.split("e")
    const sign = mantissa.startsWith("-") && Number(mantissa) ? "−" : ""
    const body = mantissa.replace("-", "")
    let shown = language === "es" ? body.replace(".", ",") : body
    if (digits === ",d") {
      const between = language === "es" ? "\u202f" : ","
      shown = shown.replace(/\B(?=(\d{3})+$)/g, between)
    }
    return (
      sign + shown + (power ? `\u00a0×\u00a010${raised(Number(power))}` : "")
    )
  }

  // whole numbers whole; three decimals, or a power of ten outside 0.01...10⁵
  function short(value, language) {
    const size = Math.abs(value)
    if (Number.isInteger(value) && size < 1e6)
      return number(value, ",d", language)
    const digits = size >= 1e-2 && size < 1e5 ? ".3f" : ".1e"
    return number(value, digits, language)
  }

  return { number, short }
})()

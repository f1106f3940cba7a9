// Typesets the formulas of whole pages: one JSON request a line on standard
// input, one JSON reply a line on standard output. The argument is the macros.
//
//   {"formulas": [{"tex": "x^2", "display": true}]}
//   {"html": [...], "css": "...", "glyphs": "<svg ...>", "errors": [[0, "why"]]}
//
// A page is one document, so that equation numbers and references resolve.
import { createRequire } from "node:module"
import readline from "node:readline"

const require = createRequire(process.cwd() + "/package.json")
console.log = console.error // standard output carries replies only

const failures = []
await require("mathjax").init({
  loader: {
    load: ["input/tex", "output/svg", "adaptors/liteDOM", "a11y/assistive-mml"],
  },
  tex: {
    tags: "ams",
    packages: { "[-]": ["noundefined", "noerrors"] },
    macros: JSON.parse(process.argv[2]),
    formatError(jax, error) {
      failures.push(error.message)
      return jax.formatError(error)
    },
  },
  svg: { fontCache: "global" },
  options: { enableAssistiveMml: true },
  startup: { typeset: false },
})
const { startup } = globalThis.MathJax
const dom = startup.adaptor
const [input] = startup.input

const escaped = (text) =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")

function wrapped({ tex, display }) {
  const [open, close] = display ? ["\\[", "\\]"] : ["\\(", "\\)"]
  return `<div class="formula">${open}${escaped(tex)}${close}</div>`
}

// Which formula an error belongs to: each is compiled once more by itself.
async function blamed(formulas) {
  const errors = []
  for (const [index, { tex, display }] of formulas.entries()) {
    failures.length = 0
    input.reset(0)
    try {
      await globalThis.MathJax.tex2svgPromise(tex, { display })
    } catch (error) {
      failures.push(error.message)
    }
    const own = failures.find((why) => !why.includes("multiply defined"))
    if (own) errors.push([index, own])
  }
  return errors
}

// MathJax draws a group for each node of a formula. One that does nothing goes,
// and one that only moves its single child moves the child itself: half of the
// elements of a page's formulas.
const MOVED = ["g", "use", "rect", "path", "line", "text"]

function flatten(node) {
  const children = dom
    .childNodes(node)
    .filter((child) => !dom.kind(child).startsWith("#"))
  for (const child of [...children]) flatten(child)
  if (dom.kind(node) !== "g") return
  const own = dom
    .allAttributes(node)
    .filter(({ name }) => !name.startsWith("data-"))
  const [only, ...others] = dom.childNodes(node)
  const move = dom.getAttribute(node, "transform")
  const alone = only && !others.length && MOVED.includes(dom.kind(only))
  if (own.length > 1 || (own.length === 1 && !(move && alone))) return
  if (move) {
    const then = dom.getAttribute(only, "transform")
    dom.setAttribute(only, "transform", then ? `${move} ${then}` : move)
  }
  for (const child of [...dom.childNodes(node)]) dom.insert(child, node)
  dom.remove(node)
}

async function typeset({ formulas }) {
  failures.length = 0
  input.reset(0)
  startup.output.clearFontCache()
  const body = formulas.map(wrapped).join("")
  const page = startup.getDocument(
    `<html><head></head><body>${body}</body></html>`,
  )
  await page.renderPromise()
  const pageFailures = [...failures]
  const root = dom.body(page.document)
  const html = dom
    .tags(root, "div")
    .filter((node) => dom.getAttribute(node, "class") === "formula")
    .map((node) => (flatten(node), dom.innerHTML(node)))
  const css = dom.textContent(startup.output.styleSheet(page))
  const glyphs = dom
    .tags(root, "svg")
    .filter((node) => /global-cache/.test(dom.getAttribute(node, "id") ?? ""))
    .map((node) => dom.outerHTML(node))
    .join("")
  let errors = []
  if (pageFailures.length) {
    errors = await blamed(formulas)
    if (!errors.length) errors = pageFailures.map((why) => [-1, why])
  }
  return { html, css, glyphs, errors }
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  let reply
  try {
    reply = await typeset(JSON.parse(line))
  } catch (error) {
    reply = { fatal: String(error.stack ?? error) }
  }
  process.stdout.write(JSON.stringify(reply) + "\n")
}

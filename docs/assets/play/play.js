// What every widget shares: its controls, its words, its table, its address.
//
// A widget is a description given to rnn.define: labels as pairs [es, en],
// controls, presets, and view(state, say), which returns what to show, and
// `waits` while what it asked for is on its way.
"use strict"
globalThis.rnn ??= {}
{
  const PAUSE = 500 // ms of rest before a sentence is spoken
  const SVG = "http://www.w3.org/2000/svg"
  const here = document.currentScript.src

  function filled(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes ?? {}))
      if (value !== undefined && value !== false && value !== "")
        node.setAttribute(name, value === true ? "" : value)
    node.append(
      ...children.flat(Infinity).filter((c) => c != null && c !== false),
    )
    return node
  }
  const html = (tag, attributes, ...children) =>
    filled(document.createElement(tag), attributes, children)
  const svg = (tag, attributes, ...children) =>
    filled(document.createElementNS(SVG, tag), attributes, children)

  // Text with symbols between dollars, "state $h_{t-1}$": there a letter that
  // stands alone is italic, _ lowers and ^ raises what follows.
  function parsed(text) {
    const runs = []
    text.split("$").forEach((part, i) => {
      if (i % 2 === 0) return part && runs.push({ mark: "", text: part })
      for (const [all, mark = "", low] of part.matchAll(
        /([_^])(\{[^}]*\}|.)|[^_^]+/gsu,
      )) {
        const piece = mark ? low.replace(/[{}]/g, "") : all
        for (const run of piece.split(/((?<!\p{L})\p{L}\p{M}?(?!\p{L}))/u))
          if (run)
            runs.push({
              mark,
              text: run,
              italic:
                /^\p{L}\p{M}?$/u.test(run) || /^\p{L}{2}$/u.test(mark && run),
            })
      }
    })
    return runs
  }

  // As HTML.
  const rich = (text) =>
    parsed(String(text)).map(({ mark, text, italic }) => {
      const inner = italic ? html("i", null, text) : text
      if (!mark) return inner
      return html(mark === "_" ? "sub" : "sup", null, inner)
    })

  // As the inside of an SVG text.
  function symbols(text) {
    let moved = 0
    return parsed(String(text)).map(({ mark, text, italic }) => {
      const to = mark === "_" ? 0.22 : mark === "^" ? -0.35 : 0
      const by = to - moved
      moved = to
      const size = mark ? 0.72 : 1
      return svg(
        "tspan",
        {
          "font-size": mark && `${size}em`,
          class: italic && "symbol",
          dy: by !== 0 && `${(by / size).toFixed(3)}em`,
        },
        text,
      )
    })
  }

  const label = (x, y, text, look = {}) =>
    svg("text", { x, y, "text-anchor": "middle", ...look }, symbols(text))

  const counted = (n) => Array.from({ length: n }, (_, k) => k + 1)

  const way = (points) =>
    `M${points.map((at) => at.map((v) => v.toFixed(1)).join(" ")).join("L")}`

  const heading = (text) =>
    label(2, 14, text, { "text-anchor": "start", class: "title" })

  // A drawing that says what it shows; a wide one scrolls on a narrow screen.
  function drawing(width, height, says, ...children) {
    const image = svg(
      "svg",
      {
        viewBox: `0 0 ${width} ${height}`,
        role: "img",
        "aria-label": says,
        width,
        height,
      },
      children,
    )
    if (width <= 460) return image
    return html("div", { class: "play-wide", "data-key": "wide" }, image)
  }

  // An arrow from point to point, its head drawn.
  function arrow([x1, y1], [x2, y2], look = {}, gap = 0) {
    const length = Math.hypot(x2 - x1, y2 - y1)
    const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length]
    const [sx, sy] = [x1 + gap * ux, y1 + gap * uy]
    const [ex, ey] = [x2 - gap * ux, y2 - gap * uy]
    const [bx, by] = [ex - 8 * ux, ey - 8 * uy]
    const at = (x, y) => `${x.toFixed(1)} ${y.toFixed(1)}`
    return svg(
      "g",
      { class: `arrow ${look.class ?? ""}` },
      svg("path", { class: "shaft", d: `M${at(sx, sy)}L${at(bx, by)}` }),
      svg("path", {
        class: "head",
        d:
          `M${at(ex, ey)}L${at(bx - 4 * uy, by + 4 * ux)}` +
          `L${at(bx + 4 * uy, by - 4 * ux)}Z`,
      }),
    )
  }

  // The axis that holds the values, from 0 or from both sides of it.
  function span(values, say) {
    const round = (v) => {
      const unit = 10 ** Math.floor(Math.log10(v))
      return [1, 2, 5, 10].map((k) => k * unit).find((r) => r >= v * 0.999)
    }
    const [low, high] = [Math.min(...values), Math.max(...values)]
    const reach = round(Math.max(high, -low, 1e-3))
    const from = low < -reach / 50 ? -reach : 0
    const to = high > reach / 50 || !from ? reach : 0
    const places = Math.max(0, -Math.floor(Math.log10(reach) + 1e-9))
    const ticks = [...new Set([from, 0, to])].map((v) => [
      v,
      say.number(v, v && places ? `.${places}f` : "d"),
    ])
    return { from, to, ticks }
  }

  // Lines over a pair of axes.
  //   x: { from, to, ticks: [value], label }; y: the same, [[value, text]]
  //   series: { points: [[x, y]], colour, dash, dots }; levels: [y]
  function chart({ title, says, x, y, series, levels = [], height = 200 }) {
    const [width, left, right, top, bottom] = [300, 44, 15, 26, 40]
    const X = (v) =>
      left + ((v - x.from) / (x.to - x.from)) * (width - left - right)
    const Y = (v) =>
      top + ((y.to - v) / (y.to - y.from)) * (height - top - bottom)
    const low = height - bottom
    return drawing(
      width,
      height,
      says ?? title,
      heading(title),
      levels.map((v) =>
        svg("path", { class: "level", d: `M${left} ${Y(v)}H${width - right}` }),
      ),
      svg("path", {
        class: "axis",
        d: `M${left} ${top}V${low}H${width - right}`,
      }),
      y.ticks.map(([v, text]) => [
        svg("path", { class: "axis", d: `M${left - 4} ${Y(v)}h4` }),
        label(left - 7, Y(v) + 4, text, { "text-anchor": "end" }),
      ]),
      x.ticks.map((v) => [
        svg("path", { class: "axis", d: `M${X(v)} ${low}v4` }),
        label(X(v), low + 17, String(v).replace("-", "−")),
      ]),
      label((left + width - right) / 2, height - 6, x.label),
      series.filter(Boolean).map(({ points, colour, dash, dots }) => {
        const at = points.map(([a, b]) => [X(a), Y(b)])
        return svg(
          "g",
          { class: `line s${colour}` },
          svg("path", { d: way(at), "stroke-dasharray": dash }),
          dots && at.map(([cx, cy]) => svg("circle", { cx, cy, r: dots })),
        )
      }),
    )
  }

  const beside = (...parts) => html("div", { class: "play-beside" }, parts)

  const facts = (...lines) =>
    html(
      "ul",
      { class: "play-formulas" },
      lines.map((line) => html("li", null, line)),
    )

  // Pairs of a name and its value, if that is known, and what they multiply to.
  function product(factors, total) {
    const chip = (name, value, kind) =>
      html(
        "span",
        { class: `play-chip ${kind}` },
        name && html("span", null, rich(`$${name}$`)),
        html("b", null, value),
      )
    return html(
      "div",
      { class: "play-product" },
      factors.map(([name, value], k) => [
        k ? " × " : "",
        value ? chip(name, value, "") : chip(name, "…", "later"),
      ]),
      total && [" = ", chip("", total, "total")],
    )
  }

  const body = (rows) =>
    html(
      "tbody",
      null,
      rows.map((row) =>
        html(
          "tr",
          null,
          row.map((cell) => html("td", null, rich(cell))),
        ),
      ),
    )

  // Which line is which, in words.
  const legend = (...entries) =>
    html(
      "ul",
      { class: "play-legend" },
      entries.map(([colour, dash, text]) =>
        html(
          "li",
          null,
          svg(
            "svg",
            {
              width: 26,
              height: 8,
              viewBox: "0 0 26 8",
              "aria-hidden": "true",
            },
            svg(
              "g",
              { class: `line s${colour}` },
              svg("path", { d: "M0 4H26", "stroke-dasharray": dash }),
            ),
          ),
          " ",
          rich(text),
        ),
      ),
    )

  // What the build wrote in data/<name>.js: undefined until it has come, which
  // every widget is told; null if it cannot be had.
  const asked = new Set()
  function fetched(name) {
    rnn.data ??= {}
    if (!asked.has(name)) {
      asked.add(name)
      const src = new URL(`data/${name}.js`, here).href
      const script = html("script", { src })
      const told = () => {
        rnn.data[name] ??= null
        document.dispatchEvent(new Event("rnn-data"))
      }
      script.addEventListener("load", told)
      script.addEventListener("error", told)
      document.head.append(script)
    }
    return rnn.data[name]
  }

  // What to show until all of it has come.
  const awaited = (say, data) => ({
    waits: !data.includes(null),
    says: data.includes(null)
      ? say(
          "No se pudo cargar. Conviene volver a abrir la página.",
          "It could not be loaded. Opening the page again may help.",
        )
      : say("Cargando…", "Loading…"),
  })

  class Play extends HTMLElement {
    connectedCallback() {
      if (this.state) return
      const closest = this.closest("[lang]")?.lang ?? "es"
      this.language = closest.startsWith("en") ? "en" : "es"
      const say = (es, en = es) => (this.language === "en" ? en : es)
      say.number = (v, digits) => rnn.words.number(v, digits, this.language)
      say.short = (v) => rnn.words.short(v, this.language)
      this.say = say
      this.state = this.initial()
      this.build()
      this.read()
      addEventListener("hashchange", () => this.read())
      document.addEventListener("rnn-data", () => this.waits && this.arrived())
    }

    initial() {
      const kept = Object.entries(this.widget.controls)
      return Object.fromEntries(kept.map(([key, c]) => [key, c.value]))
    }

    build() {
      const { say, widget } = this
      const name = this.localName
      this.inputs = {}
      this.rows = {}
      const controls = Object.entries(widget.controls)
        .filter(([, control]) => control.label)
        .map(([key, control]) => this.control(key, control))
      const buttons = (widget.presets ?? []).map(([label, set]) =>
        this.button(say(...label), () =>
          this.set({ ...this.initial(), ...set }),
        ),
      )
      const actions = (widget.actions ?? []).map(([label, act]) =>
        this.button(say(...label), () => this.set(act(this.state, say))),
      )
      const reset = this.button(say("Reiniciar", "Reset"), () =>
        this.set(this.initial()),
      )
      reset.classList.add("play-reset")
      this.sentence = html("p", { class: "play-says", "aria-hidden": "true" })
      this.spoken = html("div", { class: "play-spoken", role: "status" })
      this.stage = html("div", { class: "play-stage" })
      this.table = html("table", { class: "play-numbers" })
      this.fold = html(
          "details",
          { class: "play-fold" },
          html("summary", null, say("Los números", "The numbers")),
          html(
            "div",
            {
              class: "play-scroll",
              tabindex: 0,
              role: "region",
              "aria-label": say("Tabla de los números", "Table of numbers"),
            },
            this.table,
          ),
        )
      const title = html(
        "p",
        { class: "play-title", id: `${name}-title` },
        rich(say(...widget.title)),
      )
      this.ui = html(
        "div",
        { class: "play-ui", role: "group", "aria-labelledby": title.id },
        title,
        html("div", { class: "play-row" }, buttons, actions, reset),
        html("div", { class: "play-controls" }, controls),
        this.sentence,
        this.spoken,
        this.stage,
        this.fold,
      )
      const inside = this.querySelector(":focus")
      this.append(this.ui)
      this.classList.add("ready")
      if (inside) this.querySelector("button").focus()
    }

    button(text, act) {
      const node = html("button", { type: "button" }, rich(text))
      node.addEventListener("click", act)
      return node
    }

    control(key, control) {
      const { say } = this
      const id = `${this.localName}-${key}`
      const name = html("label", { for: id }, rich(say(...control.label)))
      if (control.options) {
        const input = html(
          "select",
          { id },
          control.options.map(([value, ...words]) =>
            html("option", { value }, say(...words)),
          ),
        )
        input.addEventListener("input", () => this.set({ [key]: input.value }))
        this.inputs[key] = input
        return html("div", { class: "play-control" }, name, input)
      }
      if (control.typed) {
        const input = html("input", {
          type: "text",
          id,
          maxlength: control.typed,
          autocomplete: "off",
          autocapitalize: "none",
          spellcheck: "false",
        })
        input.addEventListener("input", () => {
          this.take({ ...control.begun, [key]: input.value })
          this.draw(true)
          this.soon()
        })
        this.inputs[key] = input
        return html("div", { class: "play-control play-typed" }, name, input)
      }
      const shown = html("span", { class: "play-value", "aria-hidden": "true" })
      const input = html("input", {
        type: "range",
        id,
        step: control.step,
        min: control.min,
        max: this.most(control),
      })
      input.addEventListener("input", () =>
        this.set({ [key]: Number(input.value) }),
      )
      this.inputs[key] = input
      this.rows[key] = shown
      if (!control.stepper)
        return html("div", { class: "play-control" }, name, shown, input)
      const move = (by, sign, word) => {
        const node = this.button(sign, () =>
          this.set({ [key]: this.state[key] + by * control.step }),
        )
        node.setAttribute("aria-label", word)
        return node
      }
      return html(
        "div",
        { class: "play-control play-stepper" },
        name,
        shown,
        move(-1, "◀", say("Paso anterior", "Previous step")),
        input,
        move(1, "▶", say("Paso siguiente", "Next step")),
      )
    }

    most(control) {
      return typeof control.max === "function"
        ? control.max(this.state)
        : control.max
    }

    // A control's value from what an address gave; or its own.
    valid(key, given) {
      const control = this.widget.controls[key]
      if (control.options)
        return control.options.some(([value]) => value === given)
          ? given
          : control.value
      if (control.accepts) return control.accepts(given) ? given : control.value
      const value = Number(given)
      if (given === "" || !Number.isFinite(value)) return control.value
      const { min, step } = control
      const snapped = min + Math.round((value - min) / step) * step
      const kept = Math.min(Math.max(snapped, min), this.most(control))
      return Number(kept.toFixed(6))
    }

    set(change) {
      this.take(change)
      this.draw()
      this.soon()
    }

    // What it waited for is here.
    arrived() {
      this.draw()
      if (!this.waits) this.soon()
    }

    soon() {
      clearTimeout(this.later)
      this.later = setTimeout(() => this.rest(), PAUSE)
    }

    take(change) {
      for (const [key, value] of Object.entries(change))
        if (key in this.widget.controls) this.state[key] = value
      for (const key of Object.keys(this.widget.controls))
        this.state[key] = this.valid(key, this.state[key])
    }

    // Once nothing moves: the sentence is said, the address has the state.
    rest() {
      this.tell()
      this.spoken.textContent = this.sentence.textContent
      const first = this.initial()
      const changed = Object.entries(this.state)
        .filter(([key, value]) => value !== first[key])
        .map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
      const hash = changed.length
        ? `#${this.localName}:${changed.join(";")}`
        : ""
      if (hash || location.hash.startsWith(`#${this.localName}:`))
        history.replaceState(
          history.state,
          "",
          location.pathname + location.search + hash,
        )
    }

    // The state that the address gives, if it is this widget's.
    read() {
      const mark = `#${this.localName}:`
      const mine = location.hash.startsWith(mark)
      if (mine) {
        const pairs = location.hash.slice(mark.length).split(";")
        const given = pairs.map((pair) => pair.split("="))
        const change = this.initial()
        for (const [key, value = ""] of given)
          if (key in change) change[key] = decoded(value)
        this.take(change)
      }
      this.draw()
      if (mine) {
        this.spoken.textContent = this.sentence.textContent
        this.scrollIntoView()
      }
    }

    // Words and table may wait until nothing moves.
    draw(later) {
      const { widget, state, say } = this
      for (const [key, control] of Object.entries(widget.controls)) {
        const input = this.inputs[key]
        if (!input) continue
        if (!control.options && !control.typed) {
          input.max = this.most(control)
          const text = control.shown
            ? control.shown(state[key], say)
            : say.number(state[key], digits(control.step))
          this.rows[key].textContent = text
          input.setAttribute("aria-valuetext", text)
          const [back, on] = input.parentNode.querySelectorAll("button")
          if (back) {
            back.toggleAttribute("data-end", state[key] <= control.min)
            on.toggleAttribute("data-end", state[key] >= this.most(control))
          }
        }
        if (input.value !== String(state[key])) input.value = state[key]
        input.disabled = control.off?.(state)
      }
      const set = (change) => this.set(change)
      const shown = widget.view(state, say, set, this.keep.bind(this))
      this.waits = !!shown.waits
      this.ui.toggleAttribute("data-waits", this.waits)
      const focused = this.stage.querySelector(":focus")?.dataset.key
      const moved = this.stage.querySelector(".play-wide")?.scrollLeft ?? 0
      place(this.stage, (shown.show ?? []).flat(Infinity).filter(Boolean))
      const wide = this.stage.querySelector(".play-wide")
      if (wide && wide.scrollWidth > wide.clientWidth) {
        wide.tabIndex = 0
        wide.scrollLeft = moved
      }
      if (focused) this.stage.querySelector(`[data-key="${focused}"]`)?.focus()
      this.shown = shown
      if (!later) this.tell()
    }

    // What was made from the same is not made again.
    keep(name, from, make) {
      const kept = (this.kept ??= {})
      if (kept[name]?.from !== from) kept[name] = { from, made: make() }
      return kept[name].made
    }

    tell() {
      const { says, head = [], rows = [] } = this.shown
      this.sentence.textContent = says
      this.table.replaceChildren(
        html(
          "thead",
          null,
          html(
            "tr",
            null,
            head.map((text) => html("th", { scope: "col" }, rich(text))),
          ),
        ),
        body(rows),
      )
    }
  }

  // The nodes that a node has; one that is there already does not move.
  function place(parent, nodes) {
    nodes.forEach((node, k) => {
      const old = parent.childNodes[k]
      if (old !== node) old ? old.replaceWith(node) : parent.append(node)
    })
    while (parent.childNodes.length > nodes.length) parent.lastChild.remove()
  }

  const digits = (step) => {
    const places = (String(step).split(".")[1] ?? "").length
    return places ? `.${places}f` : "d"
  }

  function decoded(text) {
    try {
      return decodeURIComponent(text)
    } catch {
      return ""
    }
  }

  function define(name, widget) {
    for (const control of Object.values(widget.controls)) {
      control.min ??= 0
      control.step ??= 1
    }
    const kind = class extends Play {}
    kind.prototype.widget = widget
    customElements.define(`rnn-${name}`, kind)
  }

  Object.assign(rnn, {
    arrow,
    awaited,
    beside,
    body,
    chart,
    counted,
    define,
    drawing,
    facts,
    fetched,
    heading,
    html,
    label,
    legend,
    product,
    rich,
    span,
    svg,
    way,
  })
}

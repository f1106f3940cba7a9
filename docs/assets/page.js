// Copying a selection gives the TeX of its formulas.
document.addEventListener("copy", (event) => {
  const selection = getSelection()
  if (!selection || selection.isCollapsed) return
  const range = selection.getRangeAt(0).cloneRange()
  const formula = (node) =>
    (node.nodeType === 1 ? node : node.parentElement).closest("mjx-container")
  const first = formula(range.startContainer)
  const last = formula(range.endContainer)
  if (first) range.setStartBefore(first)
  if (last) range.setEndAfter(last)
  const copied = range.cloneContents()
  const formulas = copied.querySelectorAll("mjx-container[data-tex]")
  if (!formulas.length) return
  for (const node of formulas) {
    const { tex } = node.dataset
    node.replaceWith(node.getAttribute("display") ? `\n$$${tex}$$\n` : `$${tex}$`)
  }
  event.clipboardData.setData("text/plain", copied.textContent)
  event.preventDefault()
})

// What scrolls sideways can be reached and scrolled with the keyboard.
const scrolling = new ResizeObserver((entries) => {
  const boxes = entries.map(({ target }) => target)
  const wide = boxes.map((box) => box.scrollWidth > box.clientWidth)
  boxes.forEach((box, i) => { // all were read before one is changed
    if (wide[i]) box.tabIndex = 0
    else box.removeAttribute("tabindex")
  })
})

// The search has an index of its own, heavier than any page: it is fetched by
// whoever searches, or comes from a search.
const sought = new Promise((resolve) => {
  if (/[?&][hq]=/.test(location.search)) resolve()
  addEventListener("focusin", ({ target }) => {
    if (target.closest("[data-md-component=search]")) resolve()
  })
})
const { open } = XMLHttpRequest.prototype
XMLHttpRequest.prototype.open = function (how, address, ...more) {
  open.call(this, how, address, ...more)
  if (String(address).endsWith("/search_index.json"))
    this.send = async () => (await sought, XMLHttpRequest.prototype.send.call(this))
}

const say = (es, en) => (document.documentElement.lang === "es" ? es : en)

// The search takes each word for the beginning of one, so that "de" finds
// "deep": what is small is left out, unless it is what is being typed.
const small = new Set(
  say(
    "a al como con de del e el en es la las lo los no o para por que se un una y",
    "a an and are as at be by do for from how in is it of on or the to what with",
  ).split(" "),
)
const { postMessage } = Worker.prototype
Worker.prototype.postMessage = function (message, ...more) {
  if (message.type === 2) {
    const words = message.data.split(/\s+/)
    const kept = words.filter(
      (word, k) => k === words.length - 1 || !small.has(word.toLowerCase()),
    )
    message = { ...message, data: kept.join(" ") }
  }
  return postMessage.call(this, message, ...more)
}

// What the theme adds to an article as it opens, made known to everyone.
function tidy(article) {
  for (const box of article.querySelectorAll(
    "div.math, .md-typeset__scrollwrap, pre > code, .output pre",
  ))
    scrolling.observe(box)
  for (const buttons of article.querySelectorAll("nav.md-code__nav"))
    buttons.setAttribute("role", "none")
  for (const mark of article.querySelectorAll("a.md-annotation__index")) {
    const number = mark.querySelector("[data-md-annotation-id]")
    mark.ariaLabel = say("Nota ", "Note ") + number?.dataset.mdAnnotationId
  }
}
const article = document.querySelector("article")
if (article) {
  tidy(article)
  const elsewhere = ({ target }) => !target.closest(".play") // it draws often
  new MutationObserver((changes) => {
    if (changes.some(elsewhere)) tidy(article)
  }).observe(article, { childList: true, subtree: true })
}

// The menu and the search of a narrow screen are labels of hidden boxes: here
// the keyboard reaches them too, and Escape closes the menu.
const narrow = matchMedia("(max-width: 76.1875em)")
const names = {
  __drawer: say("Menú", "Menu"),
  __search: say("Buscar", "Search"),
}
const labels = document.querySelectorAll(
  "label.md-header__button[for=__drawer], label.md-header__button[for=__search]," +
    "label.md-nav__link[for^=__nav], label.md-nav__title[for^=__nav]",
)
for (const label of labels) {
  const named = names[label.htmlFor]
  if (named) label.title = named
  const tell = () => {
    if (narrow.matches) label.tabIndex = 0
    else label.removeAttribute("tabindex")
  }
  tell()
  narrow.addEventListener("change", tell)
  label.addEventListener("keydown", (event) => {
    if (event.key !== " ") return // the theme listens for Enter
    event.preventDefault()
    label.click()
  })
}
addEventListener("keydown", (event) => {
  const drawer = document.getElementById("__drawer")
  if (event.key !== "Escape" || !drawer?.checked) return
  drawer.click()
  document.querySelector("label.md-header__button[for=__drawer]").focus()
})

// The other language opens at the same place.
for (const link of document.querySelectorAll("a[data-language]"))
  link.addEventListener("click", () => (link.hash = location.hash))

// On paper, what folds is open.
addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details")) fold.open = true
})

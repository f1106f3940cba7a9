// A widget's code is fetched when the reader comes near it, or an address asks.
"use strict"
{
  const here = document.currentScript.src
  const fetched = new Set()

  function fetchOnce(file) {
    if (fetched.has(file)) return
    fetched.add(file)
    const script = document.createElement("script")
    script.src = new URL(file, here).href
    script.async = false // in the order of asking
    document.head.append(script)
  }

  function wake(widget) {
    const name = widget.localName.replace("rnn-", "")
    for (const file of ["math/words", "play", `math/${name}`, name])
      fetchOnce(`${file}.js`)
  }

  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries)
        if (isIntersecting) wake(target.firstElementChild)
    },
    { rootMargin: "1200px" },
  )
  const places = document.querySelectorAll(".play")
  for (const place of places) near.observe(place)

  function named() {
    for (const { firstElementChild: widget } of places)
      if (location.hash.startsWith(`#${widget.localName}:`)) wake(widget)
  }
  addEventListener("hashchange", named)
  named()
}

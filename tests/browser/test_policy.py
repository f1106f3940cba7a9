"""The content security policy: the course works, and nothing else runs."""

import pytest

TRIES = {
    "a script inside the page": (
        "const s = document.createElement('script');"
        "s.textContent = 'window.ran = true'; document.body.append(s)",
        "script-src-elem",
    ),
    "a handler in an attribute": (
        "document.body.setAttribute('onclick', 'window.ran = true');"
        "document.body.click()",
        "script-src-attr",
    ),
    "a style in an attribute": (
        "document.body.setAttribute('style', 'opacity: 0.5')",
        "style-src-attr",
    ),
    "a style sheet inside the page": (
        "const s = document.createElement('style');"
        "s.textContent = 'body { opacity: 0.5 }'; document.head.append(s)",
        "style-src-elem",
    ),
    "an image of others": (
        "new Image().src = 'https://example.org/a.png'",
        "img-src",
    ),
    "a request to others": (
        "fetch('https://example.org/').catch(() => {})",
        "connect-src",
    ),
    "a frame": (
        "const f = document.createElement('iframe');"
        "f.src = 'https://example.org/'; document.body.append(f)",
        "frame-src",
    ),
}


@pytest.mark.parametrize("what", TRIES)
def test_what_is_not_the_sites_own_is_refused(browser, address, what):
    action, directive = TRIES[what]
    context = browser.new_context()
    page = context.new_page()
    page.goto(address + "rnn/")
    refused = page.evaluate(
        "async () => {"
        "  const refused = new Promise((resolve) => {"
        "    document.addEventListener('securitypolicyviolation',"
        "      (event) => resolve(event.effectiveDirective));"
        "    setTimeout(() => resolve('nothing'), 3000) });"
        f"  {action};"
        "  return refused }"
    )
    assert refused == directive
    assert page.evaluate("window.ran") is None
    assert page.evaluate("getComputedStyle(document.body).opacity") == "1"
    context.close()


@pytest.mark.parametrize("place", ["", "en/", "labs/market/", "nowhere/"])
def test_every_page_has_a_policy_without_exceptions(page, address, place):
    page.goto(address + place)
    page.faults.clear()  # type: ignore[attr-defined]  # a 404 logs itself
    policy = page.locator("meta[http-equiv=Content-Security-Policy]")
    content = policy.get_attribute("content")
    assert content.startswith("default-src 'none'; script-src 'self' 'sha256-")
    assert "unsafe" not in content
    assert page.locator("article [style]:not([style=''])").count() == 0

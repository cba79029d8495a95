"""Whether a page fits its window: narrow and wide, light and dark."""

from pathlib import Path

CHECK = Path(__file__).with_name("layout.js").read_text()
AXE = (Path(__file__).with_name("axe") / "axe.min.js").read_text()
# Until everything has followed the new size, and until the colours have changed.
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
CHANGED = """Promise.allSettled(document.getAnimations()
    .filter(each => each instanceof CSSTransition).map(each => each.finished))"""
# Pixels: a telephone, a usual screen at 200 %, and a usual screen.
WIDTHS, HEIGHT = (390, 640, 1280), 844


def assert_fits(page, widths=WIDTHS):
    """Nothing is outside of the window, cut off or on something else; controls can be hit."""
    before, wrong = page.viewport_size, []
    for width in widths:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.evaluate(DRAWN)
        wrong += [f"at {width} px: {text}" for text in page.evaluate(CHECK)]
    page.set_viewport_size(before)
    assert not wrong, "\n".join(wrong)


def assert_accessible(page):
    """axe finds nothing, neither in the dark nor in the light colours."""
    page.evaluate(AXE)  # a script element would be against the policy of the page
    for colors in ("dark", "light"):
        page.emulate_media(color_scheme=colors)
        page.evaluate(CHANGED)
        found = page.evaluate("axe.run()")["violations"]
        broken = [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]
        assert broken == [], colors

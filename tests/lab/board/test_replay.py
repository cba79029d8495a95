import base64
import gzip
import json

import pytest

from lab.board import replay
from lab.board.history import SECONDS, History


def test_the_history_forgets_and_a_replay_has_only_what_changed():
    history = History()
    for number in range(2 * SECONDS):
        boxes = [{"name": "a", "rate": 0}, {"name": "b", "rate": number // 2}]
        tick = {"at": float(number), "chart": None, "truth": {}, "boxes": boxes}
        tick |= {"chart": {"ok": 1} if number % 2 else None, "controls": {"rate": number // 2}}
        history.add(tick, json.dumps(tick))

    ticks = history.ticks()

    assert len(ticks) == SECONDS + 1
    assert [len(tick["boxes"]) for tick in ticks[:4]] in ([2, 1, 0, 1], [2, 0, 1, 0])
    assert ["controls" in tick for tick in ticks[:4]] == [True, True, False, True]
    assert sum("controls" in tick for tick in ticks) == SECONDS // 2 + 1
    assert len(history.seconds()) in (SECONDS // 2, SECONDS // 2 + 1)


def page(folder, **files):
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder


def test_a_replay_is_one_file_that_asks_for_nothing(tmp_path):
    folder = page(
        tmp_path,
        index_html='<head><link rel="stylesheet" href="/page/a.css">\n'
        '<script src="/page/old.js" defer></script>'
        '<script type="module" src="/page/main.js"></script></head><body></body>',
        a_css="p { color: red }",
        old_js="window.old = 1;",
        main_js='import { one, two as deux } from "./b.js";\nimport d from "./c.js";\none(d);',
        b_js='import * as c from "./c.js";\nexport function one() {}\nexport const two = c.a;',
        c_js="class D {}\nconst three = 3;\nexport { D as default, three };\n",
    )

    text = replay.page(folder, {"text": "</script><b>"})

    assert "/page/" not in text and "import " not in text and "export " not in text
    assert text.index('modules["c.js"] = ') < text.index('modules["b.js"] = ')
    assert text.count('modules["c.js"] = ') == 1
    assert 'const {one, two: deux } = modules["b.js"];' in text.replace("{ one", "{one")
    assert "return { default: D, three };" in text
    assert "return { one, two };" in text
    data = text[text.index('id="recording">') + 15 :].partition("</script>")[0]
    assert json.loads(gzip.decompress(base64.b64decode(data))) == {"text": "</script><b>"}


@pytest.mark.parametrize(
    "odd",
    [
        "export let a = 1;",
        "export default 3;",
        'export { a } from "./b.js";',
        'import "./b.js";',
        'import { main } from "./main.js";',
    ],
)
def test_a_module_that_the_replay_cannot_take_is_named(tmp_path, odd):
    folder = page(tmp_path, main_js=odd, b_js="")

    with pytest.raises(ValueError, match="main.js"):
        replay.bundle(folder, "main.js")

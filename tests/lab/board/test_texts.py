"""All words of the page are in one file for each language, and none is missing there."""

import re

from lab.board.server import PAGE

TEXT = re.compile(r'^  (\w+): "', re.MULTILINE)
ASKED = re.compile(r'\bt\((["`])([^"`]*)\1|data-t="([^"]*)"')
SENTENCE = re.compile(r'["`][A-Za-z]+(?: [a-z]+)+[.?]?["`]')
MARKUP = {'"additions text"', '"key order"'}  # two words that nobody reads


def test_every_text_that_the_page_asks_for_is_there():
    known = TEXT.findall((PAGE / "texts.en.js").read_text())
    files = [*PAGE.glob("*.js"), PAGE / "index.html"]
    code = "\n".join(file.read_text() for file in files if "uPlot" not in file.name)
    asked = {name or of_html for _, name, of_html in ASKED.findall(code)}

    assert len(asked) > 60 and len(known) == len(set(known))
    for name in asked:  # the page fills in what is in ${}
        pattern = re.sub(r"\$\{.*?\}", r"\\w+", name)
        assert any(re.fullmatch(pattern, text) for text in known), name


def test_no_other_file_of_the_page_has_words_of_its_own():
    found = {
        words
        for file in PAGE.glob("*.js")
        if file.name not in ("texts.en.js", "uPlot.iife.min.js")
        for words in SENTENCE.findall(re.sub(r"//.*", "", file.read_text()))
    }

    assert found == MARKUP

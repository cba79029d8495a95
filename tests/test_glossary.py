"""The glossary explains the technical terms of the chapters, and the chapters link to it."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"
GLOSSARY = (DOCS / "glossary.md").read_text()
CHAPTERS = sorted(DOCS.glob("[1-5]*.md"))
# Words of headings that need no explanation. Every other word must be part of a term.
PLAIN = """
also and are break can continued counted dead die down ending everywhere exercises failures fewer
guesses long more not old once one price purpose questions read requests run see shared sign signed
slowing succeed successes survives tests the verified verifies what while who work works you should
"""
CODE = r"(?ms)^```.*?^```"
NOT_PROSE = CODE + r"|^#[^\n]*$|^\|[^\n]*$|!?\[[^\]]*\]\([^)]*\)|`[^`\n]*`"


def entries():
    """{term: its explanation}, in the order of the page."""
    pieces = re.split(r"^### (.+)$", GLOSSARY, flags=re.MULTILINE)[1:]
    return dict(zip(pieces[::2], map(str.strip, pieces[1::2]), strict=True))


TERMS = entries()


def anchor(term):
    return re.sub(r"[^a-z0-9 -]", "", term.lower()).replace(" ", "-")


def words(text):
    return set(re.findall(r"[a-z][a-z-]{2,}", text.lower()))


def unknown_words(text):
    """The words of three or more letters that are neither plain nor part of a term.

    A plural counts as its singular: `queries` as `query`.
    """
    terms = words(" ".join(TERMS))
    technical = words(text) - words(PLAIN)
    forms = {word: {word, word.removesuffix("s"), re.sub("ies$", "y", word)} for word in technical}
    return {word for word in technical if not forms[word] & terms}


def name(chapter):
    return chapter.stem


@pytest.mark.parametrize("chapter", CHAPTERS, ids=name)
def test_every_technical_word_of_a_heading_is_in_the_glossary(chapter):
    assert unknown_words(headings(chapter)) == set()


def headings(chapter):
    prose = re.sub(CODE, "", chapter.read_text())
    return " ".join(re.findall(r"^#+ (.+)$", prose, re.MULTILINE))


def test_a_heading_with_an_unknown_word_would_be_found():
    assert unknown_words("Run it: a quorum of instances survives") == {"quorum"}


def test_every_plain_word_is_used_by_a_heading():
    assert words(PLAIN) - words(" ".join(map(headings, CHAPTERS))) == set()


@pytest.mark.parametrize("chapter", CHAPTERS, ids=name)
def test_a_chapter_links_each_term_where_it_first_uses_it(chapter):
    text = chapter.read_text()

    assert [term for term in TERMS if first_use(term, text_before_link(term, text))] == []


def text_before_link(term, text):
    """The text up to its first link to the term; all of it if there is none."""
    link = text.find(f"](glossary.md#{anchor(term)})")
    return text if link < 0 else text[: text.rindex("[", 0, link)]


def first_use(term, text):
    """Where the prose uses the term outside of links and of longer terms, or None."""
    text = re.sub(NOT_PROSE, " - ", text)
    for longer in TERMS:
        if term != longer and term.lower() in longer.lower():
            text = re.sub(pattern(longer), " - ", text, flags=re.IGNORECASE)
    found = re.search(pattern(term), text, 0 if term.isupper() else re.IGNORECASE)
    return None if found and found[0].isupper() and not term.isupper() else found


def pattern(term):
    stem, endings = (term[:-1], "(y|ies)") if term.endswith("ry") else (term, "s?")
    return r"\b" + r"\s+".join(map(re.escape, stem.split())) + endings + r"\b"


def test_every_term_is_linked_from_a_document_or_used_by_another_entry():
    documents = [DOCS.parent / "README.md", *DOCS.rglob("*.md")]
    pages = "".join(page.read_text() for page in documents)

    alone = [
        term
        for term in TERMS
        if f"glossary.md#{anchor(term)})" not in pages
        and not any(first_use(term, TERMS[other]) for other in TERMS if other != term)
    ]

    assert alone == []


def test_terms_are_in_alphabetical_order():
    assert list(TERMS) == sorted(TERMS, key=str.lower)


@pytest.mark.parametrize("term", TERMS)
def test_an_entry_has_one_to_three_sentences(term):
    assert 1 <= len(re.findall(r"[.?!](?=\s|$)", TERMS[term])) <= 3

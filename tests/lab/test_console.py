"""What the commands print."""

import pytest

from lab import console


@pytest.mark.parametrize(("number", "text"), [(0, "0 workers"), (1, "1 worker"), (2, "2 workers")])
def test_a_number_and_its_noun_agree(number, text):
    assert console.count(number, "worker") == text


FILLED = "word " * 14


@pytest.mark.parametrize(
    "whole",
    [
        "/a/" + 20 * "path-with-hyphens/",
        "./escala error-rates --part burner",
        "./escala up --set CACHE=off",
        "chmod u+rwX '/home/a name'",
        "./escala run 1a 2b --quick",
    ],
)
def test_a_line_is_wrapped_between_words_and_not_inside_a_path_or_a_command(whole):
    first, second = console.wrapped(f"{FILLED}{whole}", 4).splitlines()

    assert (first, second) == (FILLED.strip(), f"    {whole}")

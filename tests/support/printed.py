"""What Chromium prints: how far down each page of a PDF file something is drawn."""

import re
import zlib

PAGE = re.compile(rb"/Type /Page\b(?!s).*?endobj", re.DOTALL)
NUMBER = re.compile(r"-?\d*\.?\d+")
# Strings and names are no operands of what is read here; the rest are numbers and operators.
TOKEN = re.compile(r"\((?:\\.|[^\\)])*\)|<[0-9A-Fa-f]*>|/\S+|\[|\]|-?\d*\.?\d+|[A-Za-z'*]+")
UNIT = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def empty_parts(pdf, margin):
    """For each page the share of its height, without margins (points), that is empty below."""
    found = []
    for page in PAGE.findall(pdf):
        height = float(re.search(rb"/MediaBox \[\S+ \S+ \S+ ([\d.]+)\]", page)[1])
        (number,) = re.findall(rb"/Contents (\d+) 0 R", page)
        lowest = min(heights(stream(pdf, number)), default=height - margin)
        found.append(max(0, lowest - margin) / (height - 2 * margin))
    return found


def stream(pdf, number):
    """The text of the stream in the object with this number."""
    start = re.search(rb"(?:^|\s)%s 0 obj.*?stream\r?\n" % number, pdf, re.DOTALL).end()
    return zlib.decompressobj().decompress(pdf[start:]).decode("latin-1")


def heights(content):
    """The heights on the page (points) of all text, images and shapes of this content."""
    matrix, text, saved, numbers, path = UNIT, UNIT, [], [], []
    for token in TOKEN.findall(content):
        if NUMBER.fullmatch(token):
            numbers.append(float(token))
            continue
        match token:
            case "q":
                saved.append(matrix)
            case "Q":
                matrix = saved.pop()
            case "cm":
                matrix = product(numbers[-6:], matrix)
            case "Tm":
                text = numbers[-6:]
            case "Tj" | "TJ":
                yield product(text, matrix)[5]
            case "Do":
                yield from (of_point(matrix, x, y) for x in (0, 1) for y in (0, 1))
            case "re":
                x, y, width, height = numbers[-4:]
                path += [of_point(matrix, x, y), of_point(matrix, x + width, y + height)]
            case "m" | "l" | "c":
                path.append(of_point(matrix, *numbers[-2:]))
            case "f" | "f*" | "S" | "B":
                yield from path
                path = []
            case "n":  # a shape that only clips others
                path = []
        if not token.startswith(("(", "<", "/", "[", "]")):
            numbers = []


def product(one, two):
    a, b, c, d, e, f = one
    g, h, i, j, k, m = two
    return (
        *(a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j),
        *(e * g + f * i + k, e * h + f * j + m),
    )


def of_point(matrix, x, y):
    """How high on the page a point is."""
    _, b, _, d, _, f = matrix
    return b * x + d * y + f

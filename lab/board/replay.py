"""The replay: one HTML file with the page and the last ten minutes, which needs nothing else.

A browser loads no module from a file beside the page (file:// has no origin). So all modules become
one script: each a function that returns what it exports. The ticks are compressed, to a fifteenth.
"""

import base64
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

IMPORT = re.compile(r'^import\s+([^;]+?)\s+from\s+"\./([\w.-]+)";?[ \t]*$', re.MULTILINE)
EXPORT = re.compile(r"^export\s+(?=(?:async\s+)?(?:function\*?|class|const)\s+(\w+))", re.MULTILINE)
EXPORTED = re.compile(r"^export\s*\{([^}]*)\};?[ \t]*$", re.MULTILINE)
SCRIPT = re.compile(r'<script ([^>]*?)\s*src="/?page/([\w.-]+)"([^>]*)></script>')
STYLE = re.compile(r'<link [^>]*href="/?page/([\w.-]+\.css)"[^>]*>')


def page(folder: Path, recording: dict[str, Any]) -> str:
    """Return the page as one file that plays `recording`; raise ValueError for an odd module."""
    text = (folder / "index.html").read_text()

    def script(found: re.Match[str]) -> str:
        if 'type="module"' in found[1] + found[3]:
            return f'<script type="module">\n{bundle(folder, found[2])}\n</script>'
        return f"<script>\n{_closed((folder / found[2]).read_text())}\n</script>"

    text = STYLE.sub(lambda found: f"<style>\n{(folder / found[1]).read_text()}</style>", text)
    text = SCRIPT.sub(script, text)
    packed = gzip.compress(json.dumps(recording, separators=(",", ":")).encode(), mtime=0)
    data = base64.b64encode(packed).decode()
    element = f'<script type="application/gzip" id="recording">{data}</script>'
    return text.replace("</body>", f"{element}\n</body>", 1)


def bundle(folder: Path, first: str) -> str:
    """Return a module and all that it imports as one script."""
    parts = [
        f'modules["{name}"] = (() => {{\n{body}\n}})();' for name, body in _ordered(folder, first)
    ]
    return _closed("const modules = {};\n" + "\n".join(parts))


def _ordered(folder: Path, first: str) -> Iterator[tuple[str, str]]:
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        if name in above:
            raise ValueError(f"{name} imports itself: {' > '.join(above)}")
        if name in done:
            return
        text = (folder / name).read_text()
        for found in IMPORT.finditer(text):
            yield from visit(found[2], (*above, name))
        done.add(name)
        yield name, _as_function(name, text)

    yield from visit(first, ())


def _as_function(name: str, text: str) -> str:
    exported = [*EXPORT.findall(text)]
    for names in EXPORTED.findall(text):
        exported += [_pair(each, " as ") for each in names.split(",") if each.strip()]
    text = EXPORTED.sub("", EXPORT.sub("", IMPORT.sub(_constant, text)))
    if odd := re.search(r"^(?:import|export)\b.*", text, re.MULTILINE):
        raise ValueError(f"{name}: the replay cannot take {odd[0]!r}")
    return f"{text}\nreturn {{ {', '.join(exported)} }};"


def _constant(found: re.Match[str]) -> str:
    what, module = found[1].strip(), f'modules["{found[2]}"]'
    if what.startswith("{"):
        return f"const {{{what[1:-1].replace(' as ', ': ')}}} = {module};"
    if what.startswith("* as "):
        return f"const {what[5:]} = {module};"
    return f"const {what} = {module}.default;"


def _pair(text: str, separator: str) -> str:
    name, _, alias = text.strip().partition(separator)
    return f"{alias}: {name}" if alias else name


def _closed(script: str) -> str:
    return script.replace("</script", "<\\/script")

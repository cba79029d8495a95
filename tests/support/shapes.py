"""The shape of a JSON document: its keys and the types of its values, without the values.

Programs read the documents that `./escala ... --json` prints. shapes.json has the shapes as they
were recorded: fields may be added, but none may be renamed, removed or change its type.
"""

import json
from pathlib import Path

RECORDED = json.loads(Path(__file__).with_name("shapes.json").read_text())
ANY_KEY = "*"  # in a recorded shape: the keys are data, and all values have this shape
TYPES = {str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}


def differences(document, shape, where=""):
    """What a document lacks of a recorded shape, or has in another type: one text for each."""
    if isinstance(shape, dict):
        if not isinstance(document, dict):
            return [f"{where} is no object"]
        if ANY_KEY in shape:
            shape = dict.fromkeys(document, shape[ANY_KEY])
        lost = [f"{where}.{key} is missing" for key in shape if key not in document]
        kept = [key for key in shape if key in document]
        return lost + [
            text
            for key in kept
            for text in differences(document[key], shape[key], f"{where}.{key}")
        ]
    if isinstance(shape, list):
        if not isinstance(document, list):
            return [f"{where} is no list"]
        return [text for item in document for text in differences(item, shape[0], f"{where}[]")]
    found = TYPES.get(type(document), "an object or a list")
    return [] if found in shape.split(" or ") else [f"{where} is {found}, not {shape}"]


def assert_recorded_shape(name, document):
    """Checks the document of a command against the recorded shape of this name."""
    assert differences(document, RECORDED[name], name) == []

"""Text that looks the same is stored the same: one spelling of each letter, nothing invisible."""

import re
from unicodedata import category, normalize

from rest_framework import serializers

LONGEST = 15_000  # characters; to sort more combining marks would take seconds

# Unicode's ignorable code points (soft hyphen, zero-width space, marks of direction, fillers), and
# those that mark annotations.
INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    r"\u3164\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a]"
)
BLANKS = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]")
# Joiners, variation selectors and tags shape the letter or emoji before them. Latin, Greek,
# Cyrillic and numbers (below U+0590) and, for joiners, Chinese and Japanese have no such shapes.
SHAPELESS = re.compile(
    r"(?<![\u0590-\U0010ffff])[\u180b-\u180d\u180f\u200c\u200d\ufe00-\ufe0f\U000e0000-\U000e0fff]+"
    r"(?!\u20e3)|(?<=[\u2e80-\ud7ff])[\u200c\u200d]+|[\u200c\u200d]+(?=\s|\Z)"
)
REPEATED = re.compile(r"(?<=\S)  +")  # a browser shows one; indentation stays
UNSEEN = {"Cc", "Cf", "Mn", "Mc", "Me", "Zs"}


def normal(text: str) -> str:
    """The text in NFC without what cannot be seen; "" if nothing is left.

    Text that is too long for every column is returned as it is, and must be refused.
    """
    if len(text) > LONGEST:
        return text
    if not text.isascii():
        text = BLANKS.sub(" ", INVISIBLE.sub("", normalize("NFC", text)))
        text = normalize("NFC", SHAPELESS.sub("", text))
        if all(category(sign) in UNSEEN for sign in text):
            return ""
    return REPEATED.sub(" ", text).strip()


class TextField(serializers.CharField):
    """Text as normal() leaves it."""

    def to_internal_value(self, value):
        text = normal(super().to_internal_value(value))
        if not text and not self.allow_blank:
            self.fail("blank")
        return text

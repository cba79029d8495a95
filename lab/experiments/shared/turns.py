"""The order in which the sides of a comparison are measured, turn after turn."""

from collections.abc import Iterable
from typing import TypeVar

Side = TypeVar("Side")


def there_and_back(sides: Iterable[Side], turn: int) -> list[Side]:
    """The sides in their order; in every second turn backwards: A B, B A, A B ...

    So a machine that slows down burdens all sides alike. And the system changes half as often,
    because a turn begins with the side that ended the one before.
    """
    return list(sides)[:: -1 if turn % 2 else 1]

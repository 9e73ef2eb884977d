"""Groups of linked clips, from pairs that formats name."""

from __future__ import annotations

from collections import Counter


class Links:
    """Joins names into groups; a name joined with nobody else is in none."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}
        self._numbers: dict[str, str] = {}
        self._sizes: Counter[str] = Counter()

    def join(self, one: str, other: str) -> None:
        """Says that two names belong together."""
        self._parents[self._root(one)] = self._root(other)
        self._sizes.clear()

    def group(self, name: str) -> str | None:
        """The number of a name's group, from "1" in the order asked for; None when it is alone."""
        if not self._sizes:
            self._sizes.update(self._root(other) for other in list(self._parents))
        root = self._root(name)
        return self._numbers.setdefault(root, str(len(self._numbers) + 1)) if self._sizes[root] > 1 else None

    def _root(self, name: str) -> str:
        parents = self._parents
        while parents.setdefault(name, name) != name:
            parents[name] = parents[parents[name]]
            name = parents[name]
        return name

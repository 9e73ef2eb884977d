"""What all objects of the fake share: they count calls, die together, and know no name that is not published."""

from __future__ import annotations

from typing import Any

from resolve.fake.world import World


class Strict:
    """An object of the API. `hasattr` is true of any published name, as it is of the real ones."""

    later: frozenset[str] = frozenset()
    """Published names that an older version lacks."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_") or name == "later":
            return super().__getattribute__(name)
        world: World = super().__getattribute__("_world")
        world.calls[name] += 1
        if world.is_gone or (world.old and name in self.later):
            return None  # as the real ones do, which then cannot be called
        return super().__getattribute__(name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise AssertionError(f"{type(self).__name__} has no {name} in the published API")

    def __dir__(self) -> list[str]:
        known = super().__dir__()
        return [name for name in known if not (self._world.old and name in self.later)]


def expect(value: object, *kinds: type) -> None:
    """Fails the test when an argument is not of the published kind."""
    if isinstance(value, bool) and bool not in kinds:
        raise AssertionError(f"an argument is {value!r}, expected {[kind.__name__ for kind in kinds]}")
    if not isinstance(value, kinds):
        raise AssertionError(f"an argument is {value!r}, expected {[kind.__name__ for kind in kinds]}")

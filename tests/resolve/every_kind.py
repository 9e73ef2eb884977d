"""An action with an option of every kind."""

from __future__ import annotations

from twopop_actions.action import Action, Option

EVERY_KIND = Action(
    "try", "Try it", "Tries every kind of option.", ("timeline",),
    (
        Option("count", "number", 2.5, "How many.", unit="dB", minimum=0, maximum=9),
        Option("way", "choice", "one", "Which way.", choices=("one", "two")),
        Option("words", "text", "", "Some words."),
        Option("parts", "steps", "a", "Which parts.", choices=("a", "b")),
        Option("places", "folders", None, "Where."),
        Option("loud", "switch", True, "Whether it is loud."),
    ),
)  # fmt: skip

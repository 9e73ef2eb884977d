"""What can go wrong with models: the tree of errors of this package, which knows no protocol.

ModelError
├── UnknownModel       no card of that id
├── FilesMissing       the model's files are not here
├── FileUnreadable     not the file that the card names, or a checkpoint that does not fit or carries code
├── LicenseRefused     the licence of the weights was not accepted
├── FetchFailed        the server or the index is not there, or sends something else
└── StoreUnwritable    the store's folder cannot be written to
"""

from __future__ import annotations


class ModelError(Exception):
    """Base of this package's errors.

    Attributes:
        subject: What it is about: a model's id, a path or an address.
        detail: What was wrong, what was expected, what to do.
    """

    def __init__(self, subject: str, detail: str) -> None:
        super().__init__(f"{subject}: {detail}")
        self.subject = subject
        self.detail = detail


class UnknownModel(ModelError):
    """No card of that id; the detail lists those that there are."""


class FilesMissing(ModelError):
    """The model's files are not here; the detail says in a sentence how to get them."""


class FileUnreadable(ModelError):
    """Not the file that the card names, or a checkpoint that does not fit or carries code."""


class LicenseRefused(ModelError):
    """The licence of the weights was not accepted; the detail gives its terms in a few words."""


class FetchFailed(ModelError):
    """The server or the index is not there, or sends something else."""


class StoreUnwritable(ModelError):
    """The store's folder cannot be written to."""

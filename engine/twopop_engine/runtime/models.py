"""The user's model store, and its errors told as the protocol's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from twopop.errors import (
    DownloadFailed,
    LicenseNotAccepted,
    ModelMissing,
    ModelUnknown,
    ModelUnreadable,
    OutputUnwritable,
    TwopopError,
)
from twopop.locations import data_folder
from twopop_models.errors import (
    FetchFailed,
    FilesMissing,
    FileUnreadable,
    LicenseRefused,
    ModelError,
    StoreUnwritable,
    UnknownModel,
)
from twopop_models.store import Store

_TOLD_AS: dict[type[ModelError], Callable[[str, str], TwopopError]] = {
    UnknownModel: ModelUnknown.of,
    FilesMissing: ModelMissing.of,
    FileUnreadable: ModelUnreadable.at,
    LicenseRefused: LicenseNotAccepted.of,
    FetchFailed: DownloadFailed.at,
    StoreUnwritable: OutputUnwritable.at,
}


def model_store() -> Store:
    """The store of this user: `models/` in the data folder, which `$TWOPOP_DATA` moves."""
    return Store(data_folder() / "models")


@contextmanager
def model_errors() -> Iterator[None]:
    """Raises, around a call to the store, its errors as those of the protocol.

    Raises:
        InputError: The store raised one of its own.
    """
    try:
        yield
    except ModelError as error:
        raise _TOLD_AS[type(error)](error.subject, error.detail) from error

"""What measures whether lips fit speech: the model of a card, with the face networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from twopop.errors import ModelUnknown
from twopop.v1 import sync_pb2
from twopop_engine.faces.nets import FaceNets
from twopop_engine.faces.tracker import FaceTracker
from twopop_engine.runtime.models import model_errors, model_store
from twopop_engine.sync.assess.answer import VideoAnswer
from twopop_engine.sync.assess.confidence import CARD_ID as CALIBRATION
from twopop_engine.sync.assess.options import AssessModels, AssessOptions, FaceFinder, Report
from twopop_engine.sync.assess.video import assess_video
from twopop_engine.sync.mouths import LoggedFinder, MouthLog, picture_mouths
from twopop_engine.sync.scores import SyncModel
from twopop_models.store import Store

DEFAULT_MODEL: Final = "twopop-lipsync.v1"

DETECTOR: Final = ("faces.blazeface-full.v1", "face_detection_full_range_sparse.tflite")
MESH: Final = ("faces.mesh.v1", "face_landmark.tflite")


class CardMeter:
    """Measures with the model of a card. Its files are looked at now; the networks are loaded when first needed."""

    def __init__(self, model: str, store: Store, load: Callable[[Store], SyncModel]) -> None:
        """Finds the files.

        Args:
            model: Id of the card.
            store: Where the files are.
            load: Loads the model.

        Raises:
            ModelMissing: A file is not here; the message says how to get it.
            ModelUnreadable: A file is not what it must be.
            LicenseNotAccepted: The weights' licence was not accepted.
        """
        with model_errors():
            card = store.card(model)
            names = card.converts_to or tuple(file.name for file in card.files)
            self._faces = (store.path(*DETECTOR), store.path(*MESH))
            for name in names:
                store.path(model, name)
            hashes = [store.find(card, name).sha256 for name in names]
            hashes += [store.find(store.card(id), name).sha256 for id, name in (DETECTOR, MESH)]
            hashes += [file.sha256 for file in store.card(CALIBRATION).files]
        self.identity = " ".join([model, str(card.revision), *hashes])
        self._store = store
        self._load = load
        self._loaded: tuple[FaceNets, SyncModel] | None = None
        self._log = MouthLog()

    def measure(self, path: Path, options: AssessOptions, report: Report) -> VideoAnswer:
        """Measures one file; see `assess.video.assess_video`."""
        nets, model = self._loaded = self._loaded or (FaceNets.load(*self._faces), self._load(self._store))
        self._log = MouthLog()

        def finder() -> FaceFinder:
            tracker = FaceTracker(nets)
            return LoggedFinder(tracker, self._log) if options.with_evidence else tracker

        return assess_video(path, AssessModels(finder, model), options, report)

    def picture_mouths(self, video: sync_pb2.VideoSync, audio_stream: int | None, report: Report) -> None:
        """Adds pictures of the speakers' mouths to what was measured last, with evidence."""
        picture_mouths(video, self._log, audio_stream, report)


def _lipsync(store: Store) -> SyncModel:
    from twopop_engine.sync.lipsync.model import load_model

    return load_model(store)


def _syncnet(store: Store) -> SyncModel:
    from twopop_engine.sync.syncnet.model import SyncNet, load_towers

    return SyncNet(load_towers(store))


_LOADERS: Final[Mapping[str, Callable[[Store], SyncModel]]] = {DEFAULT_MODEL: _lipsync, "syncnet.v2": _syncnet}


def meter_of(model: str) -> CardMeter:
    """What measures with a model.

    Args:
        model: Id of its card; empty: the default.

    Raises:
        ModelUnknown: No model of that name, or one that does something else.
        ModelMissing: Its weights, or those of the face networks, are not here; the message says how to get them.
        ModelUnreadable: They are not what they must be.
        LicenseNotAccepted: Their licence was not accepted.
    """
    wanted = model or DEFAULT_MODEL
    if wanted not in _LOADERS:
        raise ModelUnknown.of(wanted, ", ".join(sorted(_LOADERS)))
    return CardMeter(wanted, model_store(), _LOADERS[wanted])

"""Workers that must be alike: the same versions as here, and the same model as each other."""

import platform
from importlib.metadata import version

from sightline.core import ModelIdentity
from sightline.errors import RequestError
from sightline.scale.worker import WorkerInfo

__all__ = ["refuse_other_model", "refuse_other_versions"]


def refuse_other_versions(worker: WorkerInfo) -> None:
    """Refuse a worker whose sightline or Python is not this process's.

    Raises:
        RequestError: it is not.
    """
    for name, here, there in (
        ("sightline", version("sightline"), worker.sightline),
        ("Python", platform.python_version(), worker.python),
    ):
        if here != there:
            raise RequestError(
                f"{name} is {there} on the host {worker.host} and {here} here. Install the same version on every host "
                "of the cluster, so that all replies are made alike."
            )


def refuse_other_model(first: WorkerInfo, other: WorkerInfo) -> None:
    """Refuse a worker whose model is not that of the first.

    Raises:
        RequestError: its content, engine, dtype or attention is another.
    """
    then, now = _content(first.identity), _content(other.identity)
    differing = [f"{name} is {then[name]} and {now[name]}" for name in then if then[name] != now[name]]
    if differing:
        raise RequestError(
            f"Workers on {first.host} and {other.host} hold different models: {'; '.join(differing)}. Put the same "
            "files and versions on every host."
        )


def _content(identity: ModelIdentity) -> dict[str, str]:
    return {
        "hash": identity.hash[:16],
        "engine": identity.engine,
        "dtype": identity.dtype,
        "attention": identity.attention,
    }

"""Whether an adapter was made on a model: its modules are there, of its shapes, and of the content that it knows."""

from collections.abc import Collection, Mapping

from sightline.errors import RequestError
from sightline.models.adapter import Adapter, Change
from sightline.models.counterparts import counterparts

__all__ = ["refuse_other_base", "refuse_other_shapes", "weights_adapted"]


def refuse_other_base(adapter: Adapter, name: str, sha256: str) -> None:
    """Refuse a base of other content than the adapter says it was made on; not all adapters say it.

    Args:
        adapter: the adapter.
        name: of the base.
        sha256: the hash of the base's content.

    Raises:
        RequestError: it is another.
    """
    if adapter.base_hash not in (None, sha256):
        raise RequestError(
            f"The adapter {adapter.name} was made on another model than {name}: the hash of its base is "
            f"{str(adapter.base_hash)[:12]}…, and that of {name} is {sha256[:12]}…. Name its base; or, if this one is "
            "meant, say --any-base."
        )


def weights_adapted(adapter: Adapter, names: Collection[str], model: str) -> Mapping[str, str]:
    """Find the modules of a model that an adapter is for.

    Args:
        adapter: the adapter.
        names: of the model's modules that have weights.
        model: what to call it.

    Raises:
        RequestError: one is not there, or two of the adapter's mean the same.
    """
    found = counterparts(adapter.modules, names)
    if absent := [module for module in adapter.modules if module not in found]:
        raise RequestError(
            f"The adapter {adapter.name} was made on another model: it adapts {absent[0]}"
            + (f" and {len(absent) - 1} others" if len(absent) > 1 else "")
            + f", for which there is no weight in {model}."
        )
    owners: dict[str, str] = {}
    for module, name in found.items():
        if (other := owners.setdefault(name, module)) != module:
            raise RequestError(
                f"The adapter {adapter.name} was made on another model: {other} and {module} both mean {name} here."
            )
    return found


def refuse_other_shapes(adapter: Adapter, module: str, change: Change, shape: tuple[int, ...]) -> None:
    """Refuse a change that is of another shape than the weight.

    Raises:
        RequestError: it is.
    """
    if change.shape != shape:
        raise RequestError(
            f"The adapter {adapter.name} was made on another model: its change of {module} is "
            f"{' × '.join(map(str, change.shape))}, and the weight is {' × '.join(map(str, shape))} here."
        )

"""A Ray cluster: reached or started here, and how its GPUs and cores are shared out among workers."""

import os
import socket
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from sightline.errors import RequestError

__all__ = ["Seats", "connect", "cores_each", "import_ray", "share_out"]

_STORE_BYTES = 200_000_000
"""What passes through Ray here is prompts and replies, never images."""

_FREE_WITHIN_S = 10.0
_ANSWERS_WITHIN_S = 5.0

_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS_SKIP_REGEX": "A worker died or was killed",  # told in our own words, once it matters
}


class Seats(NamedTuple):
    """Where workers sit.

    Args:
        workers: how many there are.
        gpus: that each has for itself.
        cpus: likewise.
    """

    workers: int
    gpus: int
    cpus: int


def connect(address: str | None) -> Any:
    """Reach a cluster, or start Ray on this machine alone; one that this process has reached before is taken as it is.

    Args:
        address: of the cluster; None: this machine alone.

    Returns:
        The module ray.

    Raises:
        RequestError: Ray is not installed, or no cluster answers at the address.
    """
    ray = import_ray()
    if ray.is_initialized():
        return ray
    if address is not None:
        _knock(address)
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
    if address is None:
        options |= {"address": "local", "include_dashboard": False, "object_store_memory": _STORE_BYTES}
    else:
        options["address"] = address
    try:
        ray.init(**options)
    except (ConnectionError, RuntimeError, ValueError, TimeoutError, OSError) as error:
        raise RequestError(_unreached(address, error)) from None
    return ray


def import_ray() -> Any:
    """Ray, told to be quiet.

    Raises:
        RequestError: it is not installed.
    """
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)  # read by Ray when it is imported
    try:
        import ray
    except ImportError:
        raise RequestError(
            "Ray is not installed, which runs models on many GPUs: pip install 'sightline[ray]'"
        ) from None
    return ray


def _knock(address: str) -> None:
    """Refuse an address at which nothing listens; Ray itself would try for a minute, and tell of it at length."""
    host, colon, port = address.rpartition(":")
    if not colon:
        return
    if address.startswith("ray://"):
        raise RequestError(
            f"{address} is that of Ray's client, which sightline does not go through. Run it on a host of the cluster, "
            "with --ray-address auto."
        )
    try:
        with socket.create_connection((host, int(port)), _ANSWERS_WITHIN_S):
            return
    except (OSError, ValueError) as error:
        raise RequestError(_unreached(address, error)) from None


def _unreached(address: str | None, error: Exception) -> str:
    why = " ".join(str(error).split())[:300].rstrip(".") or type(error).__name__
    if "ersion" in why and "mismatch" in why.lower():
        return f"The Ray cluster at {address} runs other versions than this process: {why}"
    if address is None:
        return f"Ray could not be started on this machine: {why}"
    return (
        f"No Ray cluster answers at {address}: {why}. Start one with ray start --head, name another (--ray-address "
        "HOST:6379), or leave the address out to use this machine alone."
    )


def share_out(ray: Any, workers: int | None, on_gpus: bool) -> Seats:
    """Share a cluster out.

    Args:
        ray: the module, connected.
        workers: how many are wanted; None: one a GPU, or a single one where there is no GPU.
        on_gpus: whether GPUs are to be used if there are any.

    Raises:
        RequestError: there are fewer GPUs or cores than workers, or others use them.
    """
    alive = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    gpus = int(sum(node.get("GPU", 0) for node in alive))
    if workers is not None and workers < 1:
        raise RequestError(f"--workers is {workers}; expected one or more.")
    if on_gpus and gpus:
        wanted = gpus if workers is None else workers
        _refuse_too_many(ray, wanted, gpus, "GPU", len(alive))
        return Seats(wanted, 1, 1)
    cores = [int(node.get("CPU", 0)) for node in alive]
    wanted = 1 if workers is None else workers
    _refuse_too_many(ray, wanted, sum(cores), "CPU", len(alive))
    return Seats(wanted, 0, cores_each(cores, wanted))


def _refuse_too_many(ray: Any, wanted: int, there: int, what: str, hosts: int) -> None:
    on = "on this cluster's host" if hosts == 1 else f"on the {hosts} hosts of this cluster"
    name = what if what == "GPU" else "CPU core"
    if wanted > there:
        raise RequestError(
            f"{wanted} workers were asked for, and there {_are(there, name)} {on}. Ask for at most {there}: --workers "
            f"{there}."
        )
    if wanted > (free := _free(ray, what, wanted)):
        raise RequestError(
            f"{wanted} workers were asked for; of {there} {name}s {on} {free} {'is' if free == 1 else 'are'} free. "
            "Wait until others are done, or ask for fewer workers."
        )


def _free(ray: Any, what: str, wanted: int) -> int:
    """How many are free; a cluster hears only after some seconds that something has become so."""
    until = time.monotonic() + _FREE_WITHIN_S
    while (free := int(ray.available_resources().get(what, 0))) < wanted and time.monotonic() < until:
        time.sleep(0.2)
    return free


def _are(number: int, what: str) -> str:
    return f"is 1 {what}" if number == 1 else f"are {number} {what}s"


def cores_each(cores: Sequence[int], workers: int) -> int:
    """The most cores that each worker can have, whole workers on each host.

    Example:
        >>> cores_each([3, 3, 3], 4), cores_each([4, 4, 4], 2), cores_each([2], 2)
        (1, 4, 1)
    """
    fitting = (own for own in range(max(cores), 0, -1) if sum(each // own for each in cores) >= workers)
    return next(fitting, 1)

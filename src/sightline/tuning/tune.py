"""A model tuned on preference pairs, from files to a folder that every other command takes."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from sightline.errors import RequestError
from sightline.records.folder_lock import lock_folder
from sightline.tuning.arguments import Computing, Watching, training_arguments
from sightline.tuning.request import Request, Tuned
from sightline.tuning.run import CHECKPOINTS, Run
from sightline.tuning.run_log import LOG
from sightline.tuning.run_record import RECORD
from sightline.tuning.sources import BAD_ROWS, CHECKED
from sightline.tuning.told import Telling, Told

__all__ = ["Request", "Tuned", "tune"]

_LOCK = "tune.lock"
_BUSY = "another process tunes into this folder. Wait for it, or choose another: --out FOLDER."


def tune(
    request: Request,
    computing: Computing | None = None,
    watching: Watching | None = None,
    tell: Telling | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Tuned:
    """Tune a model on preference pairs.

    The same call again goes on where it was interrupted, and ends with the same weights; on a CPU bit for bit. A run
    that is complete is left as it is. Under ``accelerate launch`` every process calls this.

    Args:
        request: what is tuned, on what, and where to.
        computing: how it is computed.
        watching: when it is looked at and saved.
        tell: told what there is to know, a name and a text each; in the main process.
        progress: told the name of a step of the work, how much of it is done, and of how much.

    Raises:
        RequestError: what is asked for cannot be done here, or the folder holds another run.
        DataError: a file cannot be read or written; or rows cannot be tuned on, and may not be left out.
    """
    computing, watching = computing or Computing(), watching or Watching()
    arguments = training_arguments(request.out / CHECKPOINTS, request.recipe, request.seed, computing)
    with ExitStack() as stack:
        is_main = arguments.process_index == 0
        told = Told(tell if is_main else None, progress if is_main else None)
        if is_main:
            stack.enter_context(lock_folder(request.out, _LOCK, _BUSY, "nothing can be written here"))
            _refuse_others(request.out)
        run = Run(request, computing, watching, arguments, told)
        return run.done_before() or run.carry_out(stack)


def _refuse_others(folder: Path) -> None:
    """Refuse a folder that holds something else."""
    if (folder / RECORD).is_file():
        return
    ours = (_LOCK, BAD_ROWS, CHECKED, LOG, CHECKPOINTS)
    if others := sorted(path.name for path in folder.iterdir() if path.name not in ours and path.name[0] != "."):
        raise RequestError(
            f"{folder} holds {', '.join(others[:3])}{', …' if len(others) > 3 else ''} but no tuning run. Choose a "
            "folder that is new or empty: --out FOLDER."
        )

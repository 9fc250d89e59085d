"""The formats that pairs are exported to: what each cannot hold, how it is written, and how its tool trains on it."""

import io
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from sightline.core import PreferencePair
from sightline.errors import RequestError
from sightline.preferences.dataset_info import add_entry
from sightline.preferences.formats import llamafactory, own, sentinel, trl, trl_text
from sightline.preferences.formats.fields import IMAGE
from sightline.preferences.formats.remainder import with_remainders
from sightline.preferences.formats.source import Format
from sightline.preferences.hadpo_folder import write_hadpo
from sightline.preferences.pairs_file import pair_record
from sightline.records.atomic import write_bytes
from sightline.records.json_rows import Layout, encode_rows

if TYPE_CHECKING:
    from sightline.models.prompts import Chat

__all__ = ["TARGETS", "Job", "Target"]


class Job(NamedTuple):
    """What is to be written where.

    Args:
        pairs: the pairs.
        out: the file or folder.
        images: the folder of the images; None: paths as they are.
        chat: the chat format in which prompts are written out; None: as messages.
        model: what the command calls the model.
        overwrite: whether earlier files may be replaced.
    """

    pairs: Sequence[PreferencePair]
    out: Path
    images: Path | None
    chat: "Chat | None"
    model: str
    overwrite: bool

    def path(self, pair: PreferencePair) -> str:
        """The path of a pair's image, as the other tool is to open it."""
        return pair.image.name if self.images is None else str(self.images.resolve() / pair.image.name)


class Target(NamedTuple):
    """A format that is written.

    Args:
        title: what it is.
        unfit: why a pair cannot be written in it; "" where it can.
        write: writes the files.
        command: how the other tool trains on them.
        remarks: what to know.
    """

    title: str
    unfit: Callable[[PreferencePair, bool], str]
    write: Callable[[Job], tuple[Path, ...]]
    command: Callable[[Job], str]
    remarks: tuple[str, ...] = ()


def _new(path: Path, overwrite: bool) -> Path:
    if path.exists() and not overwrite:
        raise RequestError(f"{path} is there already. Choose another file, or say --overwrite.")
    return path


def _write_rows(
    job: Job, row: Callable[[PreferencePair, str], dict[str, Any]], format_: Format | None
) -> tuple[Path, ...]:
    """Write a row for each pair, and a column for what its format does not say."""
    out = _new(job.out, job.overwrite)
    records = with_remainders(job.pairs, lambda pair: row(pair, job.path(pair)), format_)
    return (write_bytes(out, encode_rows(records, Layout())),)


def _write_own(job: Job) -> tuple[Path, ...]:
    return (write_bytes(_new(job.out, job.overwrite), encode_rows(map(pair_record, job.pairs), Layout())),)


def _write_parquet(job: Job) -> tuple[Path, ...]:
    import pyarrow as pa  # takes 0.1 s, which only those who write parquet need to wait for
    from pyarrow import parquet

    data = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist([own.table_row(pair) for pair in job.pairs]), data)
    return (write_bytes(_new(job.out, job.overwrite), data.getvalue()),)


def _write_trl(job: Job) -> tuple[Path, ...]:
    settings = {"datasets": [{"path": "json", "data_files": str(job.out.resolve())}], "max_length": None}
    _new(job.out.with_suffix(".yaml"), job.overwrite)
    if job.chat is None:
        (rows,) = _write_rows(job, trl.row, trl.FORMAT)
    else:
        chat = job.chat
        (rows,) = _write_rows(job, lambda pair, path: trl_text.written_row(pair, path, chat), None)
    import yaml

    return rows, write_bytes(job.out.with_suffix(".yaml"), yaml.safe_dump(settings, sort_keys=False).encode())


def _write_llamafactory(job: Job) -> tuple[Path, ...]:
    columns = {"messages": "conversations", "chosen": "chosen", "rejected": "rejected", "images": "images"}
    entry = {"file_name": job.out.name, "formatting": "sharegpt", "ranking": True, "columns": columns}
    _new(job.out, job.overwrite)
    info = add_entry(job.out.parent, job.out.stem, entry, job.overwrite)
    return (*_write_rows(job, llamafactory.row, llamafactory.FORMAT), info)


def _write_llamafactory_context(job: Job) -> tuple[Path, ...]:
    names = ("chosen", "context", "rejected", "images")
    columns = {"prompt": "instruction", **{name: name for name in names}}
    entry = {"file_name": job.out.name, "ranking": True, "columns": columns}
    _new(job.out, job.overwrite)
    info = add_entry(job.out.parent, job.out.stem, entry, job.overwrite)
    return (*_write_rows(job, sentinel.llamafactory_row, sentinel.LLAMAFACTORY), info)


def _write_sentinel(job: Job) -> tuple[Path, ...]:
    return _write_rows(job, sentinel.row, sentinel.FORMAT)


def _write_hadpo(job: Job) -> tuple[Path, ...]:
    if job.images is None:
        raise RequestError("HA-DPO's trainer finds images by number in a folder of its own: --images FOLDER.")
    return write_hadpo(job.pairs, job.out, job.images, job.overwrite)


def _any(_: PreferencePair, __: bool) -> str:
    return ""


def _whole_reply(pair: PreferencePair, written_out: bool = False) -> str:
    if written_out:
        return ""
    if pair.context:
        return "go on from a context"
    return "" if pair.ends else "do not end their reply"


def _whole_reply_without_mark(pair: PreferencePair, _: bool) -> str:
    return _mark(pair) or _whole_reply(pair)


def _mark(pair: PreferencePair) -> str:
    spelt = any(IMAGE in text for text in (pair.prompt, pair.context, pair.chosen, pair.rejected))
    return f"spell out {IMAGE}, which stands for the image" if spelt else ""


def _sentence_after_context(pair: PreferencePair, _: bool) -> str:
    """Why SENTINEL's patch does something else with a pair.

    It cuts what is after the last full stop, the end of the reply included, and only where there is a context.
    """
    if mark := _mark(pair):
        return mark
    if not pair.context:
        return "" if pair.ends else "do not end their reply and have no context"
    if pair.ends:
        return "go on from a context and end their reply"
    ended = pair.chosen.endswith(".") and pair.rejected.endswith(".")
    return "" if ended else "do not end in a full stop, where its patch cuts"


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))


def _tune(job: Job) -> str:
    return f"sightline tune --pairs {_quoted(job.out)} --model MODEL --images {_images(job)}"


def _images(job: Job) -> str:
    return "FOLDER" if job.images is None else _quoted(job.images)


def _train_trl(job: Job) -> str:
    return (
        f"trl dpo --config {_quoted(job.out.with_suffix('.yaml'))} --model_name_or_path "
        f"{shlex.quote(job.model)} --use_peft "
        "--lora_target_modules q_proj v_proj --learning_rate 5e-6 --output_dir OUT"
    )


def _train_llamafactory(job: Job) -> str:
    media = "" if job.images is None else f" --media_dir {_quoted(job.images)}"
    return (
        f"llamafactory-cli train --stage dpo --do_train --dataset_dir {_quoted(job.out.parent)} --dataset "
        f"{shlex.quote(job.out.stem)}{media} --model_name_or_path MODEL --template TEMPLATE --finetuning_type lora "
        "--pref_beta 0.1 --cutoff_len 4096 --output_dir OUT"
    )


def _train_hadpo(job: Job) -> str:
    folder = job.out.resolve()
    return (
        "deepspeed ha_dpo/models/llava-v1_5/train_dpo.py --deepspeed ha_dpo/models/llava-v1_5/scripts/zero3.json "
        f"--vg_path {_quoted(folder)} --desc_data_path {_quoted(folder / 'desc_data.json')} "
        f"--pope_data_path {_quoted(folder / 'pope_data.json')} --model_name_or_path liuhaotian/llava-v1.5-7b …"
    )


def _train_sentinel(job: Job) -> str:
    return (
        f"TRAINING_DATA_PATH={_quoted(job.out.resolve())} VISUAL_GENOME_PATH=FOLDER INPUT_MODEL=MODEL OUTPUT_NAME=NAME "
        "bash train/models/dpo_llava.sh"
    )


_PATCHED = (
    "The column context is read by SENTINEL's patch of three files of LLaMA-Factory only (llamafactory/ in its "
    "repository). Without it, the tool trains on sentences without what comes before them, and says nothing."
)

TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        "pairs": Target("sightline's own JSON lines", _any, _write_own, _tune),
        "parquet": Target("a table of the same fields", _any, _write_parquet, _tune),
        "trl": Target(
            "TRL's preference format",
            _whole_reply,
            _write_trl,
            _train_trl,
            ("max_length is null: TRL cuts prompts at 1,024 tokens by default, and stops where that cuts an image.",),
        ),
        "llamafactory": Target(
            "LLaMA-Factory's ranking format (sharegpt)",
            _whole_reply_without_mark,
            _write_llamafactory,
            _train_llamafactory,
            ("A context has no place in this format: the tool drops rows whose conversation ends in a reply.",),
        ),
        "llamafactory-context": Target(
            "SENTINEL's rows for its patch of LLaMA-Factory",
            _sentence_after_context,
            _write_llamafactory_context,
            _train_llamafactory,
            (_PATCHED,),
        ),
        "hadpo": Target(
            "HA-DPO's files for LLaVA-1.5",
            _whole_reply_without_mark,
            _write_hadpo,
            _train_hadpo,
            ("Run it in a checkout of opendatalab/HA-DPO, with the other options that its README gives.",),
        ),
        "sentinel": Target(
            "SENTINEL's rows",
            _any,
            _write_sentinel,
            _train_sentinel,
            (
                "Run it in a checkout of pspdada/SENTINEL. It finds images by their numbers in Visual Genome, and "
                "never trains the end of a reply after a context.",
            ),
        ),
    }
)
"""What pairs can be exported to, by the name that ``--to`` takes."""

"""The record that travels with every table: what was read, how it was joined, with which versions and settings."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import pyarrow as pa

from sightline.evaluation.evaluation import Evaluation

__all__ = ["put_record", "record", "record_of", "with_record"]

_KEY = b"sightline"


def record(evaluation: Evaluation, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What an evaluation was made of.

    Returns:
        JSON-ready: versions, label sets with the hashes of their files, for every model its files with hashes, how they
        were joined, rows of unknown questions left out, and questions without a reply; who judged replies, if anybody.
    """
    return {
        "sightline": version("sightline"),
        "benchmark": evaluation.benchmark.name,
        "benchmark_version": evaluation.benchmark.version,
        "questions": len(evaluation.questions),
        "distinct_questions": len({question.key for question in evaluation.questions}),
        "label_sets": {
            label_set.name: [asdict(source) for source in label_set.sources] for label_set in evaluation.label_sets
        },
        "models": {
            model: {
                "files": [
                    {**asdict(join.source), "joined_by": join.by, "unknown_rows": join.unknown} for join in joins
                ],
                "missing": evaluation.missing(model),
            }
            for model, joins in evaluation.joins.items()
        },
        **({"judges": _judges(evaluation)} if evaluation.judgements else {}),
        "settings": dict(settings),
    }


def _judges(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Who judged replies, how they were asked, and how many of their judgements came to something."""
    return [
        {
            **voice._asdict(),
            "details": dict(voice.details),
            "files": [asdict(source) for source in voice.files],
        }
        for voice in evaluation.judgements
    ]


def with_record(table: pa.Table, evaluation: Evaluation, settings: Mapping[str, Any]) -> pa.Table:
    """Put the record into a table's metadata, where parquet keeps it."""
    return put_record(table, record(evaluation, settings))


def put_record(table: pa.Table, facts: Mapping[str, Any]) -> pa.Table:
    """Put a record that is made already into a table's metadata."""
    return table.replace_schema_metadata({_KEY: json.dumps(dict(facts))})


def record_of(table: pa.Table) -> dict[str, Any]:
    """Take the record out of a table.

    Raises:
        KeyError: the table has none.
    """
    found: dict[str, Any] = json.loads((table.schema.metadata or {})[_KEY])
    return found

"""HallusionBench's arithmetic as a plain loop over the repository's steps, to hold the package against."""

from collections.abc import Mapping, Sequence
from typing import Any

CORRECT, WRONG, UNCLEAR = "1", "0", "2"


def official(rows: Sequence[Mapping[str, Any]], marks: Sequence[str]) -> dict[str, float]:
    """The published figures of rows of the file and of marks, one each: 1 correct, 0 incorrect, 2 unclear."""
    marked = [{**row, "mark": mark} for row, mark in zip(rows, marks, strict=True)]
    for row in marked:
        blind = row["category"] == "VS" and int(row["figure_id"]) == 0
        row["correct"] = int(row["mark"] == CORRECT or (blind and row["mark"] == UNCLEAR))
    figures = grouped([row for row in marked if not (row["category"] == "VS" and row["figure_id"] == "0")], "figure_id")
    pairs = grouped(marked, "question_id")
    easy = grouped([row for row in marked if row["visual_input"] != "2"], "question_id")
    hard = grouped([row for row in marked if row["visual_input"] == "2"], "question_id")
    wrong = [row for row in marked if not row["correct"]]
    said = [row["correct"] == int(row["gt_answer"]) for row in marked]
    true = [int(row["gt_answer"]) for row in marked]
    return {
        "aacc": sum(row["correct"] for row in marked) / len(marked),
        "facc": share(figures),
        "qacc": share(pairs),
        "easy_pairs": share(easy),
        "hard_pairs": share(hard),
        "figures_inconsistent": sum(0 < sum(own) < len(own) for own in figures.values()) / len(figures),
        "figures_wrong": sum(sum(own) == 0 for own in figures.values()) / len(figures),
        "yes_bias_official": sum(said) / len(said) - sum(true) / len(true),
        "false_yes_share": sum(row["gt_answer"] == "0" for row in wrong) / len(wrong),
        **faults(marked),
    }


def grouped(rows: Sequence[Mapping[str, Any]], by: str) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for row in rows:
        groups.setdefault("_".join(row[f] for f in ("category", "subcategory", "set_id", by)), []).append(
            row["correct"]
        )
    return groups


def share(groups: Mapping[str, list[int]]) -> float:
    return sum(all(own) for own in groups.values()) / len(groups)


def faults(marked: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Language hallucination, visual illusion and mixed, by the repository's cases one after the other."""
    first = {key(row): row for row in marked if row["figure_id"] == "0"}
    found = {"language_hallucination": 0, "visual_illusion": 0, "mixed": 0}
    for row in marked:
        if (fault := fault_of(row, first[key(row)])) is not None:
            found[fault] += 1
    return {name: number / sum(found.values()) for name, number in found.items()}


def key(row: Mapping[str, Any]) -> str:
    return "_".join(row[f] for f in ("category", "subcategory", "set_id", "question_id"))


def fault_of(row: Mapping[str, Any], first: Mapping[str, Any]) -> str | None:
    mark, before = row["mark"], first["mark"]
    same = said(row) == said(first)  # asked of GPT-4 in the repository, which only asks where both are clear
    if row["figure_id"] == "0":
        if row["category"] == "VD":
            return "visual_illusion" if mark in (WRONG, UNCLEAR) else None
        return "language_hallucination" if mark == WRONG else None
    if row["category"] == "VD":
        if before == CORRECT and mark == WRONG:
            return "mixed" if same else "visual_illusion"
        return "visual_illusion" if mark in (WRONG, UNCLEAR) else None
    if before == WRONG:
        if mark == WRONG:
            return "language_hallucination" if same else "mixed"
        return "mixed" if mark == UNCLEAR else None
    if before == UNCLEAR:
        return "visual_illusion" if mark in (WRONG, UNCLEAR) else None
    if mark == UNCLEAR:
        return "visual_illusion"
    if mark == WRONG:
        return "language_hallucination" if row["visual_input"] == "2" and same else "visual_illusion"
    return None


def said(row: Mapping[str, Any]) -> bool:
    return (row["mark"] == CORRECT) == (row["gt_answer"] == "1")

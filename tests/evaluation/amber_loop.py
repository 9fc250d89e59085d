"""AMBER's steps one after the other, as its code takes them: what the benchmark must agree with digit by digit.

Which words of a text are nouns, and which are alike, is handed in.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["figures"]

DIMENSIONS = {
    "discriminative-attribute-state": "state",
    "discriminative-attribute-number": "number",
    "discriminative-attribute-action": "action",
    "discriminative-hallucination": "existence",
}


def figures(
    responses: Sequence[Mapping[str, Any]],
    annotations: Sequence[Mapping[str, Any]],
    relation: Mapping[str, Sequence[str]],
    safe_words: Sequence[str],
    nouns: Callable[[str], Sequence[str]],
    alike: Callable[[str, str], bool],
) -> dict[str, float]:
    """What AMBER's code prints, as ``dimension name``."""
    sums: dict[str, float] = defaultdict(float)
    known = [word for object_, words in relation.items() for word in (object_, *words)]
    for response in responses:
        annotation = annotations[response["id"] - 1]
        if annotation["type"] == "generative":
            caption(response["response"], annotation, relation, safe_words, known, nouns, alike, sums)
        else:
            answer(response["response"], annotation, sums)
    return printed(sums)


def caption(
    text: str,
    annotation: Mapping[str, Any],
    relation: Mapping[str, Sequence[str]],
    safe_words: Sequence[str],
    known: Sequence[str],
    nouns: Callable[[str], Sequence[str]],
    alike: Callable[[str, str], bool],
    sums: dict[str, float],
) -> None:
    """One caption: lists of words, and beside each the object it belongs to."""
    lists = {}
    for kind in ("truth", "hallu"):
        objects = annotation[kind]
        words = [(word, at) for at, object_ in enumerate(objects) for word in relation[object_]]
        lists[kind] = words + [(object_, at) for at, object_ in enumerate(objects)]
    covered = [0] * len(annotation["truth"])
    met = [0] * len(annotation["hallu"])
    made_up = total = 0
    for noun in nouns(text):
        if noun not in known:
            continue
        total += 1
        if noun in safe_words:
            continue
        same = [at for word, at in lists["truth"] if word == noun]
        if same:
            covered[same[0]] = 1
            continue
        for hits in (
            [at for word, at in lists["hallu"] if word == noun],
            [at for word, at in lists["hallu"] if alike(noun, word)],
        ):
            if hits:
                met[hits[0]] = 1
        like = [at for word, at in lists["truth"] if alike(noun, word)]
        if like:
            covered[like[0]] = 1
        else:
            made_up += 1
    sums["made_up"] += made_up
    sums["nouns"] += total
    sums["covered"] += sum(covered)
    sums["truths"] += len(covered)
    sums["met"] += sum(met)
    sums["targets"] += len(met)
    sums["free"] += made_up == 0
    sums["captions"] += 1


def answer(text: str, annotation: Mapping[str, Any], sums: dict[str, float]) -> None:
    """One answer, for its dimension and for all."""
    truth = annotation["truth"]
    for place in (DIMENSIONS.get(annotation["type"], "relation"), "discriminative"):
        sums[f"{place} n"] += 1
        sums[f"{place} right"] += text == ("Yes" if truth == "yes" else "No")
        sums[f"{place} no"] += truth == "no"
        sums[f"{place} said"] += text == "No"
        sums[f"{place} both"] += text == "No" and truth == "no"


def printed(sums: dict[str, float]) -> dict[str, float]:
    """The figures, denominators beginning at 0.001, everything rounded as Python rounds."""
    found: dict[str, float] = {}
    if sums["captions"]:
        found["chair"] = round(sums["made_up"] / (0.001 + sums["nouns"]) * 100, 1)
        found["cover"] = round(sums["covered"] / (0.001 + sums["truths"]) * 100, 1)
        found["cog"] = round(sums["met"] / (0.001 + sums["targets"]) * 100, 1)
        found["hal"] = round(100 - sums["free"] / (0.001 + sums["captions"]) * 100, 1)
    attribute = ("state", "number", "action")
    parts = {name: (name,) for name in (*attribute, "existence", "relation", "discriminative")}
    for name, of in {**parts, "attribute": attribute}.items():
        n, right, no, said, both = (
            sum(sums[f"{part} {field}"] for part in of) for field in ("n", "right", "no", "said", "both")
        )
        start = sum(0.001 for _ in of)
        p, r = round(both / (start + said) * 100, 1), round(both / (start + no) * 100, 1)
        more = 0.001 if name == "existence" else 0.0001
        found[f"{name} accuracy"] = round(right / (start + n) * 100, 1)
        found[f"{name} precision_no"], found[f"{name} recall_no"] = p, r
        found[f"{name} f1_no"] = round(2 * (p / 100) * (r / 100) / (p / 100 + r / 100 + more) * 100, 1)
    return found

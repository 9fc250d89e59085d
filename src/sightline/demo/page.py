"""The page that the demonstration leaves."""

from importlib.metadata import version

from sightline.demo.run import Demo
from sightline.report.page import write
from sightline.report.sections import Facts, Report, Section

__all__ = ["write_page"]


def write_page(demo: Demo) -> int:
    """Write the page.

    Returns:
        Its size in bytes.
    """
    assert demo.model is not None
    identity = demo.model.identity
    marginal = sum(each.marginal for scene in demo.composed for each in scene.objects)
    objects = sum(len(scene.objects) for scene in demo.composed)
    facts = Facts(
        (
            (
                "Model",
                f"the one inside sightline: {identity.family}, {int(identity.details['parameters']):,} parameters",
            ),
            ("Its hash", identity.hash[:16]),
            ("Scenes", f"{demo.scenes:,} that it was not trained on, seed {demo.seed}"),
            ("Objects", f"{objects:,}, of which {marginal / objects:.0%} at the edge of visibility"),
            ("Intervals", "95 %, drawn over whole scenes"),
            ("Engine", f"{identity.engine}, {identity.dtype}, {identity.details['device']}"),
        )
    )
    report = Report(
        "A small model that hallucinates, measured",
        "Scenes are rendered, so what is true of them is known exactly; the model sees well, and says what usually "
        "goes together where it cannot see.",
        (
            Section("Summary", tuple(_sentence(finding.title, finding.lines) for finding in demo.findings), (facts,)),
            *(finding.section for finding in demo.findings),
        ),
        f"Made by sightline {version('sightline')}.",
    )
    return write(report, demo.report)


def _sentence(title: str, lines: tuple[str, ...]) -> str:
    return f"{title[0].upper()}{title[1:]}: {'; '.join(lines)}."

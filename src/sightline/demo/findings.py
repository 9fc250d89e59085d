"""What came out of the demonstration: sentences with numbers for the terminal, sections for the page."""

from dataclasses import dataclass

from sightline.report.sections import Section

__all__ = ["Finding"]


@dataclass(frozen=True)
class Finding:
    """What one question about the model brought.

    Args:
        title: what was asked, in a word or two.
        lines: the answer, for the terminal.
        section: the answer, for the page.
    """

    title: str
    lines: tuple[str, ...]
    section: Section

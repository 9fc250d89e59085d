"""Images by reference, and what is known about them."""

from dataclasses import dataclass

from sightline.core.claims import Answer, Presence, Verdict

__all__ = ["ImageRef", "Scene"]


@dataclass(frozen=True, slots=True, order=True)
class ImageRef:
    """One image of a data set.

    Args:
        name: the file name its data set gives it, without folders.
        dataset: the data set.
        sha256: hash of the bytes, once they were seen; recorded replies have none.
    """

    name: str
    dataset: str = ""
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """One image and the verdicts known about it."""

    image: ImageRef
    verdicts: tuple[Verdict, ...]

    @property
    def objects(self) -> tuple[str, ...]:
        """The objects said to be present, in the order in which they are listed, each once.

        Example:
            >>> dog = Verdict(Presence("dog"), Answer.HOLDS, by="a person")
            >>> cat = Verdict(Presence("cat"), Answer.DOES_NOT_HOLD, by="a person")
            >>> Scene(ImageRef("a.jpg"), (dog, cat, dog)).objects
            ('dog',)
        """
        held = (v.claim for v in self.verdicts if v.answer is Answer.HOLDS)
        return tuple(dict.fromkeys(claim.object for claim in held if isinstance(claim, Presence)))

"""Scene graphs: the objects of an image, what can be said of each, and how they stand to one another."""

from dataclasses import dataclass, field

from sightline.errors import DataError

__all__ = ["SEVERAL", "GraphObject", "GraphRelation", "SceneGraph"]

SEVERAL = 0
"""The number of objects of which there are several, nobody knows how many: "trees"."""


@dataclass(frozen=True, slots=True)
class GraphObject:
    """An object of an image.

    Args:
        id: what relations call it, unique within its image.
        name: what it is, in lower case, in the singular where the annotation says so.
        attributes: what can be said of it, in lower case: "red", "made of wood", "with a white collar".
        number: how many there are; 1 where each has an entry of its own, `SEVERAL` where nobody counted them.
        clear: whether it is in plain sight, and known for sure; others are in the scene, but nobody could be asked
            about them.
        category: the wider kind it belongs to, where the annotation tells it ("animal"), or "".
        synonyms: other names that the annotation gives it.
    """

    id: str
    name: str
    attributes: tuple[str, ...] = ()
    number: int = 1
    clear: bool = True
    category: str = ""
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GraphRelation:
    """How one object stands to another.

    Args:
        subject: id of the first.
        predicate: in lower case: "on", "left of", "wearing", "has".
        object: id of the other.
    """

    subject: str
    predicate: str
    object: str


@dataclass(frozen=True, slots=True)
class SceneGraph:
    """What is known of one image.

    Args:
        image: file name, without folders.
        objects: in the order of the annotation.
        relations: in the order of the annotation.
        complete: whether all that is in the image is listed, as in rendered scenes; people never list everything.
        caption: the text it was read from, if any.
        source: where it was read, as ``file:row``, or ""; two graphs that say the same are equal wherever they stood.

    Raises:
        DataError: two objects have one id, or a relation names an object that is not there.
    """

    image: str
    objects: tuple[GraphObject, ...]
    relations: tuple[GraphRelation, ...] = ()
    complete: bool = False
    caption: str = ""
    source: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        known: set[str] = set()
        for each in self.objects:
            if each.id in known:
                raise DataError(f"two objects of {self.image} have the id {each.id!r}", file=self._file, row=self._row)
            known.add(each.id)
        for relation in self.relations:
            if relation.subject not in known or relation.object not in known:
                dangling = relation.object if relation.subject in known else relation.subject
                problem = (
                    f"a relation of {self.image} ({relation.predicate}) names {dangling!r}, which is no object of it"
                )
                hint = "Add the object, or take the relation out."
                raise DataError(problem, file=self._file, row=self._row, hint=hint)

    @property
    def _file(self) -> str | None:
        return self.source.rpartition(":")[0] or None

    @property
    def _row(self) -> int | None:
        row = self.source.rpartition(":")[2]
        return int(row) if row.isdecimal() else None

    def of(self, id_: str) -> GraphObject:
        """The object of this id.

        Raises:
            KeyError: there is none.
        """
        for each in self.objects:
            if each.id == id_:
                return each
        raise KeyError(id_)

"""Six questions and two models to explore, with what is right of it told by hand; and the page served in a thread.

question   image  object  old  new        a                     b         a old  a new  b old  b new
random/1   0      dog     yes  yes        Yes                   No        TP     TP     FN     FN
random/2   0      cat     no   yes        Yes.                  no        FP     TP     TN     FN
random/3   1      boat    yes  ambiguous  no                    –         FN     –      ∅      ∅
popular/1  1      moon    no   no         <b>Not sure</b>       No        ?      ?      TN     TN
popular/2  2      cup     no   no         Yes, there is a cup.  Yes       FP     FP     FP     FP
popular/3  0      dog     yes  yes        Yes                   Yes       TP     TP     TP     TP
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from served import scenes

from sightline.audit.contents import About
from sightline.audit.items import items_of
from sightline.audit.store import Store
from sightline.benchmarks import benchmark
from sightline.core import Answer, ImageRef, LabelSet, Presence, Question, Reply
from sightline.evaluation.evaluation import Evaluation
from sightline.web.exploring import Explored
from sightline.web.keyed import keyed_link
from sightline.web.serving import address_of, allowed_hosts, listen, server_of
from sightline.web.viewing import explore, view_application

KEY = "a-key-of-this-run"
YES, NO, OPEN = Answer.HOLDS, Answer.DOES_NOT_HOLD, Answer.AMBIGUOUS
ASKED = (
    ("random/1", 0, "dog", YES, YES, "Yes", "No"),
    ("random/2", 0, "cat", NO, YES, "Yes.", "no"),
    ("random/3", 1, "boat", YES, OPEN, "no", None),
    ("popular/1", 1, "moon", NO, NO, "<b>Not sure</b>", "No"),
    ("popular/2", 2, "cup", NO, NO, "Yes, there is a cup.", "Yes"),
    ("popular/3", 0, "dog", YES, YES, "Yes", "Yes"),
)


def evaluation(times: int = 1, models: str = "ab") -> Evaluation:
    """The replies; several times over, as questions with other ids."""
    rows = [(f"{row[0]}{'+' * round_}", *row[1:]) for round_ in range(times) for row in ASKED]
    questions = tuple(
        Question(
            name,
            f"Is there a {thing} in the image?",
            (ImageRef(f"scene_{at:06d}.png"),),
            name.split("/")[0],
            (Presence(thing),),
        )
        for name, at, thing, *_ in rows
    )
    pairs = [(question.images[0].name, question.claims[0]) for question in questions]
    label_sets = tuple(
        LabelSet(name, dict(zip(pairs, (row[column] for row in rows), strict=True)))
        for name, column in (("old", 3), ("new", 4))
    )
    replies = {
        model: tuple(None if row[column] is None else Reply(row[0], model, row[column]) for row in rows)
        for model, column in (("a", 5), ("b", 6))
        if model in models
    }
    return Evaluation(benchmark("pope"), questions, label_sets, replies, dict.fromkeys(replies, ()))


def make_audit(where: Path, images: Path, most: int | None = None) -> Store:
    """An audit of the old labels; of the first few items where that is asked for."""
    asked = evaluation()
    found = items_of(asked.questions, asked.label_sets[0])[:most]
    return Store.create(where, About("pope", "old", images=str(images)), found)


def explored(folder: Path, audited: Store | None = None, times: int = 1) -> Explored:
    """What the page is about, with its images in a folder."""
    how = ("sightline audit new audit.sqlite --labels old=OLD",)
    return explore(evaluation(times), None, folder, audited, 100, 0, how)


class ServedView:
    """The page in a thread.

    Args:
        about: what it shows.
    """

    def __init__(self, about: Explored) -> None:
        self._listening = listen("127.0.0.1", 0)
        self.address = address_of(self._listening, "127.0.0.1")
        self.link = keyed_link(self.address, KEY)
        self._server = server_of(view_application(about, allowed_hosts("127.0.0.1"), KEY))
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [self._listening]}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop."""
        self._server.should_exit = True
        self._thread.join()
        self._listening.close()


@contextmanager
def served_view(folder: Path) -> Iterator[tuple[ServedView, Store]]:
    """Serve the page with an audit."""
    images = scenes(folder)
    with make_audit(folder / "audit.sqlite", images) as store:
        running = ServedView(explored(images, store))
        try:
            yield running, store
        finally:
            running.stop()

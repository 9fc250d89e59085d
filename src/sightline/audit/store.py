"""The store of an audit: what is looked at, by whom, in which order, and everything that was said.

One SQLite file, or a PostgreSQL database. Several threads and several processes may use it at once; one of them may be
a server. Everything that changes something is whole and on disk when it returns.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

from sightline.audit import bringing, contents, giving, holding, ordering, people, saying
from sightline.audit.bringing import Brought
from sightline.audit.contents import About
from sightline.audit.database import Database, database_url
from sightline.audit.entries import Act, Entry, Outcome, Stage, outcomes_of
from sightline.audit.giving import Lot, Progress, Work
from sightline.audit.holding import Terms
from sightline.audit.items import Item
from sightline.audit.ordering import Place, Ranking
from sightline.audit.people import Person, Role, acting
from sightline.audit.saying import Saying
from sightline.audit.times import iso, moment, server_clock
from sightline.audit.upgrading import bring_up_to_date, make_tables
from sightline.errors import MissingError
from sightline.evaluation.asking import find_images

__all__ = ["LEASE_S", "Store"]

LEASE_S = 1800.0
"""For how long somebody may look at an item before it is offered to others, in seconds."""

_LET_OTHERS_WRITE_S = 0.005

_SERVED = "another server works on this audit. Stop it first, or use its page."


class Store:
    """An audit. `Store.create` makes one, `Store.open` opens one.

    Args:
        database: where it lies.
        lease_s: for how long somebody may look at an item.
        clock: what the time is; it may go wrong.
    """

    def __init__(self, database: Database, lease_s: float, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        with database.reading() as connection:
            self._about = contents.read_about(connection)
        self._terms = Terms(self._about.looks, lease_s)
        self._lot = Lot(self._about.seed, self._about.control_every)
        self._giving = Lock()  # of all who ask for work one waits to write, so that a verdict has few before it

    @classmethod
    def create(
        cls,
        where: str | Path,
        about: About,
        items: Sequence[Item],
        *,
        lease_s: float = LEASE_S,
        clock: Callable[[], datetime] = server_clock,
    ) -> Self:
        """Make an audit where there is none.

        Args:
            where: a file for SQLite, or the URL of a PostgreSQL database.
            about: what is audited; `created` is filled in.
            items: what is looked at.
            lease_s: for how long somebody may look at an item before it is offered to others.
            clock: what the time is.

        Raises:
            RequestError: there is an audit or something else already, or what is given makes no audit.
            DataError: it cannot be written.
        """
        url = database_url(where)
        database = Database(url)
        try:
            database.make_room()
            with database.writing() as connection:
                make_tables(connection)
                contents.put_about(connection, replace(about, created=iso(clock())))
                contents.put_items(connection, items, about.seed)
            return cls(database, lease_s, clock)
        except BaseException:
            database.close()
            raise

    @classmethod
    def open(
        cls,
        where: str | Path,
        *,
        serving: bool = False,
        lease_s: float = LEASE_S,
        clock: Callable[[], datetime] = server_clock,
    ) -> Self:
        """Open an audit; the tables of an older sightline are brought up to date.

        Args:
            where: its file, or the URL of its PostgreSQL database.
            serving: be its one server.
            lease_s: for how long somebody may look at an item before it is offered to others.
            clock: what the time is.

        Raises:
            RequestError: it is to be served, and another server works on it.
            DataError: there is none, it is of a newer sightline, or it cannot be read.
        """
        database = Database(database_url(where))
        try:
            database.must_exist()
            if serving:
                database.serve_alone(_SERVED)
            bring_up_to_date(database)
            return cls(database, lease_s, clock)
        except BaseException:
            database.close()
            raise

    def close(self) -> None:
        """Close it, and let another server have it."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # what it is about

    @property
    def about(self) -> About:
        """What is audited, and how."""
        return self._about

    def moved_images(self, folder: str | Path) -> None:
        """Say that the images lie elsewhere now.

        Raises:
            DataError: there is no such folder, or images are not in it.
        """
        names = dict.fromkeys(item.image for item in self.items())
        missing = names.keys() - find_images(folder, names).keys()
        if missing:
            raise MissingError(
                f"{len(missing):,} of {len(names):,} images are not here: {', '.join(sorted(missing)[:3])}",
                file=folder,
                hint="Name the folder that holds all of them.",
            )
        with self._database.writing() as connection:
            contents.set_images(connection, str(folder))
        self._about = replace(self._about, images=str(folder))

    def items(self) -> tuple[Item, ...]:
        """All items with the labels that are checked; not for people who look."""
        with self._database.reading() as connection:
            return contents.read_items(connection)

    def item(self, key: str) -> Item:
        """One item with the label that is checked; not for people who look.

        Raises:
            RequestError: there is none of this key.
        """
        with self._database.reading() as connection:
            return contents.read_item(connection, key)

    def image_of(self, item: str) -> str:
        """The name of the image of an item.

        Raises:
            RequestError: there is no item of this key.
        """
        with self._database.reading() as connection:
            return contents.image_of(connection, item)

    # people

    def add_person(self, name: str, role: Role) -> str:
        """Add somebody who takes part.

        Returns:
            Their token, which is nowhere else: what is stored is its hash.

        Raises:
            RequestError: the name is taken or cannot be one.
        """
        with self._database.writing() as connection:
            return people.add(connection, name, role, moment(connection, self._clock).at)

    def new_token(self, name: str) -> str:
        """Give somebody another token; the one they had opens nothing any more, and who was revoked takes part again.

        Raises:
            RequestError: nobody is called so.
        """
        with self._database.writing() as connection:
            return people.renew(connection, name)

    def revoke(self, name: str) -> None:
        """Shut somebody out; what they hold is offered to others, what they said stands.

        Raises:
            RequestError: nobody is called so.
        """
        with self._database.writing() as connection:
            holding.give_up_all(connection, people.revoke(connection, name), self._terms)

    def people(self) -> tuple[Person, ...]:
        """All who take part or did, in the order in which they were added."""
        with self._database.reading() as connection:
            return people.everybody(connection)

    def person_of(self, token: str) -> Person | None:
        """Whose token this is; None where it is nobody's, or was revoked."""
        with self._database.reading() as connection:
            return people.person_of(connection, token)

    # giving

    def next_items(self, person: str, stage: Stage, count: int = 1) -> tuple[Work, ...]:
        """What somebody is to look at: what they hold, then what they are given now; their leases begin anew.

        Raises:
            RefusedError: nobody is called so, their token was revoked, or they have another role.
        """
        with self._giving, self._database.writing() as connection:
            who = acting(connection, person, stage)
            now = moment(connection, self._clock).seconds
            return giving.next_items(connection, who, stage, count, now, self._terms, self._lot)

    def claim(self, person: str, stage: Stage, item: str) -> Work:
        """Give somebody one certain item.

        Raises:
            RefusedError: they may not have it; the reason tells why.
        """
        with self._database.writing() as connection:
            who = acting(connection, person, stage)
            row = saying.find_item(connection, item)
            now = moment(connection, self._clock).seconds
            return giving.claim(connection, who, stage, row, now, self._terms)

    def conflicts(self, person: str | None = None) -> tuple[Work, ...]:
        """What waits for an adjudicator and nobody has, in the order in which it came to, with what labellers said.

        Args:
            person: only what this adjudicator may decide; None: all, which no labeller may see.

        Raises:
            RefusedError: the person is no adjudicator.
        """
        with self._database.reading() as connection:
            who = None if person is None else acting(connection, person, Stage.ADJUDICATE)
            return giving.conflicts(connection, who)

    def progress(self, person: str, stage: Stage) -> Progress:
        """How far one is, and all are, in a stage.

        Raises:
            RefusedError: nobody is called so, their token was revoked, or they have another role.
        """
        with self._database.reading() as connection:
            return giving.progress(connection, acting(connection, person, stage), stage, self._terms.looks)

    # saying

    def say(
        self,
        person: str,
        item: str,
        stage: Stage,
        word: str,
        note: str = "",
        seconds: float | None = None,
        wording: str = "",
        *,
        request: str,
    ) -> Entry:
        """Store a verdict.

        Args:
            person: who.
            item: of which item they hold.
            stage: as what.
            word: what.
            note: what they write beside it.
            seconds: for how long they looked.
            wording: the question as it was shown.
            request: a name that the page makes for this one act; the same again is stored once.

        Returns:
            The entry, on disk; of a request that was stored before, that one.

        Raises:
            RefusedError: it cannot be said; the reason tells why.
            DataError: it cannot be stored (a full disk, say); nothing was.
        """
        said = Saying(item, stage, Act.VERDICT, word, note, seconds, wording)
        return self._say(person, said, request)

    def skip(
        self,
        person: str,
        item: str,
        stage: Stage,
        note: str = "",
        seconds: float | None = None,
        wording: str = "",
        *,
        request: str,
    ) -> Entry:
        """Leave an item to somebody else, which is no verdict; this person is not given it again unless they undo it.

        Raises:
            RefusedError: they do not hold it; the reason tells why.
            DataError: it cannot be stored; nothing was.
        """
        return self._say(person, Saying(item, stage, Act.SKIP, None, note, seconds, wording), request)

    def undo(self, person: str, *, request: str) -> Entry:
        """Take somebody's latest standing entry back; the item is the first that `next_items` gives them.

        Returns:
            The entry that takes the other back.

        Raises:
            RefusedError: nothing of theirs stands, or an adjudicator decides on it, or has.
            DataError: it cannot be stored; nothing was.
        """
        with self._database.writing() as connection:
            now = moment(connection, self._clock)
            return saying.take_back(connection, acting(connection, person), request, now, self._terms)

    def _say(self, person: str, said: Saying, request: str) -> Entry:
        with self._database.writing() as connection:
            now = moment(connection, self._clock)
            return saying.say(connection, acting(connection, person, said.stage), said, request, now, self._terms)

    def bring_in(self, entries: Sequence[Entry], add_people: bool = False) -> Brought:
        """Store what people said elsewhere, all of it or nothing; what is stored already is not stored again.

        Args:
            entries: verdicts and skips, in the order in which they were made; they get numbers of their own here, and
                the times they tell, but none before the last entry's and none to come.
            add_people: add whoever is named and does not take part yet; nobody has their link before it is made.

        Raises:
            UnfitEntryError: one of them cannot be stored; nothing was.
            DataError: they cannot be stored (a full disk, say); nothing was.
        """
        with self._database.writing() as connection:
            now = moment(connection, self._clock)
            return bringing.bring_in(connection, entries, now, self._terms, add_people)

    def entries(self, since: int = 0) -> list[Entry]:
        """The entries after one, in their order; there are no gaps, and none appears later before one that was read."""
        with self._database.reading() as connection:
            return saying.read_entries(connection, since)

    def outcomes(self) -> dict[str, Outcome]:
        """What has been said of each item, and whether it is decided; items of which nothing stands are not in it."""
        return outcomes_of(self.entries(), self._terms.looks)

    # order

    def set_order(self, ranked: Sequence[tuple[str, float]], models: Sequence[str], made: str) -> Ranking:
        """Give every item its place; what people hold stays theirs.

        The first places are given first, in steps, so that nobody waits long for a verdict to be stored. Where the
        server is killed in between, the other items stay where they were until the next ranking.

        Args:
            ranked: keys of items and their scores, first the one to look at first; items not named have no place.
            models: the models whose replies were used.
            made: what made it, in words.

        Raises:
            RequestError: a key is unknown, or named twice.
        """
        with self._database.reading() as connection:
            steps = ordering.plan_moves(contents.keys(connection), ranked)
        for step in steps:
            with self._database.writing() as connection:
                ordering.move(connection, step)
            time.sleep(_LET_OTHERS_WRITE_S)
        with self._database.writing() as connection:
            return ordering.note_ranking(connection, len(ranked), models, made, moment(connection, self._clock))

    def put_first(self, items: Iterable[str]) -> int:
        """Put items before all others; later rankings leave them there.

        Returns:
            How many of them still are to be given to somebody.

        Raises:
            RequestError: a key is unknown.
        """
        with self._database.writing() as connection:
            return ordering.put_first(connection, items, self._terms.looks)

    def order(self) -> Mapping[str, Place]:
        """Key → where it stands, of all items."""
        with self._database.reading() as connection:
            return ordering.read_order(connection)

    def rankings(self) -> tuple[Ranking, ...]:
        """All rankings there were, the latest last."""
        with self._database.reading() as connection:
            return ordering.read_rankings(connection)

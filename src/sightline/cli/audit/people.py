"""``sightline audit people``."""

from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from sightline.cli.audit.stores import Where, command, shown

if TYPE_CHECKING:
    from sightline.audit.people import Person

__all__ = ["register"]

Address = Annotated[
    str, Parameter(name="--address", help="The address of the page, as `sightline audit serve` prints it.")
]
_ADDRESS = "http://127.0.0.1:8642"


def register(app: App) -> None:
    """Add the verb."""
    people = App(name="people", help="Who takes part in an audit, and their links.")
    for verb in (add, link, revoke):
        people.command(verb)
    people.command(list_, name="list")
    app.command(people)


def add(
    where: Where,
    *names: str,
    role: Literal["labeller", "adjudicator", "both"] = "labeller",
    address: Address = _ADDRESS,
) -> None:
    """Add people, and print a link for each: whoever opens it is taken for this person, so send it to nobody else.

    Links are shown this once; what is stored is a hash.

    Parameters
    ----------
    names
        Their names; they never change, and labellers do not see those of others.
    role
        What they do. labeller: one of two who look at an item, blind to each other. adjudicator: decides where the two
        differ, or are unsure. both: labels, and decides on what others labelled.
    """
    from sightline.audit.people import Role
    from sightline.audit.store import Store
    from sightline.errors import RequestError

    if not names:
        raise RequestError(f"Name who takes part: {command('people', 'add', shown(where), 'NAME')}")
    with Store.open(where) as store:
        for name in names:
            _print_link(name, role, address, store.add_person(name, Role(role)))


def link(where: Where, name: str, *, address: Address = _ADDRESS) -> None:
    """Print a new link for somebody who lost theirs, or comes back; the one they had opens nothing any more.

    Parameters
    ----------
    name
        Who.
    """
    from sightline.audit.store import Store

    with Store.open(where) as store:
        token = store.new_token(name)
        role = next(person.role.value for person in store.people() if person.name == name)
        _print_link(name, role, address, token)


def revoke(where: Where, name: str) -> None:
    """Shut somebody out: their link opens nothing any more, others get what they hold, what they said stands.

    Parameters
    ----------
    name
        Who.
    """
    from sightline.audit.store import Store

    with Store.open(where) as store:
        store.revoke(name)
    print(f"{name} is shut out. {command('people', 'link', shown(where), name)} lets them in again.")


def list_(where: Where) -> None:
    """List who takes part, and how much each has done."""
    from sightline.audit.entries import Stage, standing
    from sightline.audit.store import Store
    from sightline.cli.tables import console, plain_table, show

    with Store.open(where) as store:
        everybody, entries = store.people(), standing(store.entries())
    said = {(entry.person, entry.stage, entry.word is not None): 0 for entry in entries}
    for entry in entries:
        said[entry.person, entry.stage, entry.word is not None] += 1

    def row(person: "Person") -> list[str]:
        counts = (
            said.get((person.name, Stage.LABEL, True), 0),
            said.get((person.name, Stage.ADJUDICATE, True), 0),
            sum(said.get((person.name, stage, False), 0) for stage in Stage),
        )
        state = "shut out" if person.revoked else ""
        return [person.name, person.role.value, *(f"{count:,}" for count in counts), person.added[:10], state]

    headings = [("name", "left"), ("role", "left"), ("labelled", "right"), ("decided", "right"), ("skipped", "right")]
    headings += [("since", "left"), ("", "left")]
    show(console(), plain_table(f"People of {shown(where)}", headings, map(row, everybody)))


def _print_link(name: str, role: str, address: str, token: str) -> None:
    from sightline.web.entering import enter_link

    print(f"{name} ({role}): {enter_link(address, token)}")

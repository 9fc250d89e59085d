"""What a page sends: JSON with exactly these fields."""

from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sightline.audit.entries import Stage
from sightline.audit.refusals import Reason

__all__ = ["Body", "Saying", "Undoing", "Wanting", "Wish", "reading"]


class Body(BaseModel):
    """What is sent where there is nothing to say."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


_B = TypeVar("_B", bound=Body)


class Wanting(Body):
    """What somebody wants to look at."""

    stage: Stage
    count: int = Field(ge=1, le=60)


class Saying(Body):
    """What somebody says of an item."""

    item: str
    stage: Stage
    act: Literal["verdict", "skip"]
    word: str | None
    note: str
    seconds: float | None
    wording: str
    request: str


class Undoing(Body):
    """That somebody takes their last word back."""

    request: str


class Wish(Body):
    """Whose label somebody wants to have checked: the id of a question."""

    question: str


def reading(kind: type[_B], act: Callable[[Request, _B], Response]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that reads what is sent, and then does something in a thread of its own."""

    async def endpoint(request: Request) -> Response:
        try:
            given = kind.model_validate_json(await request.body())
        except ValidationError as error:
            told = "; ".join(
                f"{'.'.join(map(str, each['loc'])) or 'what was sent'}: {each['msg']}" for each in error.errors()
            )
            return JSONResponse({"reason": Reason.UNFIT, "problem": f"This cannot be read ({told})."}, 422)
        return await run_in_threadpool(act, request, given)

    return endpoint

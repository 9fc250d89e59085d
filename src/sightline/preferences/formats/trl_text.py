"""TRL's preference rows with their texts written out in a model's chat format.

In TRL's conversational format a pair can neither go on from a context nor leave its reply unended: prompt and reply are
written by the chat template as turns of their own, so that the context's turn is closed and a second one opened
(``…ASSISTANT: A street.</s>ASSISTANT: A car is parked.</s>``), all of it counted as the completion. Rows of plain text
are tokenised as they stand.
"""

from typing import TYPE_CHECKING, Any

from sightline.core import PreferencePair
from sightline.errors import RequestError

if TYPE_CHECKING:
    from sightline.models.prompts import Chat

__all__ = ["written_row"]


def written_row(pair: PreferencePair, path: str, chat: "Chat") -> dict[str, Any]:
    """Write a pair as TRL's row: the prompt up to where the replies part, and what each goes on with.

    Args:
        pair: the pair.
        path: of its image.
        chat: the chat format of the model that is to be tuned.

    Raises:
        RequestError: the chat template does not write the reply as it stands, or the image's placeholder is spelt out.
    """
    chat.refuse_placeholders([pair.prompt, pair.context, pair.chosen, pair.rejected])
    prompt = chat.written(pair.prompt)
    blank = "" if not pair.context or pair.context[-1].isspace() else " "
    before = prompt
    sides = []
    for words in (pair.chosen, pair.rejected):
        reply = pair.context + blank + words
        whole = chat.written(pair.prompt, reply)
        place = whole.find(reply, len(prompt))
        if not whole.startswith(prompt) or place < 0:
            raise RequestError(f"The model's chat template does not write the reply as it stands: {reply!r}.")
        before = whole[: place + len(pair.context)] if pair.context else prompt
        sides.append(whole[len(before) :] if pair.ends else whole[len(before) : place + len(reply)])
    return {"prompt": _begun(chat, before), "chosen": sides[0], "rejected": sides[1], "images": [path]}


def _begun(chat: "Chat", text: str) -> str:
    """A prompt with the token that its tokenizer begins with: TRL tokenises without any."""
    token = chat.tokenizer.bos_token
    if token is None or text.startswith(token):
        return text
    ids = chat.tokens(text)
    return token + text if ids[:1] == [chat.tokenizer.bos_token_id] else text

"""PaliGemma: the image first, then a beginning-of-text token, the question and a line break; no chat template.

The mixed checkpoints were trained to answer in the language that the prompt begins with. Attention goes both ways over
image and prompt, so that the image's keys and values depend on the question; over a reply it goes one way.
"""

from sightline.models.families.family import Family

__all__ = ["FAMILY"]

FAMILY = Family(
    name="PaliGemma",
    model_types=("paligemma",),
    language_model="model.language_model",
    layers="model.language_model.layers",
    shares=False,
    why_not="its image attends to the question",
    chat_template=(
        "{% for message in messages %}{% for part in message['content'] %}{% if part['type'] == 'image' %}<image>"
        "{% elif message['role'] == 'assistant' %}{{ part['text'] }}{{ eos_token }}"
        "{% else %}answer en {{ part['text'] }}{% endif %}{% endfor %}{% endfor %}"
    ),
    of_replies=(("token_type_ids", 1),),
)

"""Where COCO's images are, told by their names.

COCO's annotations give every image an address (coco_url) that is made of its split and its name.
"""

import re
from collections.abc import Mapping

from sightline.core import Labelled

__all__ = ["COCO_NOTE", "coco_address", "coco_addresses"]

_2014 = re.compile(r"COCO_(?P<split>(?:train|val)2014|test201[45])_\d{12}\.jpg")
_2017 = re.compile(r"(?:.*/)?(?P<split>(?:train|val|test)2017)/(?P<name>\d{12}\.jpg)")
_SERVER = "http://images.cocodataset.org"

COCO_NOTE = f"or all of COCO val2014 at once: {_SERVER}/zips/val2014.zip (6 GB)"
"""How to get all the images."""


def coco_address(name: str) -> str:
    """The address of an image of COCO; "" where its name does not tell its split.

    Example:
        >>> coco_address("COCO_val2014_000000310196.jpg")
        'http://images.cocodataset.org/val2014/COCO_val2014_000000310196.jpg'
        >>> coco_address("coco/val2017/000000000139.jpg")
        'http://images.cocodataset.org/val2017/000000000139.jpg'
        >>> coco_address("000000000139.jpg")
        ''
    """
    if found := _2014.fullmatch(name):
        return f"{_SERVER}/{found['split']}/{name}"
    if found := _2017.fullmatch(name):
        return f"{_SERVER}/{found['split']}/{found['name']}"
    return ""


def coco_addresses(labelled: Labelled) -> Mapping[str, str]:
    """The address of every image that is asked about."""
    return {image.name: coco_address(image.name) for question in labelled.questions for image in question.images}

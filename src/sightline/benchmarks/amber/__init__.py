"""AMBER: does a model see what is not there, in what it answers and in what it describes?

Asks: yes/no questions about objects that are not there (existence), states, numbers and actions (attributes) and
    contacts (relations); and for a description of the same images, whose nouns are held against the objects there.
Source: https://github.com/junyangwang0410/AMBER (arXiv 2311.07397), at commit 534babf.
Licence: Apache-2.0 for the repository, which holds no images. Nothing of it is part of sightline.
Reads: a folder with ``query_all.json`` (or some of AMBER's other query files), ``annotations.json`` and, for captions,
    ``relation.json`` and ``safe_words.txt``; word vectors of your own beside them as ``vectors.txt`` or ``.npz``.
    ``metrics.txt`` is not needed: it says where sums begin, which is part of the arithmetic. Replies as AMBER has them:
    one file of ``{"id", "response"}``, captions and answers together or apart.
Beware: "no" is the positive class. All questions on existence are about what is not there: saying no to everything
    scores 100 there, and over all answers an accuracy of 66.3 and an F1 of 79.7 (see ``said no``). AMBER's code takes a
    reply for an answer only if it is exactly "Yes" or "No", its prompts do not ask for that, and everybody writes a
    step of their own before it: published figures differ by it. Captions are compared by spaCy's en_core_web_lg
    (``--reader amber``); without it (``amber-words``) fewer nouns are forgiven and CHAIR is higher. Nouns are found by
    sightline's own grammar, not by NLTK's tagger. ``--wording vlmevalkit`` is for answers; leave captions out with it.
Size: 14,216 yes/no questions and 1,004 captions of the same 1,004 images.
Metric: accuracy, precision, recall and F1 by dimension; CHAIR, Cover, Hal, Cog; the AMBER score of both.
Official: yes: the reader amber, with the arithmetic of AMBER's code (rounding and added thousandths included).
Needs: its images; for captions as published, spaCy and en_core_web_lg.
"""

from types import MappingProxyType

from sightline.benchmarks.amber.counting import READERS, count, show
from sightline.benchmarks.amber.files import SPLITS, read_labels
from sightline.benchmarks.amber.rates import RATES
from sightline.core import Benchmark, PublicFile, PublicImages, Scoring

__all__ = ["BENCHMARK", "POOLED", "WORDINGS", "read_labels"]

WORDINGS = MappingProxyType({"amber": "{question}", "vlmevalkit": "{question}\nPlease answer yes or no."})
"""AMBER asks as it stands; VLMEvalKit, which knows the yes/no questions only, adds a line."""

POOLED = MappingProxyType(
    {
        "attribute": ("state", "number", "action"),
        "discriminative": ("existence", "state", "number", "action", "relation"),
        "all": SPLITS,
    }
)
"""What AMBER tells beside the single dimensions."""


_AT = "https://raw.githubusercontent.com/junyangwang0410/AMBER/534babf6bbfcce2e735c26289dedfb21cef3c939/data/"

_PUBLIC = {
    "query/query_all.json": "127680ae61f7d4a92d2f7f07a8deaec07f0689b194d2c7c0f41ead7bd2c5bcf5",
    "annotations.json": "db22a436c4836fbb295e60b4e80d519573077579fb7032f01b193c1bd022b797",
    "relation.json": "c4c1491e9bbc3209abc1888c12a1bf8413bdbab8a0d8be04b990a2e7680cf23e",
    "safe_words.txt": "f92cf1123f4578a2630832fac3e6ac4de36212ea55859d3bed4fd233723f4043",
}

BENCHMARK = Benchmark(
    name="amber",
    title="Yes/no questions on objects, attributes and relations, and captions, of the same images.",
    splits=SPLITS,
    version=1,
    read_labels=read_labels,
    public=MappingProxyType(
        {"amber": tuple(PublicFile(file.rsplit("/", 1)[-1], _AT + file, sha256) for file, sha256 in _PUBLIC.items())}
    ),
    published=MappingProxyType({"amber": 15_220}),
    official_reader="amber",
    images=PublicImages(
        note="an archive that a browser must fetch: "
        "https://drive.google.com/file/d/1MaCHgtupcZUjf007anNl4_MV0o4DjXvl/view?usp=sharing"
    ),
    wordings=WORDINGS,
    scoring=Scoring(
        count,
        RATES,
        tuple(str(reader) for reader in READERS.values()),
        "precision no, recall no, f1 no: no is the positive class; on existence every true answer is no. chair: nouns "
        "that stand for nothing in the image, of the nouns that count. cover: objects there that are named. hal: "
        "captions with such a noun. cog: of the objects that models are known to make up, those named. amber score: "
        "mean of f1 no and 100 less chair. Words are compared by themselves alone (strict, amber-words), by your own "
        "vectors (…-vectors) or by spaCy's en_core_web_lg (amber), as published. The readers amber… are AMBER's "
        "arithmetic, its rounding included.",
        show,
        POOLED,
    ),
    reply_tokens=512,
)

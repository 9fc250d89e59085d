"""What judges are asked, in sightline's own words. Any change raises the version of the judge that asks it.

The words of the benchmarks' authors are theirs: ``sightline judge --prompt FILE`` takes them from a file.
"""

__all__ = [
    "HALOQUEST_SYSTEM",
    "HALOQUEST_TEMPLATE",
    "MMHAL_SYSTEM",
    "MMHAL_TEMPLATE",
    "OBJECTS_SYSTEM",
    "OBJECTS_TEMPLATE",
]

MMHAL_SYSTEM = (
    "You mark what a vision-language model answered to a question about a picture. You do not see the picture: you are "
    "told some of what is in it, and an answer that a person gave."
)

MMHAL_TEMPLATE = """\
Mark the answer by two things: how much it tells, and whether it hallucinates.

It hallucinates if it claims anything of the picture that is not so: a thing, a property, a number, a place, an \
action, a text. Keep to these rules:
- It hallucinates if it contradicts what is known of the picture or the person's answer.
- It hallucinates if it goes along with something in the question that is not in the picture.
- Both the list and the person's answer leave things out. A detail that neither mentions is a hallucination only if it \
does not fit what they say.
- What follows from the picture, and general knowledge that claims nothing of it, is welcome.
- Not knowing, leaving something out, or not answering is no hallucination, but tells less.

Ratings:
6 tells very much, with good reasons, and does not hallucinate
5 tells much, does not hallucinate
4 tells something, does not hallucinate
3 tells nothing, does not hallucinate
2 tells much, but hallucinates
1 tells something, but hallucinates
0 tells nothing, and hallucinates

Three examples:

In the picture: Table, Candle, Bowl
Question: How many candles stand on the table?
A person's answer: Three candles stand on the table.
Answer to mark: There are two candles on the table, one on each side of a bowl.
The person counts three candles, the answer two, so it claims a number that is not so, though it tells more besides.
Rating: 1

In the picture: Bridge, River, Boat
Question: What is the man on the bridge holding?
A person's answer: There is nobody on the bridge.
Answer to mark: I can see a bridge over a river with a boat beneath, but no man on it.
It does not go along with the man, and says what is there instead; nothing contradicts what is known.
Rating: 5

In the picture: Kitchen, Oven, Person
Question: Which bread is being baked?
A person's answer: A round loaf of rye bread is being baked.
Answer to mark: The kind of bread cannot be told from this picture.
It claims nothing that is not so, but it does not answer the question.
Rating: 3

Now this one:

In the picture: {objects}
Question: {question}
A person's answer: {reference}
Answer to mark: {reply}

Say in one or two sentences what decides, then end with a line that reads Rating: and the number, and nothing else."""

HALOQUEST_SYSTEM = (
    "You decide whether an answer to a question about a picture is correct. You do not see the picture: you are given "
    "reference answers, and what agrees with any one of them is correct."
)

HALOQUEST_TEMPLATE = """\
Question: {question}

Reference answers, each of them right:
{reference}

Answer to judge: {reply}

Rules:
- The answer is correct if it says what one of the reference answers says, in whatever words; more detail does no harm \
unless it contradicts the references.
- If the references say that something the question speaks of is not there, or cannot be seen, the answer is correct \
only if it says so too. A bare yes, no or nothing does not say it, and describing the thing all the same is incorrect.
- An answer that refuses, or says that it cannot tell, is incorrect, unless the references say that it cannot be told.
- Numbers must be the same.

Reply with JSON: "reason", one sentence, and "verdict", which is "correct" or "incorrect"."""

OBJECTS_SYSTEM = "You list the things that a description says are in a picture."

OBJECTS_TEMPLATE = """\
A picture was described:

{reply}

List every thing that the description says can be seen in the picture. Rules:
- Take the description at its word.
- Name each thing once, as a bare noun without colour, size, number or other properties: dog, wine glass.
- Leave out what it says is absent, what it only supposes or compares with, and moods, places in the picture and \
weather.
- If it names no things, the list is empty.

Reply with JSON: {"objects": ["first thing", "second thing"]}"""

"""Judge replies through a server that writes down what it is asked; the test kills this process."""

import sys
from pathlib import Path

from sightline.evaluation.evaluation import evaluate
from sightline.evaluation.judging import judge_replies
from sightline.models.chat_client import ChatClient


def main(labels: str, answers: str, url: str, out: str, at_once: str) -> None:
    evaluation = evaluate("mmhal", [answers], [f"own={labels}"])
    with ChatClient(url, "tiny", at_once=int(at_once), wait_s=0) as client:
        judge_replies(evaluation, client, Path(out))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What is said of clusters, hosts and workers before anything runs; Ray itself is not started here."""

import pickle
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from sightline.core import Asking, ImageGroup, ModelIdentity
from sightline.errors import DataError, MissingError, RequestError
from sightline.scale import cluster
from sightline.scale.alike import refuse_other_model, refuse_other_versions
from sightline.scale.cluster import Seats, connect, share_out
from sightline.scale.loading import Loading
from sightline.scale.worker import ReplyShard, Worker, WorkerInfo

PYTHON = platform.python_version()


class Cluster:
    """What Ray says of its nodes."""

    def __init__(self, *nodes: dict[str, float], free: dict[str, float] | None = None) -> None:
        self.resources = nodes
        self.free = free

    def nodes(self) -> list[dict[str, Any]]:
        return [{"Resources": own, "Alive": True} for own in self.resources] + [{"Resources": {}, "Alive": False}]

    def available_resources(self) -> dict[str, float]:
        there = {name: sum(node.get(name, 0) for node in self.resources) for name in ("CPU", "GPU")}
        return there if self.free is None else self.free


EIGHT = {"CPU": 64, "GPU": 8}


def info(host: str = "a", hash_: str = "0" * 64, dtype: str = "float32", **more: str) -> WorkerInfo:
    versions = {"sightline": version("sightline"), "python": PYTHON} | more
    return WorkerInfo(ModelIdentity(hash_, "m", "", "transformers 5", dtype, "sdpa"), host, 1, **versions)


def test_there_is_a_worker_for_every_gpu_of_all_hosts() -> None:
    assert share_out(Cluster(EIGHT, EIGHT), None, on_gpus=True) == Seats(16, 1, 1)
    assert share_out(Cluster(EIGHT, EIGHT), 3, on_gpus=True) == Seats(3, 1, 1)


def test_without_gpus_there_is_one_worker_with_all_cores_of_a_host() -> None:
    assert share_out(Cluster({"CPU": 12}), None, on_gpus=True) == Seats(1, 0, 12)
    assert share_out(Cluster(EIGHT), None, on_gpus=False) == Seats(1, 0, 64)
    # 8 + 4 cores: three workers have four each, four have two
    assert share_out(Cluster({"CPU": 8}, {"CPU": 4}), 3, on_gpus=True) == Seats(3, 0, 4)
    assert share_out(Cluster({"CPU": 8}, {"CPU": 4}), 4, on_gpus=True) == Seats(4, 0, 2)


def test_fewer_gpus_than_workers_are_refused_with_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RequestError, match=r"17 workers were asked for, and there are 16 GPUs on the 2 hosts"):
        share_out(Cluster(EIGHT, EIGHT), 17, on_gpus=True)
    with pytest.raises(RequestError, match=r"2 workers were asked for, and there is 1 GPU on this cluster's host"):
        share_out(Cluster({"CPU": 4, "GPU": 1}), 2, on_gpus=True)
    with pytest.raises(RequestError, match="--workers is 0; expected one or more"):
        share_out(Cluster(EIGHT), 0, on_gpus=True)
    monkeypatch.setattr(cluster, "_FREE_WITHIN_S", 0.0)
    with pytest.raises(RequestError, match=r"of 8 GPUs on this cluster's host 3 are free\. Wait until others"):
        share_out(Cluster(EIGHT, free={"GPU": 3.0}), 4, on_gpus=True)


def test_ray_that_is_not_installed_is_one_sentence_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(RequestError, match=r"Ray is not installed, .*: pip install 'sightline\[ray\]'"):
        connect(None)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("127.0.0.1:1", r"No Ray cluster answers at 127\.0\.0\.1:1: .*refused.*ray start --head"),
        ("ray://head:10001", r"ray://head:10001 is that of Ray's client"),
    ],
)
def test_a_cluster_that_cannot_be_reached_is_one_sentence(address: str, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        connect(address)


def test_other_versions_on_a_host_are_refused() -> None:
    refuse_other_versions(info())
    with pytest.raises(RequestError, match=r"sightline is 0\.0\.1 on the host b and .* here"):
        refuse_other_versions(info("b", sightline="0.0.1"))
    with pytest.raises(RequestError, match=r"Python is 3\.1\.4 on the host b and"):
        refuse_other_versions(info("b", python="3.1.4"))


def test_workers_with_other_weights_or_types_are_refused() -> None:
    refuse_other_model(info(), info("b"))
    with pytest.raises(RequestError, match="on a and b hold different models: hash is 0000000000000000 and 11111111"):
        refuse_other_model(info(), info("b", hash_="1" * 64))
    with pytest.raises(RequestError, match="dtype is float32 and bfloat16"):
        refuse_other_model(info(), info("b", dtype="bfloat16"))


def test_a_loading_travels_and_is_named_as_the_adapter_where_there_is_one() -> None:
    loading = Loading("bundled", adapter="tuned", knockout="L0H3", knockout_strength=0.5)
    assert pickle.loads(pickle.dumps(loading)) == loading
    assert (loading.name, Loading("bundled").name) == ("tuned", "bundled")


def test_an_error_travels_whole() -> None:
    for kind in (DataError, MissingError):
        error = kind("label is 'Yes '", file="a.json", row=3, hint="Mend it")
        told = pickle.loads(pickle.dumps(error))
        assert (type(told), str(told), told.file, told.row, told.hint) == (kind, str(error), "a.json", 3, "Mend it")


def test_a_worker_in_this_process_answers_a_shard_and_names_an_image_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"a")
    worker = Worker(Loading("scripted:Yes"))
    assert worker.load().identity.name == "scripted:Yes"
    groups = ImageGroup(tmp_path / "a.jpg", ("Dog?", "Cat?")), ImageGroup(None, ("Is water wet?",))
    answered = worker.answer(ReplyShard(groups, Asking()))
    assert [[said.text for (said,) in replies] for replies in answered.value] == [["Yes", "Yes"], ["Yes"]]
    with pytest.raises(MissingError, match=rf"b\.jpg: the image is not on the host {platform.node()}\. Workers read"):
        worker.answer(ReplyShard((ImageGroup(tmp_path / "b.jpg", ("Dog?",)),), Asking()))


def test_vllm_knocks_no_heads_out() -> None:
    with pytest.raises(RequestError, match="vLLM knocks no heads out"):
        Loading("bundled", engine="vllm", knockout="L0H3").load()
    with pytest.raises(RequestError, match="A scripted model has no weights"):
        Loading("scripted:Yes", adapter="tuned").load()

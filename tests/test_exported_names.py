"""What is exported is what is listed, and all of it can be loaded."""

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

import sightline
from sightline import api
from sightline.benchmarks import ALL

MODULES = [
    module.name
    for module in pkgutil.walk_packages(sightline.__path__, "sightline.")
    if "cli" not in module.name and not module.name.endswith("__main__")
]


def test_the_public_list_is_sorted_and_every_name_loads() -> None:
    assert list(sightline.__all__) == sorted(sightline.__all__)
    for name in sightline.__all__:
        assert getattr(sightline, name) is not None
    assert {name for name in sightline.__all__ if not name.endswith("Error")} == set(api.__all__)


def test_a_name_that_is_not_public_is_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'scoer'"):
        _ = sightline.scoer


@pytest.mark.parametrize("name", MODULES)
def test_every_module_lists_what_it_offers_and_offers_what_it_lists(name: str) -> None:
    module = importlib.import_module(name)
    tree = ast.parse(Path(module.__file__ or "").read_text())
    defined = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    }
    listed = set(getattr(module, "__all__", ()))
    assert {name for name in listed if not hasattr(module, name)} == set()
    assert defined - listed == set(), "public functions and classes stand in __all__"


def test_every_benchmark_module_is_in_the_list() -> None:
    folder = Path(importlib.import_module("sightline.benchmarks").__file__ or "").parent
    files = {path.stem: path for path in folder.glob("*.py")}
    files |= {path.parent.name: path for path in folder.glob("*/__init__.py")}
    with_benchmark = {name for name, path in files.items() if "\nBENCHMARK = " in path.read_text()}
    assert with_benchmark == {benchmark.name for benchmark in ALL.values()}


def test_every_benchmark_header_has_its_fields() -> None:
    for benchmark in ALL.values():
        header = importlib.import_module(f"sightline.benchmarks.{benchmark.name}").__doc__ or ""
        assert [field for field in ("Asks:", "Source:", "Licence:", "Reads:", "Beware:") if field not in header] == []

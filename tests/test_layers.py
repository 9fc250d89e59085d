"""A part of the house imports only what stands on lower floors; heavy libraries have owners; importing does nothing."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src" / "sightline"

FLOORS = {
    "errors": 0,
    "core": 1,
    "records": 2,
    "models": 2,
    "detectors": 4,  # look at pictures as models do, and know the rendered world; design.md had them on floor 2
    "readers": 2,
    "stats": 2,
    "scenes": 3,  # reads JSON through records; design.md had both on one floor
    "queries": 4,
    "benchmarks": 5,
    "report": 5,
    "evaluation": 6,
    "preferences": 6,
    "audit": 7,
    "mechanisms": 7,
    "tuning": 7,
    "scale": 8,
    "demo": 8,
    "examples": 8,
    "api": 8,
    "web": 8,
    "cli": 9,
    "__main__": 10,
}

OWNERS = {
    "torch": ("models", "mechanisms", "tuning", "detectors"),
    "transformers": ("models", "detectors", "tuning"),
    "vllm": ("models",),
    "peft": ("tuning",),
    "ray": ("scale",),
    "matplotlib": ("report",),
    "jinja2": ("report", "web"),
    "sqlalchemy": ("audit",),
    "alembic": ("audit",),
    "starlette": ("web",),
    "uvicorn": ("web",),
    "sklearn": ("stats",),
    "crowdkit": ("stats",),
    "pandas": ("stats",),
    "statsmodels": ("stats",),
    "scipy": ("stats", "detectors"),
    "openai": ("models",),
    "httpx2": ("models",),
    "lemminflect": ("readers",),
    "pysbd": ("readers",),
    "pooch": ("records",),
    "requests": ("records",),
    "cyclopts": ("cli",),
    "rich": ("cli",),
}


def imports(source: str) -> set[str]:
    """Every module a source imports, also inside functions; names under TYPE_CHECKING count too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def broken(part: str, source: str) -> list[str]:
    """The imports of a source in a part that no lower floor offers."""
    others = {name.split(".")[1] for name in imports(source) if name.startswith("sightline.")} & FLOORS.keys()
    wrong = [f"{part} imports {other}" for other in others - {part} if FLOORS[other] >= FLOORS[part]]
    libraries = {name.split(".")[0] for name in imports(source)}
    return wrong + [f"{part} imports {name}" for name in libraries & OWNERS.keys() if part not in OWNERS[name]]


def part_of(path: Path) -> str:
    return path.relative_to(SRC).parts[0].removesuffix(".py")


MODULES = [path for path in sorted(SRC.rglob("*.py")) if path != SRC / "__init__.py"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SRC)))
def test_a_part_imports_only_lower_floors_and_its_own_libraries(path: Path) -> None:
    assert part_of(path) in FLOORS, "a new part needs a floor"
    assert broken(part_of(path), path.read_text()) == []


def test_the_layer_test_sees_an_upward_import() -> None:
    assert broken("core", "from sightline.evaluation import score") == ["core imports evaluation"]


def test_the_layer_test_sees_an_import_of_an_equal_inside_a_function() -> None:
    assert broken("readers", "def f():\n    from sightline import stats\n") == ["readers imports stats"]


def test_the_layer_test_sees_a_heavy_library_outside_its_owner() -> None:
    assert broken("evaluation", "import torch.nn") == ["evaluation imports torch"]


def test_the_core_needs_only_the_standard_library_and_numpy() -> None:
    for path in (SRC / "core").glob("*.py"):
        outside = {name.split(".")[0] for name in imports(path.read_text())} - set(sys.stdlib_module_names)
        assert outside <= {"sightline", "numpy", ""}, path


def run(code: str, **environment: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ | environment
    )
    return result.stdout.strip()


def test_importing_sightline_loads_nothing_and_changes_nothing() -> None:
    code = (
        "import os, sys; before = dict(os.environ); import sightline; assert before == dict(os.environ); "
        "print({name.split('.')[0] for name in sys.modules} & {'numpy', 'pyarrow', 'matplotlib', 'cyclopts'})"
    )
    assert run(code) == "set()"


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from sightline.cli import main; main(['--help']); "
        "print({name.split('.')[0] for name in sys.modules} & {'numpy', 'pyarrow', 'matplotlib', 'scipy', 'torch', "
        "'transformers', 'jinja2', 'pydantic', 'statsmodels', 'inflect', 'PIL', 'sqlalchemy', 'alembic', 'starlette', "
        "'uvicorn', 'sklearn', 'crowdkit', 'pandas', 'ray'}, 'loaded')"
    )
    assert run(code).endswith("set() loaded")

import pytest

from sightline.scenes.rendered import RenderedScene, compose


@pytest.fixture(scope="session")
def scenes() -> list[RenderedScene]:
    """300 scenes of the world as it is."""
    return [compose(seed=0, index=index) for index in range(300)]

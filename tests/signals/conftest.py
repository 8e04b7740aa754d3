import pytest

from tests.signals.scene import Scene, build


@pytest.fixture
def scene(db: None) -> Scene:
    """In a transaction that is rolled back."""
    return build()


@pytest.fixture
def committed(transactional_db: None) -> Scene:
    """Committed rows, since the edge and the listener have connections of their own."""
    return build()

import pytest

from tests.ledger.scene import Scene, build


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """Committed rows, since the engine's door has connections of its own."""
    return build()

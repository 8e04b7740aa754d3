import pytest

from tests.signals.scene import Scene, build


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """Committed rows: projectors read only what no running transaction can still precede."""
    return build()

import pytest

from infra.azure.check.schema import Schemas, load_schemas


@pytest.fixture(scope="session")
def schemas() -> Schemas:
    return load_schemas()

"""Print docs/costs.md: `python -m tests.costs`."""

import sys

from infra.costs.document import document
from tests.costs.counting import SIZES, count

sys.stdout.write(document([count(size) for size in SIZES]))

"""Metrics for Prometheus."""

from shared.api.exchange import Answer
from shared.api.fields import Nothing
from shared.api.operation import Asked
from shared.domain.metrics import CONTENT_TYPE
from shared.workflows.metrics import metrics


def read_metrics(asked: Asked[Nothing, Nothing]) -> Answer:
    return Answer(200, metrics(asked.ports()).encode(), CONTENT_TYPE)

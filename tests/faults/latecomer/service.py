"""A subscriber that a county adds years later."""

from tests.faults.witness import service


class LatecomerService(service.WitnessService):
    """Writes down what it is told."""

    name = "latecomer"

"""Facts of petition about what people take along of their own."""

from contracts.sdk.fact import Fact


class LettersExported(Fact):
    """已导出本人的来信、上报和咨询

    Somebody took her letters, reports and questions along.
    """

    name = "petition.letters_exported"

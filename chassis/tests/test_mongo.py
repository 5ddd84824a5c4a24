"""Telling a database that is away from one that refuses."""

import pytest
from pymongo.errors import AutoReconnect, BulkWriteError, OperationFailure, WriteError

from chassis.data.mongo import Paused, is_away

UNAUTHORIZED, NO_MAJORITY_YET, NO_KEYS_YET, STEPPED_DOWN, TAKEN = 13, 134, 211, 189, 11000


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (OperationFailure("No keys found for HMAC", NO_KEYS_YET), True),
        (OperationFailure("Read concern majority reads are not available yet", NO_MAJORITY_YET), True),
        (WriteError("Not primary while writing", STEPPED_DOWN), True),
        (BulkWriteError({"writeErrors": [{"code": STEPPED_DOWN}]}), True),
        (BulkWriteError({"writeErrors": [{"code": TAKEN}]}), False),
        (OperationFailure("not authorized", UNAUTHORIZED), False),
        (AutoReconnect(), True),
        (Paused(), True),
        (ValueError(), False),
    ],
)
def test_a_database_that_is_starting_is_away_and_one_that_refuses_is_not(error, away):
    assert is_away(error) is away

"""The service's own database, as a dependency."""

from pymongo import database as pymongo

from chassis.core.glue import Gives
from chassis.data.mongo import Mongo, Row


class Database(Gives[pymongo.Database[Row]]):
    """pymongo's Database, for what no collection of `chassis.store` does."""

    mongo = Mongo()

    def get_dependency(self, worker_ctx: object) -> pymongo.Database[Row]:
        return self.mongo.database

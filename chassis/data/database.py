"""The service's own database, as a dependency."""

from nameko.extensions import DependencyProvider

from chassis.data.mongo import Mongo


class Database(DependencyProvider):
    """pymongo's Database, for what no collection of `chassis.store` does."""

    mongo = Mongo()

    def get_dependency(self, worker_ctx):
        return self.mongo.database

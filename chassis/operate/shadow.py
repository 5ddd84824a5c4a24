"""A database as a rebuild sees it: some collections stand aside under other names, all others can only be read."""

from chassis.core.glue import Injector
from chassis.core.group import provided
from chassis.data.mongo import WithState
from chassis.store import Collection

READS = {"find", "find_one", "aggregate", "count_documents", "estimated_document_count", "distinct", "name"}


class NotDerived(Exception):
    """A handler wrote to a collection that it does not derive."""


class Shadow(WithState):
    """`aside` collections are `NAME.SUFFIX` here."""

    def __init__(self, database, aside, suffix):
        self.database, self.aside, self.suffix = database, aside, suffix
        self.client = database.client

    def renamed(self, collection):
        """What a collection that stands aside is called in the real database."""
        return f"{collection}.{self.suffix}"

    def __getitem__(self, collection):
        if collection in self.aside:
            return self.database[self.renamed(collection)]
        return ReadOnly(self.database[collection])

    __getattr__ = __getitem__


class ReadOnly:
    """A collection's reading methods; the others raise NotDerived."""

    def __init__(self, collection):
        self.collection = collection

    def __getattr__(self, name):
        if name not in READS:
            raise NotDerived(self.collection.name)
        return getattr(self.collection, name)


class Stage(Injector):
    """In a container's place: gives service objects the collections of a database, and nothing else."""

    config: dict = {}

    def __init__(self, cls, database):
        self.service_cls, self.service_name = cls, cls.name
        self.collections = {name: type(each).on(database) for name, each in provided(cls, Collection).items()}

    def inject(self, service):
        """Only the collections."""
        vars(service).update(self.collections)

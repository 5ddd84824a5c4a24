"""How places with a QR code are kept."""

from chassis.store import Repository, index
from services.petition.domain.posted import PlaceNotFound, PostedPlace


class Places(Repository[PostedPlace]):
    """Places where QR codes hang or hung."""

    aggregate, collection, missing = PostedPlace, "places", PlaceNotFound
    indexes = [index("region", "-_id")]

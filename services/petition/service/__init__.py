"""书记信箱, letters to the secretary of a village, a town or the city, and 举报, sealed clues."""

from pathlib import Path

from chassis.service import Numbers, Peer, Regions, RegionTree, Service, Setting, Vault
from services.petition.service.board import BoardDesk
from services.petition.service.clues import ClueDesk
from services.petition.service.desk import InboxDesk
from services.petition.service.dispatching import DispatchDesk
from services.petition.service.finding import FindingDesk
from services.petition.service.following import FollowingDesk
from services.petition.service.handling import HandlingDesk
from services.petition.service.intake import IntakeDesk
from services.petition.service.mail import MailDesk
from services.petition.service.matters import MattersDesk
from services.petition.service.mustering import WhistleDesk
from services.petition.service.privacy import PrivacyDesk
from services.petition.service.public import PublicDesk
from services.petition.service.questions import QuestionDesk
from services.petition.service.reading import ReadingDesk
from services.petition.service.rebase import RebaseDesk
from services.petition.service.recusing import RecusalDesk
from services.petition.service.reports import ReportDesk
from services.petition.service.routing import RoutingDesk
from services.petition.service.uniting import UnitingDesk
from services.petition.service.writing import WritingDesk
from services.petition.store.clues import ClueDays, Clues, Enclosures, Mailed, SpentProofs
from services.petition.store.displaced import Displaced
from services.petition.store.exports import ExportLog
from services.petition.store.petitions import Petitions
from services.petition.store.photos import Photos
from services.petition.store.places import Places
from services.petition.store.questions import KnowledgeBase, Questions
from services.petition.store.rebases import Rebases
from services.petition.store.reports import Reports
from services.petition.store.routing import Routings
from services.petition.store.secretaries import Secretaries
from services.petition.store.seen import Seen
from services.petition.store.uploads import Uploads
from services.petition.store.waiting import Waiting
from services.petition.store.whistles import Organisations, Whistles


class PetitionService(
    WritingDesk,
    IntakeDesk,
    ReadingDesk,
    HandlingDesk,
    DispatchDesk,
    RoutingDesk,
    RecusalDesk,
    RebaseDesk,
    UnitingDesk,
    FindingDesk,
    FollowingDesk,
    InboxDesk,
    BoardDesk,
    PublicDesk,
    MattersDesk,
    ReportDesk,
    QuestionDesk,
    WhistleDesk,
    ClueDesk,
    MailDesk,
    PrivacyDesk,
    Service,
):
    """Every matter somebody must answer (书记信箱)."""

    name = "petition"
    retention = Path(__file__).parents[1] / "retention.json"
    settings = {
        "POLICY_FILE": Setting(default=str(Path(__file__).parents[1] / "policy.json")),
        "CLUE_SEAL": Setting(),
        "CLUE_MAIL": Setting(secret=True),
    }
    groups = (RegionTree,)
    regions = Regions()
    petitions = Petitions()
    waiting = Waiting()
    photos = Photos()
    uploads = Uploads()
    seen = Seen()
    routings = Routings()
    rebases = Rebases()
    reports = Reports()
    questions = Questions()
    knowledge = KnowledgeBase()
    whistles = Whistles()
    organisations = Organisations()
    secretaries = Secretaries()
    places = Places()
    displaced = Displaced()
    clues = Clues()
    enclosures = Enclosures()
    clue_days = ClueDays()
    mailed = Mailed()
    spent_proofs = SpentProofs()
    exports = ExportLog()
    numbers = Numbers("QL")
    report_numbers = Numbers("SB")
    question_numbers = Numbers("ZX")
    whistle_numbers = Numbers("CS")
    vault = Vault()
    identity = Peer("identity")

"""书记信箱, letters to the secretary of a village, a town or the city, and 举报, sealed clues."""

from pathlib import Path

from chassis.service import RegionTree, Service
from services.petition.service.attachments import Attachments
from services.petition.service.board import Board
from services.petition.service.claims import Claims
from services.petition.service.clocks import Clocks
from services.petition.service.clue_office import ClueOffice
from services.petition.service.clues import ClueFiling
from services.petition.service.finding import Finding
from services.petition.service.following import Following
from services.petition.service.handling import Handling
from services.petition.service.mail import ClueMail
from services.petition.service.mustering import Mustering
from services.petition.service.places import Posting
from services.petition.service.policy import Policies
from services.petition.service.privacy import Privacy
from services.petition.service.public import Public
from services.petition.service.questions import Consulting
from services.petition.service.reading import Reading
from services.petition.service.rebase import Rebasing
from services.petition.service.recusing import Recusing
from services.petition.service.reports import Reporting
from services.petition.service.routing import Routing
from services.petition.service.uniting import Uniting
from services.petition.service.words import WordIndex
from services.petition.service.worklist import Worklist
from services.petition.service.writing import Writing


class PetitionService(Service):
    """Every matter somebody must answer (书记信箱)."""

    name = "petition"
    retention = Path(__file__).parents[1] / "retention.json"
    groups = (
        *(RegionTree, Policies, Attachments, Posting, Writing, Claims, Reading),
        *(Handling, Clocks, Routing, Recusing, Rebasing, Uniting, WordIndex, Finding, Following),
        *(Worklist, Board, Public, Reporting, Consulting, Mustering, Privacy),
        *(ClueFiling, ClueOffice, ClueMail),
    )

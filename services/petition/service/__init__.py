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
    """Every matter somebody must answer (书记信箱).

    Owns       petitions, photos, waiting, uploads, seen, routings, rebases, reports, questions, knowledge, whistles,
               organisations, secretaries, places, displaced, clues, clue enclosures, clue days, mailed, spent proofs,
               exports
    Publishes  petition.submitted, petition.signed, petition.answered, petition.passed_up, petition.returned,
               petition.done, petition.verified, petition.closed, petition.rated, petition.reopened, petition.breached,
               petition.escalated, petition.clue_filed, petition.clues_arrived, petition.clues_crowded,
               petition.routing_changed, petition.rule_disabled, petition.rebased, petition.promise_changed,
               petition.report_filed, petition.emergency_raised, petition.report_accepted, petition.report_dispatched,
               petition.report_returned, petition.report_done, petition.report_verified, petition.report_closed,
               petition.report_breached, petition.report_escalated, petition.question_asked, petition.question_answered,
               petition.question_passed_up, petition.question_reasked, petition.question_settled,
               petition.question_breached, petition.question_escalated, petition.knowledge_published,
               petition.knowledge_withdrawn, petition.asked, petition.supplied, petition.resumed,
               petition.suspension_asked, petition.suspended, petition.extension_asked, petition.extended,
               petition.request_refused, petition.urged, petition.supervised, petition.replied, petition.consented,
               petition.published, petition.called, petition.lead_closed, petition.whistle_blown, petition.unit_called,
               petition.unit_reported, petition.unit_finished, petition.unit_recalled, petition.unit_graded,
               petition.unit_breached, petition.unit_released, petition.whistle_released, petition.dispatched,
               petition.taken_back, petition.disputed, petition.dispute_rejected, petition.letters_exported
    Consumes   identity.person_erased, identity.organisation_registered, identity.role_granted, identity.role_ended,
               identity.region_registered, identity.region_renamed, identity.region_moved, identity.region_merged,
               identity.access_revoked, sla.promised, sla.elapsed
    """

    name = "petition"
    retention = Path(__file__).parents[1] / "retention.json"
    groups = (
        *(RegionTree, Policies, Attachments, Posting, Writing, Claims, Reading),
        *(Handling, Clocks, Routing, Recusing, Rebasing, Uniting, WordIndex, Finding, Following),
        *(Worklist, Board, Public, Reporting, Consulting, Mustering, Privacy),
        *(ClueFiling, ClueOffice, ClueMail),
    )

"""随手拍, 巡查, 河长制: reports of what somebody saw, and what became of it."""

import json
from dataclasses import replace
from typing import Any

from chassis.domain import new_id
from chassis.service import ANYONE, Group, Numbers, Regions, Uses, Vault, http
from services.petition.domain.photo import new_photos
from services.petition.domain.report import RULES, Report, ReportAct
from services.petition.schemas import reports as schemas
from services.petition.service.access import Access
from services.petition.service.attachments import Attachments, picture
from services.petition.service.places import Posting
from services.petition.service.showing import Showing
from services.petition.store.photos import Photos
from services.petition.store.reports import Reports


class Reporting(Group):
    """Reports and their photos."""

    regions = Regions()
    reports = Reports()
    photos = Photos()
    report_numbers = Numbers("SB")
    vault = Vault()
    access = Uses(Access)
    showing = Uses(Showing)
    posting = Uses(Posting)
    attachments = Uses(Attachments)

    @http("GET", "/v1/reports/policy", returns=schemas.ReportPolicy, roles=ANYONE)
    def show_report_policy(self, call):
        """Categories, which office each goes to, and the time limits."""
        return RULES

    @http(
        "POST", "/v1/reports", body=schemas.NewReport, returns=schemas.ReportReceipt, status=201,
        roles=["villager", "intake"], rate="10/min 200/day",
    )  # fmt: skip
    def file_report(self, call):
        """Report something one saw; the intake takes down what comes by telephone."""
        person, villager = call.person, call.person.holds("villager")
        author, clerk = (person.id, None) if villager else (None, person.id)
        photos = new_photos(call.body["photos"])
        report = self._report_of(f"report:{new_id()}", author, clerk, call, list(photos))
        report.parts(replace(self.access.reader(call), offices=frozenset()))
        self.attachments.attach(report, photos, call.at)
        self.reports.add(report)
        return report

    @http("GET", "/v1/reports", query=schemas.Paging, returns=schemas.Reports, roles=["villager"])
    def list_own_reports(self, call):
        """One's own reports, newest first."""
        return self.reports.of_author(call.person.id, **call.query)

    @http("GET", "/v1/office/reports", query=schemas.ReportQuery, returns=schemas.Reports, roles=["secretary"])
    def list_office_reports(self, call):
        """What one's offices have to handle or verify, due first; emergencies are on the lists of all three levels."""
        reader = self.access.reader(call)
        return self.access.visible(self.reports.of_queues(reader.offices, **call.query), reader)

    @http("GET", "/v1/reports/{number}", returns=schemas.Report)
    def show_report(self, call, number):
        """A report, for its author, the offices that handle or verify it, and the intake."""
        report, _ = self.access.authorize(call, self.reports.numbered(number))
        return self.shown(report, call.person.id)

    @http("POST", "/v1/reports/{number}/moves", body=schemas.ReportSays, returns=schemas.Report, again="show_report")
    def move_report(self, call, number):
        """Make a move: accept, dispatch, return, done, dismiss, verify or close."""
        report, parts = self.access.authorize(call, self.reports.numbered(number))
        photos = new_photos(call.body.get("after", ()))
        with self.reports.edit(report.id) as report:
            says = self.attachments.sealed_words(report, call.body) | ({"after": list(photos)} if photos else {})
            report.move(ReportAct(parts=parts, at=call.at, by=call.person.id, **says))
        self.attachments.attach(report, photos, call.at)
        return self.shown(report, call.person.id)

    @http("GET", "/v1/reports/photos/{photo}", media="image/jpeg")
    def show_report_photo(self, call, photo):
        """A photo of a report, as JPEG, for those who may see the report."""
        kept = self.photos.first({"_id": photo})
        if kept is None:
            raise self.reports.missing()
        report, _ = self.access.authorize(call, self.reports.get(kept.petition))
        report.require_photo(photo)
        return picture(self.vault.open(kept.sealed, call.person.id, "查看上报照片"))

    def _report_of(self, id, author, clerk, call, before):
        body = self.posting.posted({name: said for name, said in call.body.items() if name != "photos"})
        spot, region = body.pop("spot"), body.pop("region")
        seal = lambda words: words and self.vault.seal(author or id, words)  # noqa: E731
        sealed: dict[str, Any] = {name: seal(body.pop(name)) for name in ("text", "place")}
        sealed["spot"] = seal(spot and json.dumps(spot))
        path = self.regions.path(region or call.person.region or "")
        who = {"author": author, "clerk": clerk, "number": self.report_numbers.take()}
        return Report.file(call.at, id=id, path=path, **who, **sealed, **body | {"before": before})

    def shown(self, report, reader):
        """A copy to be read, by a person id."""
        shown = self.showing.matter(report, reader, "查看上报", "text", "place", "spot")
        shown.spot = shown.spot and json.loads(shown.spot)
        return shown

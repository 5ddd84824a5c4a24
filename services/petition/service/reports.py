"""随手拍, 巡查, 河长制: reports of what somebody saw, and what became of it."""

import json
from dataclasses import replace

from werkzeug.wrappers import Response

from chassis.domain import new_id
from chassis.service import ANYONE, http
from services.petition.domain.photo import new_photos
from services.petition.domain.report import RULES, Report, ReportAct
from services.petition.schemas import reports as schemas
from services.petition.service.reading import PICTURE


class ReportDesk:
    """Reports and their photos."""

    @http("GET", "/v1/reports/policy", returns=schemas.ReportPolicy, roles=ANYONE)
    def show_report_policy(self, call):
        """Categories, which office each goes to, and the time limits."""
        return RULES

    @http(
        "POST",
        "/v1/reports",
        body=schemas.NewReport,
        returns=schemas.ReportReceipt,
        status=201,
        roles=["villager", "intake"],
        rate="10/min 200/day",
    )
    def file_report(self, call):
        """Report something one saw; the intake takes down what comes by telephone."""
        person, villager = call.person, call.person.holds("villager")
        author, clerk = (person.id, None) if villager else (None, person.id)
        photos = new_photos(call.body["photos"])
        report = self._report_of(f"report:{new_id()}", author, clerk, call, list(photos))
        report.parts(replace(self._reader(call), offices=frozenset()))
        self._take_photos(report, photos, call.at)
        self.reports.add(report)
        return report

    @http("GET", "/v1/reports", query=schemas.Paging, returns=schemas.Reports, roles=["villager"])
    def list_own_reports(self, call):
        """One's own reports, newest first."""
        return self.reports.of_author(call.person.id, **call.query)

    @http("GET", "/v1/office/reports", query=schemas.ReportQuery, returns=schemas.Reports, roles=["secretary"])
    def list_office_reports(self, call):
        """What one's offices have to handle or verify, due first; emergencies are on the lists of all three levels."""
        reader = self._reader(call)
        return self._shown_in(self.reports.of_desks(reader.offices, **call.query), reader)

    @http("GET", "/v1/reports/{number}", returns=schemas.Report)
    def show_report(self, call, number):
        """A report, for its author, the offices that handle or verify it, and the intake."""
        report, _ = self._part_in(call, self.reports.numbered(number))
        return self._report_shown(report, call.person.id)

    @http("POST", "/v1/reports/{number}/moves", body=schemas.ReportSays, returns=schemas.Report, again="show_report")
    def move_report(self, call, number):
        """Make a move: accept, dispatch, return, done, dismiss, verify or close."""
        report, parts = self._part_in(call, self.reports.numbered(number))
        photos = new_photos(call.body.get("after", ()))
        with self.reports.edit(report.id) as report:
            says = self._said_in(report, call.body) | ({"after": list(photos)} if photos else {})
            report.move(ReportAct(parts=parts, at=call.at, by=call.person.id, **says))
        self._take_photos(report, photos, call.at)
        return self._report_shown(report, call.person.id)

    @http("GET", "/v1/reports/photos/{photo}", media="image/jpeg")
    def show_report_photo(self, call, photo):
        """A photo of a report, as JPEG, for those who may see the report."""
        kept = self.photos.first({"_id": photo})
        report, _ = self._part_in(call, self.reports.get(kept and kept.petition))
        report.require_photo(photo)
        jpeg = self.vault.open(kept.sealed, call.person.id, "查看上报照片")
        return Response(jpeg, mimetype="image/jpeg", headers=PICTURE)

    # parts of the above

    def _report_of(self, id, author, clerk, call, before):
        body = self._posted_report(call.body)
        spot, region = body.pop("spot"), body.pop("region")
        seal = lambda words: words and self.vault.seal(author or id, words)  # noqa: E731
        sealed = {name: seal(body.pop(name)) for name in ("text", "place")}
        sealed["spot"] = seal(spot and json.dumps(spot))
        path = self.regions.path(region or call.person.region or "")
        who = {"author": author, "clerk": clerk, "number": self.report_numbers.take()}
        return Report.file(call.at, id=id, path=path, **who, **sealed, **body | {"before": before})

    def _posted_report(self, report):
        """A report with village, place and channel of the QR code at which it was made, if any. Raises UnknownPlace."""
        report = {name: said for name, said in report.items() if name != "photos"}
        if posted := report.pop("posted"):
            place = self._hanging(posted)
            report |= {"channel": "qr", "region": place.region, "place": report["place"] or place.name}
        return report

    def _report_shown(self, report, reader):
        shown = self._read_aloud(report, reader, "查看上报", "text", "place", "spot")
        shown.spot = shown.spot and json.loads(shown.spot)
        return shown

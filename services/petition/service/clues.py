"""举报: clues that only the discipline office can read.

What comes in is sealed in memory before anything is written. Nobody who files or follows one is asked who they are.
Proof of work and claim code travel in headers, and are looked at before a byte of the body is read.
"""

from chassis.photos import reencode
from chassis.service import ANYONE, MB, every, http
from services.petition import sealing
from services.petition.domain import proof
from services.petition.domain.clue import (
    RULES,
    SIZES,
    Clue,
    day_of,
    new_code,
    padded,
    plain_code,
    shown_code,
    told_before,
)
from services.petition.domain.refusals import CluesClosed, NothingKept
from services.petition.schemas import clues as schemas

PROOF, CLAIM = "Xiangyin-Proof", "Xiangyin-Claim"
OPEN = {"roles": ANYONE, "named": False, "kept": False}
SEALED = {"upload": "application/octet-stream", "limit": SIZES[-1]}
FILED = {"returns": schemas.ClueReceipt, "status": 201, "before": "demand_proof", "rate": "30/min"}
ADDED = {"before": "demand_claim", "rate": "60/min"}
OFFICE = {"roles": ["discipline"]}
WORDS = "举报内容在写入前即加密，只有纪检机构能打开；系统不记录您是谁，请保存好查询码"


class ClueDesk:
    """Clues from whoever writes them to the office, and questions back."""

    # asked by anybody

    @http("GET", "/v1/clues/policy", returns=schemas.CluePolicy, **OPEN)
    def show_clue_policy(self, call):
        """Categories, and the office's public key for devices that seal by themselves."""
        return {"categories": RULES.categories, "key": self.settings["CLUE_SEAL"], "words": WORDS}

    @http("GET", "/v1/clues/challenge", query=schemas.ClueSize, returns=schemas.ClueChallenge, **OPEN)
    def give_challenge(self, call):
        """The work to be done before so many bytes are taken; nothing of it is kept."""
        size = call.query["bytes"]
        bits = self._price(size, call.at)
        return {"challenge": proof.issue(self._sign, bits, size, call.at), "bits": bits}

    @http("POST", "/v1/clues", body=schemas.NewClue, **FILED, **OPEN)
    def file_clue(self, call):
        """Hand in a clue in plain words; header Xiangyin-Proof: CHALLENGE NONCE.

        The answer is the only copy of its claim code. Photos follow one by one at `/v1/clues/photos`.
        """
        return self._filed(call, call.body, sealing.seal(self._key(), call.body["text"], call.body["author"]))

    @http("POST", "/v1/clues/sealed", query=schemas.ClueAbout, **SEALED, **FILED, **OPEN)
    def file_sealed_clue(self, call):
        """Hand in a clue that a device has sealed by itself, photos inside; header Xiangyin-Proof: CHALLENGE NONCE.

        A sealed box (X25519, libsodium) of a power of two from 32 KB to 8 MB, and 48 bytes.
        """
        return self._filed(call, call.query, padded(call.raw))

    @http("POST", "/v1/clues/claims", body=schemas.ClueClaim, returns=schemas.ClueProgress, **OPEN)
    def follow_clue(self, call):
        """How far it is and what the office asks, for whoever has the claim code."""
        self._refuse_key(call)
        clue, private = self._of_code(call.body["code"]), sealing.reply_key(call.body["code"])
        asked = [note for note in clue.notes if note.for_author]
        inside = self.enclosures.of([note.for_author for note in asked])
        questions = [{"day": note.day, **sealing.opened(private, inside[note.for_author])} for note in asked]
        return {"state": clue.state, "outcome": clue.outcome, "questions": questions}

    @http("POST", "/v1/clues/answers", body=schemas.ClueAnswer, **ADDED, **OPEN)
    def answer_question(self, call):
        """Add words to one's clue; headers Xiangyin-Proof: CHALLENGE NONCE, Xiangyin-Claim: CODE."""
        self._added(call, sealing.seal(self._key(), call.body["text"]))

    @http("POST", "/v1/clues/answers/sealed", **SEALED, **ADDED, **OPEN)
    def answer_sealed(self, call):
        """Add what a device has sealed by itself, of the sizes of a clue; headers as for words."""
        self._added(call, padded(call.raw))

    @http("POST", "/v1/clues/photos", upload="image/*", decode=reencode, limit=5 * MB, **ADDED, **OPEN)
    def add_photo(self, call):
        """Add one photo to one's clue, redrawn and sealed here; headers as for words."""
        self._added(call, sealing.seal(self._key(), "", photos=[call.decoded]))

    # asked by the discipline office

    @http("GET", "/v1/office/clues", query=schemas.ClueQuery, returns=schemas.ClueDesk, **OFFICE)
    def list_clues(self, call):
        """The office's clues: day, category, place, state."""
        return self.clues.of_offices(call.person.scopes("discipline"), **call.query)

    @http("GET", "/v1/office/clues/{id}", returns=schemas.ClueBundle, **OFFICE)
    def fetch_clue(self, call, id):
        """A clue as sealed bytes, to be opened on the office's own machine."""
        clue = self._of_office(call, id)
        inside = self.enclosures.of(clue.enclosures)
        notes = [vars(note) | {"sealed": inside[note.enclosure]} for note in clue.notes]
        return vars(clue) | {"sealed": inside[clue.enclosure], "notes": notes}

    @http(
        "POST",
        "/v1/office/clues/{id}/moves",
        body=schemas.ClueMove,
        returns=schemas.ClueSummary,
        again="fetch_clue",
        **OFFICE,
    )
    def move_clue(self, call, id):
        """Mark it as read, in progress or closed."""
        with self.clues.edit(self._of_office(call, id).id) as clue:
            clue.move(call.body["move"], call.person.id, call.at, call.body["outcome"])
        if clue.closed_at:
            self.enclosures.close(clue.enclosures, clue.closed_at)
        return clue

    @http("POST", "/v1/office/clues/{id}/questions", body=schemas.ClueQuestion, **OFFICE)
    def ask_author(self, call, id):
        """Ask whoever wrote it; sealed to her claim code and, for the office's own file, to the office."""
        text = call.body["text"]
        with self.clues.edit(self._of_office(call, id).id) as clue:
            both = [sealing.seal(key, text) for key in (self._key(), clue.reply_key)]
            note = clue.ask(call.at, sum(map(len, both)))
        for key, sealed in zip((note.enclosure, note.for_author), both, strict=True):
            self.enclosures.keep(key, sealed)

    # due

    @every(seconds=86_400)
    def date_closings(self):
        """Let the retention of older clues begin."""
        self.clues.date_closings()

    @every(seconds=5, each=lambda self: self.clues.untold(told_before(self.now())))
    def tell_clue(self, id):
        with self.clues.edit(id) as clue:
            clue.tell(self.now())

    @every(seconds=5, each=lambda self: self.clue_days.untold(told_before(self.now())))
    def tell_day(self, id):
        with self.clue_days.edit(id) as day:
            day.tell(self.now())

    @every(seconds=600, each=lambda self: self.clue_days.crowded(day_of(self.now()), RULES.crowded))
    def tell_crowd(self, id):
        with self.clue_days.edit(id) as day:
            day.alarm(RULES, self.now())

    # before a body is read

    def demand_proof(self, call):
        """Raises CluesClosed, NothingKept, and what a proof is refused with."""
        self._key()
        self._refuse_key(call)
        self._proof(call)

    def demand_claim(self, call):
        """The same, and a claim code that can be one. Raises ClueNotFound."""
        shown_code(call.request.headers.get(CLAIM, ""))
        self.demand_proof(call)

    # parts of the above

    def _refuse_key(self, call):
        """Nothing is kept for a key that a client sends along. Raises NothingKept."""
        if "Idempotency-Key" in call.request.headers:
            raise NothingKept()

    def _filed(self, call, about, sealed):
        """The receipt of a new clue."""
        code = new_code()
        clue = self._clue(call.at, plain_code(code), len(sealed), **about)
        self._pay(call, clue.region, len(sealed), clues=1)
        self._keep(clue, sealed)
        return {"claim_code": code}

    def _clue(self, at, code, size, category, region, **_):
        return Clue.file(
            RULES,
            at,
            region=self.regions.path(region)[-1],
            place=region,
            category=category,
            size=size,
            claim=self._claim(code),
            reply_key=sealing.public_key(sealing.reply_key(code)),
        )

    def _keep(self, clue, sealed):
        self.enclosures.keep(clue.enclosure, sealed)
        self.clues.add(clue)

    def _added(self, call, sealed):
        """Something more of its author's, sealed."""
        code = shown_code(call.request.headers[CLAIM])
        with self.clues.edit(self._of_code(code).id) as clue:
            note = clue.answer(call.at, len(sealed))
            self._pay(call, clue.region, len(sealed))
        self.enclosures.keep(note.enclosure, sealed)

    def _pay(self, call, office, size, clues=0):
        """Use up the proof, and as much of the office's day. Raises what both refuse with, ProofSpent."""
        paid = self._proof(call)
        paid.still_pays(self._price(call.request.content_length, call.at))
        if self.spent_proofs.row(paid.mark):
            raise proof.ProofSpent()
        self.spent_proofs.insert({"_id": paid.mark, "ends_at": paid.ends_at})
        self._count(office, size, clues, call.at)

    def _count(self, office, size, clues, at):
        day = self.clue_days.opened(office, at)
        self.clue_days.get(day).admit(RULES, size)
        self.clue_days.count(day, size, clues)

    def _price(self, size, at):
        return proof.price(RULES.proof_bits, size, self.clue_days.size(day_of(at)))

    def _proof(self, call):
        request = call.request
        return proof.demand(self._sign, request.headers.get(PROOF, ""), request.content_length, call.at)

    def _key(self):
        if not self.settings["CLUE_SEAL"]:
            raise CluesClosed()
        return self.settings["CLUE_SEAL"]

    def _of_code(self, code):
        return self.clues.claimed(self._claim(code))

    def _of_office(self, call, id):
        return self.clues.within(call.person.scopes("discipline"), id)

    def _claim(self, code):
        return self.vault.digest(f"clue claim {code}")

    def _sign(self, challenge):
        return self.vault.digest(f"clue challenge {challenge}")

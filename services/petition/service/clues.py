"""举报: clues that only the discipline office can read.

What comes in is sealed in memory before anything is written. Nobody who files or follows one is asked who they are.
"""

from chassis.photos import reencode
from chassis.service import ANYONE, MB, every, http
from services.petition import sealing
from services.petition.domain import proof
from services.petition.domain.clue import RULES, Clue, new_code, plain_code, told_before
from services.petition.domain.refusals import CluesClosed, NothingKept, ProofSpent
from services.petition.schemas import clues as schemas

OFFICE = {"roles": ["discipline"]}
WORDS = "举报内容在写入前即加密，只有纪检机构能打开；系统不记录您是谁，请保存好查询码"


class ClueDesk:
    """Clues from whoever writes them to the office, and questions back."""

    # asked by anybody

    @http("GET", "/v1/clues/policy", returns=schemas.CluePolicy, roles=ANYONE, named=False)
    def show_clue_policy(self, call):
        """Categories, and the office's public key for devices that seal by themselves."""
        return {"categories": RULES.categories, "key": self.settings["CLUE_SEAL"], "words": WORDS}

    @http("GET", "/v1/clues/challenge", returns=schemas.ClueChallenge, roles=ANYONE, named=False)
    def give_challenge(self, call):
        """The work to be done before a clue is taken; nothing of it is kept."""
        return {"challenge": proof.issue(self._sign, RULES.proof_bits, call.at), "bits": RULES.proof_bits}

    @http(
        "POST", "/v1/clues", body=schemas.NewClue, returns=schemas.ClueReceipt, status=201, limit=20 * MB,
        kept=False, roles=ANYONE, named=False,
    )  # fmt: skip
    def file_clue(self, call):
        """Hand in a clue; the answer is the only copy of its claim code."""
        self._refuse_key(call)
        self._demand_proof(call)
        body, code = call.body, new_code()
        reply, place = sealing.reply_key(plain_code(code)), body["region"]
        clue = Clue.file(
            RULES,
            call.at,
            region=self.regions.path(place)[-1],
            place=place,
            category=body["category"],
            sealed=self._sealed(body),
            claim=self._claim(plain_code(code)),
            reply_key=sealing.public_key(reply),
        )
        self.clues.add(clue)
        return {"claim_code": code}

    @http(
        "POST", "/v1/clues/claims", body=schemas.ClueClaim, returns=schemas.ClueProgress, kept=False, roles=ANYONE,
        named=False,
    )  # fmt: skip
    def follow_clue(self, call):
        """How far it is and what the office asks, for whoever has the claim code."""
        clue, private = self._followed(call), sealing.reply_key(call.body["code"])
        asked = [note for note in clue.notes if note.for_author]
        questions = [{"day": note.day, **sealing.opened(private, note.for_author)} for note in asked]
        return {"state": clue.state, "outcome": clue.outcome, "questions": questions}

    @http("POST", "/v1/clues/answers", body=schemas.ClueAnswer, limit=12 * MB, kept=False, roles=ANYONE, named=False)
    def answer_question(self, call):
        """Add something to one's clue."""
        with self.clues.edit(self._followed(call).id) as clue:
            clue.answer(call.at, self._sealed(call.body))

    # asked by the discipline office

    @http("GET", "/v1/office/clues", query=schemas.ClueQuery, returns=schemas.ClueDesk, **OFFICE)
    def list_clues(self, call):
        """The office's clues: day, category, place, state."""
        return self.clues.of_offices(call.person.scopes("discipline"), **call.query)

    @http("GET", "/v1/office/clues/{id}", returns=schemas.ClueBundle, **OFFICE)
    def fetch_clue(self, call, id):
        """A clue as sealed bytes, to be opened on the office's own machine."""
        return self._of_office(call, id)

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
        return clue

    @http("POST", "/v1/office/clues/{id}/questions", body=schemas.ClueQuestion, **OFFICE)
    def ask_author(self, call, id):
        """Ask whoever wrote it; sealed to her claim code and, for the office's own file, to the office."""
        text = call.body["text"]
        with self.clues.edit(self._of_office(call, id).id) as clue:
            clue.ask(call.at, sealing.seal(self._key(), text), sealing.seal(clue.reply_key, text))

    # due

    @every(seconds=86_400)
    def date_closings(self):
        """Let the retention of older clues begin."""
        self.clues.date_closings()

    @every(seconds=5, each=lambda self: self.clues.untold(told_before(self.now())))
    def tell_clue(self, id):
        with self.clues.edit(id) as clue:
            clue.tell(self.now())

    # parts of the above

    def _refuse_key(self, call):
        """Nothing is kept for a key that a client sends along. Raises NothingKept."""
        if "Idempotency-Key" in call.request.headers:
            raise NothingKept()

    def _demand_proof(self, call):
        """Use up the proof of work. Raises ProofWrong, ProofSpent."""
        challenge = call.body["challenge"]
        ends_at = proof.demand(self._sign, challenge, call.body["nonce"], call.at)
        if self.spent_proofs.row(proof.spent(challenge)):
            raise ProofSpent()
        self.spent_proofs.insert({"_id": proof.spent(challenge), "ends_at": ends_at})

    def _sealed(self, body):
        """What somebody says, sealed to the office. Raises CluesClosed when there is none."""
        key = self._key()
        if "sealed" in body:
            return body["sealed"]
        photos = [reencode(photo["data"], photo["type"]) for photo in body.get("photos", ())]
        return sealing.seal(key, body["text"], body.get("author"), photos)

    def _key(self):
        if not self.settings["CLUE_SEAL"]:
            raise CluesClosed()
        return self.settings["CLUE_SEAL"]

    def _followed(self, call):
        self._refuse_key(call)
        return self.clues.claimed(self._claim(call.body["code"]))

    def _of_office(self, call, id):
        return self.clues.within(call.person.scopes("discipline"), id)

    def _claim(self, code):
        return self.vault.digest(f"clue claim {code}")

    def _sign(self, challenge):
        return self.vault.digest(f"clue challenge {challenge}")

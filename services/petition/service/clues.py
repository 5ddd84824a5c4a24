"""举报: clues that anybody hands in, and only the discipline office can read.

What comes in is sealed in memory before anything is written. Nobody who files or follows one is asked who they are.
Proof of work and claim code travel in headers, and are looked at before a byte of the body is read.
"""

from chassis.photos import reencode
from chassis.service import ANYONE, MB, Group, Setting, Uses, Vault, http
from services.petition import sealing
from services.petition.domain import proof
from services.petition.domain.clue import RULES, SIZES, day_of, new_code, padded, plain_code, shown_code
from services.petition.domain.refusals import NothingKept
from services.petition.schemas import clues as schemas
from services.petition.service.clue_box import ClueBox
from services.petition.store.clues import ClueDays, Clues, Enclosures, SpentProofs

PROOF, CLAIM = "Xiangyin-Proof", "Xiangyin-Claim"
OPEN = {"roles": ANYONE, "named": False, "kept": False}
SEALED = {"upload": "application/octet-stream", "limit": SIZES[-1]}
FILED = {"returns": schemas.ClueReceipt, "status": 201, "before": "require_proof", "rate": "30/min"}
ADDED = {"before": "require_claim", "rate": "60/min"}
WORDS = "举报内容在写入前即加密，只有纪检机构能打开；系统不记录您是谁，请保存好查询码"


class ClueFiling(Group):
    """Clues from whoever writes them, who answers the office's questions by the claim code."""

    clues = Clues()
    enclosures = Enclosures()
    clue_days = ClueDays()
    spent_proofs = SpentProofs()
    vault = Vault()
    box = Uses(ClueBox)
    settings = {"CLUE_SEAL": Setting()}

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
        return self._filed(call, call.body, sealing.seal(self.box.key(), call.body["text"], call.body["author"]))

    @http("POST", "/v1/clues/sealed", query=schemas.ClueAbout, **SEALED, **FILED, **OPEN)
    def file_sealed_clue(self, call):
        """Hand in a clue that a device has sealed by itself, photos inside; header Xiangyin-Proof: CHALLENGE NONCE.

        A sealed box (X25519, libsodium) of a power of two from 32 KB to 8 MB, and 48 bytes.
        """
        return self._filed(call, call.query, padded(call.raw))

    @http("POST", "/v1/clues/claims", body=schemas.ClueClaim, returns=schemas.ClueProgress, **OPEN)
    def follow_clue(self, call):
        """How far it is and what the office asks, for whoever has the claim code."""
        self._require_no_key(call)
        clue, private = self.box.claimed(call.body["code"]), sealing.reply_key(call.body["code"])
        asked = [note for note in clue.notes if note.for_author]
        inside = self.enclosures.of([note.for_author for note in asked])
        questions = [{"day": note.day, **sealing.opened(private, inside[note.for_author])} for note in asked]
        return {"state": clue.state, "outcome": clue.outcome, "questions": questions}

    @http("POST", "/v1/clues/answers", body=schemas.ClueAnswer, **ADDED, **OPEN)
    def answer_question(self, call):
        """Add words to one's clue; headers Xiangyin-Proof: CHALLENGE NONCE, Xiangyin-Claim: CODE."""
        self._added(call, sealing.seal(self.box.key(), call.body["text"]))

    @http("POST", "/v1/clues/answers/sealed", **SEALED, **ADDED, **OPEN)
    def answer_sealed(self, call):
        """Add what a device has sealed by itself, of the sizes of a clue; headers as for words."""
        self._added(call, padded(call.raw))

    @http("POST", "/v1/clues/photos", upload="image/*", decode=reencode, limit=5 * MB, **ADDED, **OPEN)
    def add_photo(self, call):
        """Add one photo to one's clue, redrawn and sealed here; headers as for words."""
        self._added(call, sealing.seal(self.box.key(), "", photos=[call.decoded]))

    # before a body is read

    def require_proof(self, call):
        """Raises CluesClosed, NothingKept, and what a proof is refused with."""
        self.box.key()
        self._require_no_key(call)
        self._proof(call)

    def require_claim(self, call):
        """The same, and a claim code that can be one. Raises ClueNotFound."""
        shown_code(call.request.headers.get(CLAIM, ""))
        self.require_proof(call)

    def _require_no_key(self, call):
        """Nothing is kept for a key that a client sends along. Raises NothingKept."""
        if "Idempotency-Key" in call.request.headers:
            raise NothingKept()

    def _filed(self, call, about, sealed):
        """The receipt of a new clue."""
        code = new_code()
        clue = self.box.new(call.at, plain_code(code), len(sealed), **about)
        self._pay(call, clue.region, len(sealed), clues=1)
        self.box.keep(clue, sealed)
        return {"claim_code": code}

    def _added(self, call, sealed):
        """Something more of its author's, sealed."""
        code = shown_code(call.request.headers[CLAIM])
        with self.clues.edit(self.box.claimed(code).id) as clue:
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
        self.box.count(office, size, clues, call.at)

    def _price(self, size, at):
        return proof.price(RULES.proof_bits, size, self.clue_days.size(day_of(at)))

    def _proof(self, call):
        request = call.request
        return proof.verify(self._sign, request.headers.get(PROOF, ""), request.content_length, call.at)

    def _sign(self, challenge):
        return self.vault.digest(f"clue challenge {challenge}")

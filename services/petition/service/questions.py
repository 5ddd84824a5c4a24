"""政策咨询: questions to the office that knows, and the knowledge base that anybody may read."""

from chassis.domain import new_id
from chassis.service import ANYONE, Group, Numbers, Regions, Uses, Vault, http
from services.petition.domain.knowledge import Knowledge
from services.petition.domain.question import RULES, Question, QuestionAct
from services.petition.domain.refusals import KnowledgeNotFound, NothingToSearch
from services.petition.domain.words import asked
from services.petition.schemas import questions as schemas
from services.petition.service.access import Access
from services.petition.service.attachments import Attachments
from services.petition.service.showing import Showing
from services.petition.store.questions import KnowledgeBase, Questions

OFFICE = {"roles": ["secretary"]}


class Consulting(Group):
    """Questions and answers, between two and for everybody."""

    regions = Regions()
    questions = Questions()
    knowledge = KnowledgeBase()
    question_numbers = Numbers("ZX")
    vault = Vault()
    access = Uses(Access)
    showing = Uses(Showing)
    attachments = Uses(Attachments)

    @http("GET", "/v1/questions/policy", returns=schemas.QuestionPolicy, roles=ANYONE)
    def show_question_policy(self, call):
        """Categories, which office answers each, and the time limits."""
        return RULES

    @http(
        "POST", "/v1/questions", body=schemas.NewQuestion, returns=schemas.QuestionReceipt, status=201,
        roles=["villager"], rate="10/min 200/day",
    )  # fmt: skip
    def ask_question(self, call):
        """Ask about a policy."""
        author, number, path = call.person.id, self.question_numbers.take(), self.regions.path(call.person.region)
        who = {"id": f"question:{new_id()}", "number": number, "author": author, "path": path}
        text = self.vault.seal(author, call.body["text"])
        question = Question.ask(call.at, category=call.body["category"], text=text, **who)
        self.questions.add(question)
        return question

    @http("GET", "/v1/questions", query=schemas.Paging, returns=schemas.Questions, roles=["villager"])
    def list_own_questions(self, call):
        """One's own questions, newest first."""
        return self.questions.of_author(call.person.id, **call.query)

    @http("GET", "/v1/office/questions", query=schemas.QuestionQuery, returns=schemas.Questions, **OFFICE)
    def list_office_questions(self, call):
        """What one's offices have to answer, due first."""
        reader = self.access.reader(call)
        return self.access.visible(self.questions.of_offices(reader.offices, **call.query), reader)

    @http("GET", "/v1/questions/{number}", returns=schemas.Question)
    def show_question(self, call, number):
        """A question with its answers, for its author, the office that answers, and the intake."""
        question, _ = self.access.authorize(call, self.questions.numbered(number))
        return self.shown(question, call.person.id)

    @http(
        "POST", "/v1/questions/{number}/moves", body=schemas.QuestionSays, returns=schemas.Question,
        again="show_question",
    )  # fmt: skip
    def move_question(self, call, number):
        """Make a move: answer, pass_up, ask_on or satisfied."""
        question, parts = self.access.authorize(call, self.questions.numbered(number))
        with self.questions.edit(question.id) as question:
            says = self.attachments.sealed_words(question, call.body)
            question.move(QuestionAct(parts=parts, at=call.at, by=call.person.id, **says))
        return self.shown(question, call.person.id)

    @http(
        "POST", "/v1/questions/{number}/knowledge", body=schemas.Wording, returns=schemas.KnowledgeEntry, status=201,
        again="show_knowledge", **OFFICE,
    )  # fmt: skip
    def publish_knowledge(self, call, number):
        """Publish question and answer, written anew without anybody's data, for everybody."""
        question, parts = self.access.authorize(call, self.questions.numbered(number))
        about = {"region": question.region, "category": question.category}
        entry = Knowledge(id=new_id(), office=question.office, level=question.level, **about)
        with self.questions.edit(question.id) as question:
            question.publish(entry.id, parts)
        entry.publish(by=call.person.id, at=call.at, **call.body)
        self.knowledge.add(entry)
        return entry

    @http(
        "POST", "/v1/office/knowledge/{id}/editions", body=schemas.Wording, returns=schemas.KnowledgeEntry,
        again="show_knowledge", **OFFICE,
    )  # fmt: skip
    def revise_knowledge(self, call, id):
        """Publish a new edition of one's own entry."""
        with self.knowledge.edit(self._own_entry(call, id).id) as entry:
            entry.publish(by=call.person.id, at=call.at, **call.body)
        return entry

    @http("POST", "/v1/office/knowledge/{id}/withdrawals", body=schemas.Withdrawal, **OFFICE)
    def withdraw_knowledge(self, call, id):
        """Withdraw one's own entry."""
        with self.knowledge.edit(self._own_entry(call, id).id) as entry:
            entry.withdraw(call.body["reason"], call.person.id, call.at)

    @http("GET", "/v1/knowledge", query=schemas.KnowledgeQuery, returns=schemas.Knowledge, roles=ANYONE)
    def search_knowledge(self, call):
        """Published questions and answers, by category and by words of theirs, newest first."""
        query = dict(call.query)
        text = query.pop("words")
        words = asked(text) if text else []
        if text and not words:
            raise NothingToSearch()
        return self.knowledge.search(words, **query)

    @http("GET", "/v1/knowledge/{id}", returns=schemas.KnowledgeEntry, roles=ANYONE)
    def show_knowledge(self, call, id):
        """A published question with its answer, and the dates of its editions."""
        return self.knowledge.public(id)

    def shown(self, question, reader):
        """A copy to be read, by a person id."""
        return self.showing.matter(question, reader, "查看咨询", "text")

    def _own_entry(self, call, id):
        """An entry of the caller's office. Raises KnowledgeNotFound."""
        entry = self.knowledge.get(id)
        if self.regions.heir(entry.office) not in self.access.offices(call):
            raise KnowledgeNotFound()
        return entry

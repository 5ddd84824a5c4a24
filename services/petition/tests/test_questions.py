"""政策咨询 and the knowledge base: the rules, and a question's way from one person to everybody."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.identity.villagers import PersonErased
from services.petition.domain.knowledge import Knowledge
from services.petition.domain.moves import AUTHOR, INTAKE, OFFICE
from services.petition.domain.question import QUESTION_MOVES, QUESTION_STATES, RULES, Question, QuestionAct
from services.petition.domain.refusals import (
    AlreadyPublished,
    AlreadyWithdrawn,
    NothingAnswered,
    NotYourPart,
    PersonalInside,
    UnknownCategory,
    WrongState,
)
from services.petition.tests.letters import told

PATH = VILLAGE, TOWN, CITY = ["510183122211", "510183122", "510183"]
START = datetime(2026, 11, 23, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROAD = {"asked": [], "answered": ["answer"], "settled": ["answer", "satisfied"]}
NEW = {"text": "我家老人的医保今年要交多少？", "category": "medical_insurance"}
WORDING = {"question": "城乡居民医保个人缴费是多少？", "answer": "按当年公布的标准缴纳，困难群众有资助。"}

pytestmark = pytest.mark.feature("P12")


def question(category="relief"):
    fields = {"id": "question:1", "number": "ZX-2026-000001", "author": "ann", "path": PATH, "text": b"sealed"}
    return Question.ask(START, category=category, **fields)


def act(move, parts=(AUTHOR, OFFICE), at=START):
    text = b"sealed" if "text" in QUESTION_MOVES[move].needs else None
    return QuestionAct(move=move, parts=set(parts), at=at, by="cadre", text=text)


def make(made, *moves):
    for move in moves:
        made.move(act(move))
    return made


def facts(made):
    return [fact.type.removeprefix("petition.").removesuffix(".v1") for fact in made.recorded]


def entry(**words):
    made = Knowledge(id="k1", office=TOWN, level="town", category="relief")
    made.publish(**WORDING | words, by="cadre", at=START)
    return made


# the rules


def test_the_category_says_which_level_answers():
    assert [question(each).office for each in ("relief", "medical_insurance", "schooling")] == PATH
    with pytest.raises(UnknownCategory):
        question("gossip")


def test_she_asks_on_until_it_is_clear_each_time_under_a_clock_of_its_own():
    made = make(question(), "answer", "ask_on", "answer", "satisfied")
    assert facts(made)[1:] == ["question_answered", "question_reasked", "question_answered", "question_settled"]
    assert [(clock.round, clock.clock) for clock in made.clocks] == [(1, "answer"), (2, "answer")]
    assert {clock.state for clock in made.clocks} == {"stopped"}
    assert [line.by for line in made.history if line.part == AUTHOR] == [None] * 3


@pytest.mark.parametrize("state", QUESTION_STATES)
@pytest.mark.parametrize(("move", "row"), QUESTION_MOVES.items())
def test_a_move_is_its_own_parts_in_its_own_states(state, move, row):
    made = make(question(), *ROAD[state])
    with pytest.raises(NotYourPart):
        made.move(act(move, {AUTHOR, OFFICE, INTAKE} - {row.part}))
    if state in row.sources:
        assert make(made, move).state == row.target
    else:
        with pytest.raises(WrongState):
            make(made, move)


def test_an_answer_that_is_late_makes_the_next_level_answer():
    made = question()
    due = told("answer", START + HOUR)
    made.promise(due)
    assert made.promised_at == START + HOUR
    made.judge(due, None, START + HOUR)
    assert (made.level, facts(made)[1:]) == ("town", ["question_breached", "question_escalated"])
    assert RULES.limits.keys() == {"village", "town", "city"}


def test_only_the_office_publishes_what_was_answered_and_once():
    made = question()
    with pytest.raises(NothingAnswered):
        made.publish("k1", {OFFICE})
    make(made, "answer")
    with pytest.raises(NotYourPart):
        made.publish("k1", {AUTHOR})
    made.publish("k1", {OFFICE})
    with pytest.raises(AlreadyPublished):
        made.publish("k2", {OFFICE})


@pytest.mark.parametrize("personal", ["电话13800138000", "510183199001011234", "证号51018319900101123X。"])
@pytest.mark.parametrize("field", ["question", "answer"])
def test_nobodys_number_is_published(field, personal):
    with pytest.raises(PersonalInside):
        entry(**{field: f"请找他，{personal}"})
    assert entry(answer="单号 2026112300000012345 不是谁的号码").current.answer


def test_an_entry_has_editions_until_it_is_withdrawn():
    made = entry()
    made.publish("新的问法是什么？", "新的答复", "cadre", START + HOUR)
    assert [edition.at for edition in made.editions] == [START, START + HOUR]
    made.withdraw("政策已废止", "cadre", START + HOUR)
    with pytest.raises(AlreadyWithdrawn):
        made.withdraw("再撤", "cadre", START)
    with pytest.raises(AlreadyWithdrawn):
        made.publish("问问问问", "答", "cadre", START)
    assert facts(made) == ["knowledge_published", "knowledge_published", "knowledge_withdrawn"]


# the service


def test_a_question_is_answered_asked_on_and_becomes_everybodys_knowledge(client):
    def post(path, person, **json):
        return client.http.post(path, json=json, person=person)

    def found(**query):
        return [each["id"] for each in client.http.get("/v1/knowledge", params=query).json()["items"]]

    number = post("/v1/questions", client.ann, **NEW).json()["number"]
    base = f"/v1/questions/{number}"
    assert client.http.get("/v1/office/questions", person=client.village).json()["items"] == []
    (listed,) = client.http.get("/v1/office/questions", person=client.town).json()["items"]
    assert (listed["number"], listed["level"]) == (number, "town")
    for stranger in (client.bob, client.village):
        client.refuses(lambda who=stranger: client.http.get(base, person=who), 404, "matter_not_found")
    client.refuses(lambda: post(f"{base}/knowledge", client.town, **WORDING), 409, "nothing_answered")
    said = [(client.town, "answer", "按标准"), (client.ann, "ask_on", "标准是多少"), (client.town, "answer", "见公告")]
    for person, move, text in said:
        assert post(f"{base}/moves", person, move=move, text=text).status_code == 200
    seen = client.http.get(base, person=client.ann).json()
    assert [line["text"] for line in seen["history"]] == [None, "按标准", "标准是多少", "见公告"]
    assert (seen["text"], seen["round"]) == (NEW["text"], 2)
    number_inside = WORDING | {"answer": "请致电13800138000"}
    client.refuses(lambda: post(f"{base}/knowledge", client.town, **number_inside), 422, "personal_inside")
    made = post(f"{base}/knowledge", client.town, **WORDING).json()
    assert (made["question"], len(made["editions"])) == (WORDING["question"], 1)
    assert post(f"{base}/moves", client.ann, move="satisfied").json()["knowledge"] == made["id"]
    assert found(words="医保 缴费") == found(category=NEW["category"]) == [made["id"]]
    assert found(words="老人") == found(category="relief") == []
    assert client.http.get("/v1/knowledge", params={"words": "，"}).json()["code"] == "nothing_to_search"
    own = f"/v1/office/knowledge/{made['id']}"
    client.refuses(lambda: post(f"{own}/editions", client.village, **WORDING), 404, "knowledge_not_found")
    assert len(post(f"{own}/editions", client.town, **WORDING | {"answer": "每人四百元"}).json()["editions"]) == 2
    assert found(words="资助") == []
    assert found(words="四百元") == [made["id"]]
    assert post(f"{own}/withdrawals", client.town, reason="标准有变").status_code == 204
    assert found() == []
    assert client.http.get(f"/v1/knowledge/{made['id']}").status_code == 404
    kept = str([list(client.service.database[name].find()) for name in ("questions", "knowledge", "events")])
    assert not [words for words in (NEW["text"], "按标准", "标准是多少") if words in kept]
    client.service.tell(PersonErased, subject=client.ann.id)
    assert client.http.get(base, person=client.town).json()["text"] is None
    assert client.ann.id not in str(list(client.service.database.questions.find()))

"""The story of one letter (书记信箱), told over HTTP to running services and shown as it happens."""

import io
import json
import time
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path

import requests
from PIL import Image, ImageDraw

VILLAGE, TOWN, CITY = "510183121214", "510183121", "510183"
VILLAGER, CITY_SECRETARY = "19900000021", "19900000002"
TEXT = "书记您好：村口河边堆了很多垃圾，天热气味大，下雨就冲进河里，请镇上帮助清理。附照片一张。"
PATIENCE = 120
SHANGHAI = timezone(timedelta(hours=8))


class Story:
    """Speaks to the services as people do, and prints what each of them did, with the seconds since the letter."""

    def __init__(self, urls, code, notify_log):
        self.urls, self.code, self.log = urls, code, Path(notify_log)
        self.started, self.shown = time.monotonic(), 0

    def tell(self):
        """The whole story, to its end; returns the letter's number."""
        villager, self.secretary = self.sign_in(VILLAGER), self.sign_in(CITY_SECRETARY)
        before = self.counters()
        number = self.write_letter(villager)["number"]
        matter = self.until(lambda: self.promised(villager, number))
        self.say("petition", f"承诺办结时间 {local(matter['promised_at'])}")
        self.show_clocks(villager, matter["id"])
        self.show_counters(before, "petitions.submitted")
        self.show_messages(number, 2)
        self.say("……", f"镇书记还没有签收；演示用的签收期限是 {self.limit('town', 'sign')} 秒，等它超期")
        late = self.until(lambda: self.climbed(villager, number))["breaches"][0]
        self.say("sla", f"{LEVELS[late['level']]}的{CLOCKS[late['clock']]}时钟到期")
        self.say("petition", "还没有签收：记为超期，自动升到市级")
        self.show_messages(number, 5)
        self.handle(number, villager)
        self.show_counters(before, "petitions.rated")
        self.show_messages(number, 7)
        return number

    def write_letter(self, villager):
        """Upload the photo, then write."""
        photo = self.ask("petition", "POST", "/v1/photos", villager, data=river_photo(), type="image/jpeg").json()
        self.say("petition", "照片已上传：重新编码，去掉拍摄地点等信息，加密保存")
        self.started = time.monotonic()
        letter = {"text": TEXT, "category": "environment", "recipient": "town", "photos": [photo["id"]], "anonymity": 1}
        receipt = self.ask("petition", "POST", "/v1/petitions", villager, json=letter).json()
        self.say("petition", f"南宝山镇书记信箱收到来信，编号 {receipt['number']}")
        return receipt

    def handle(self, number, villager):
        """The city's secretary signs, answers, finishes, verifies and closes; the villager rates."""
        for move in (
            {"move": "sign"},
            {"move": "answer", "text": "已安排环卫站和河长办今天现场清理。"},
            {"move": "done", "text": "垃圾已清运，河边设了告示牌。", "outcome": "solved"},
            {"move": "verify", "confirmed": True},
            {"move": "close"},
        ):
            self.move(number, self.secretary, move)
        self.move(number, villager, {"move": "rate", "stars": 5})

    def move(self, number, person, move):
        """One move on the letter."""
        matter = self.ask("petition", "POST", f"/v1/petitions/{number}/moves", person, json=move).json()
        self.say("petition", f"{MOVES[move['move']]} → {STATES[matter['state']]}")

    def promised(self, person, number):
        """The letter, once its date is promised."""
        matter = self.ask("petition", "GET", f"/v1/petitions/{number}", person).json()
        return matter if matter.get("promised_at") else None

    def climbed(self, person, number):
        """The letter, once it has climbed to the city."""
        matter = self.ask("petition", "GET", f"/v1/petitions/{number}", person).json()
        return matter if matter["level"] == "city" else None

    def show_clocks(self, person, matter):
        """What the clock service counts."""
        clocks = self.ask("sla", "GET", f"/v1/clocks?matter={matter}", person).json()["clocks"]
        for clock in clocks:
            self.say("sla", f"{CLOCKS[clock['clock']]}时钟在走，{local(clock['due_at'])} 到期")

    def counters(self):
        """Letters counted so far, by place."""
        return {place: self.counted(region) for place, region in PLACES.items()}

    def counted(self, region):
        """Metric → count of a region."""
        found = self.ask("analytics", "GET", f"/v1/counters?region={region}", self.secretary).json()["counters"]
        return {row["metric"]: row["count"] for row in found}

    def show_counters(self, before, last):
        """What has been added since, in village, town and city alike, once `last` is counted."""
        for place in PLACES:
            self.until(lambda: self.added(before, place).get(last))  # noqa: B023
            added = self.added(before, place)
            self.say(
                "analytics",
                f"{place}：" + "，".join(f"{METRICS[name]} +{added[name]}" for name in METRICS if name in added),
            )

    def added(self, before, place):
        """Counts of a place that have grown since."""
        grown = {name: count - before[place].get(name, 0) for name, count in self.counted(PLACES[place]).items()}
        return {name: count for name, count in grown.items() if count}

    def show_messages(self, number, least):
        """The SMS about the letter that were not shown yet, once there are so many in all."""
        messages = self.until(lambda: self.messages(number, least))
        for message in messages[self.shown :]:
            self.say("notify", f"短信 {message['phone']}：{message['text']}")
        self.shown = len(messages)

    def messages(self, number, least):
        """SMS lines about the letter in notify's log, None while there are fewer."""
        entries = map(entry_of, self.log.read_bytes().splitlines())
        found = [entry for entry in entries if entry.get("event") == "sms" and number in entry["text"]]
        return found if len(found) >= least else None

    def sign_in(self, phone):
        """An access token of a sample person; codes are limited to one a minute for each phone."""
        challenge = self.until(lambda: self.challenge(phone))
        answer = self.ask("identity", "POST", "/v1/sessions", json={"challenge": challenge, "code": self.code})
        return answer.json()["access_token"]

    def challenge(self, phone):
        """The id of a new challenge, None while this phone has had one a moment ago."""
        answer = requests.post(f"{self.urls['identity']}/v1/challenges", json={"phone": phone}, timeout=30)
        if answer.status_code == 429:
            time.sleep(1)
            return None
        answer.raise_for_status()
        return answer.json()["challenge"]

    def limit(self, level, clock):
        """Seconds of one limit of the policy."""
        return self.ask("petition", "GET", "/v1/policy").json()["limits"][level][clock]

    def ask(self, service, method, path, person=None, type="application/json", **body):
        """A successful answer."""
        headers = {"Content-Type": type} if body.get("data") else {}
        headers |= {"Authorization": f"Bearer {person}"} if person else {}
        answer = requests.request(method, self.urls[service] + path, headers=headers, timeout=30, **body)
        if not answer.ok:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.json().get('detail')}")
        return answer

    def until(self, condition):
        """The first true value of `condition()`."""
        end = time.monotonic() + PATIENCE
        while not (value := condition()):
            if time.monotonic() > end:
                raise RuntimeError("the story does not go on; see .run/logs/")
            time.sleep(0.05)
        return value

    def say(self, service, text):
        """One line of the story."""
        print(f"  {time.monotonic() - self.started:6.2f} 秒  {service:14} {text}", flush=True)


PLACES = {"直台村": VILLAGE, "南宝山镇": TOWN, "邛崃市": CITY}
LEVELS = {"village": "村级", "town": "镇级", "city": "市级"}
CLOCKS = {"sign": "签收", "answer": "答复", "resolve": "办结"}
MOVES = {"sign": "签收", "answer": "答复", "done": "办结", "verify": "核查", "close": "结案", "rate": "村民评价五星"}
STATES = {"signed": "办理中", "answered": "已答复", "done": "待核查", "verified": "已核查", "closed": "已结案"}
METRICS = {
    "petitions.submitted": "来信",
    "petitions.breached": "超期",
    "petitions.escalated": "升级",
    "petitions.closed": "结案",
    "petitions.rated": "评价",
}


def local(moment):
    """`14:05:09` in 邛崃, of an RFC 3339 moment."""
    return f"{datetime.fromisoformat(moment).astimezone(SHANGHAI):%H:%M:%S}"


def entry_of(line):
    """A log line as a dict, empty when it is none."""
    with suppress(ValueError):
        return json.loads(line)
    return {}


def river_photo():
    """A phone photo of a river bank, drawn here, with the place it was taken at in its EXIF data."""
    picture = Image.new("RGB", (1600, 1200), "#9fc5e8")
    draw = ImageDraw.Draw(picture)
    draw.polygon([(0, 700), (1600, 600), (1600, 1200), (0, 1200)], fill="#6aa84f")
    draw.polygon([(500, 640), (900, 620), (1500, 1200), (300, 1200)], fill="#3d85c6")
    for n in range(40):
        x, y = 150 + 37 * n % 500, 900 + 53 * n % 250
        draw.ellipse([x, y, x + 30, y + 18], fill=("#cccccc", "#990000", "#f1c232")[n % 3])
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 24.0, 36.0), 3: "E", 4: (103.0, 15.0, 36.0)})
    file = io.BytesIO()
    picture.save(file, "JPEG", exif=exif, quality=88)
    return file.getvalue()

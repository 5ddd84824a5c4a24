"""Loads the regions of 邛崃, and either sample people or the county's first administrators; safe to repeat.

    python -m services.identity.seed                        regions and sample people (a demonstration)
    python -m services.identity.seed --admin 13800138000 --admin 13800138001
                                                            regions and two city administrators (a real county)

A city administrator is appointed by two others: a county begins with two of them, and this is how it gets them.
It runs in the service's own environment and with its least rights; the running service publishes what it recorded.
"""

import csv
from functools import partial
from pathlib import Path

import click
from marshmallow import ValidationError

from chassis.core import settings
from chassis.data.mongo import connect
from chassis.data.unit import command
from chassis.domain import new_id, now
from chassis.privacy.vault import VaultKeys
from services.identity.domain.person import Person
from services.identity.domain.reach import phone_key
from services.identity.domain.region import Region
from services.identity.schemas import Phone
from services.identity.store.people import People
from services.identity.store.regions import Regions

CSV = Path(__file__).parent / "data" / "regions-510183.csv"
CITY, NANBAOSHAN, ZHITAI, TAOBA = "510183", "510183121", "510183121214", "510183122211"
SAMPLES = [
    ("+8619900000001", "样例·市管理员", None, "cityadmin", CITY),
    ("+8619900000002", "样例·市委书记", None, "secretary", CITY),
    ("+8619900000003", "样例·受理中心", None, "intake", CITY),
    ("+8619900000004", "样例·运维人员", None, "operator", CITY),
    ("+8619900000005", "样例·日历管理员", None, "calendaradmin", CITY),
    ("+8619900000006", "样例·南宝山镇书记", None, "secretary", NANBAOSHAN),
    ("+8619900000007", "样例·南宝山镇管理员", None, "townadmin", NANBAOSHAN),
    ("+8619900000008", "样例·直台村书记", None, "secretary", ZHITAI),
    ("+8619900000009", "样例·直台村管理员", None, "villageadmin", ZHITAI),
    ("+8619900000010", "样例·陶坝村书记", None, "secretary", TAOBA),
    ("+8619900000011", "样例·陶坝村管理员", None, "villageadmin", TAOBA),
    ("+8619900000012", "样例·纪检干部", None, "discipline", CITY),
    ("+8619900000013", "样例·市管理员乙", None, "cityadmin", CITY),
    ("+8619900000021", "样例·村民甲", ZHITAI, None, None),
    ("+8619900000022", "样例·村民乙", ZHITAI, None, None),
    ("+8619900000023", "样例·村民丙", TAOBA, None, None),
]
"""Phone, name, village of a verified villager, role and its region."""


class Seed:
    """Writes through the domain and the unit of work, so every fact is recorded."""

    def __init__(self, database, vault):
        self.database, self.vault = database, vault
        self.regions, self.people = Regions.on(database), People.on(database)

    def load_regions(self, rows):
        """Register regions {id, place, parent} that are not there yet; a parent comes before its children."""
        known = {region.id: region for region in self.regions.find({})}
        for row in rows:
            if row["id"] not in known:
                known[row["id"]] = Region.register(row["id"], row["place"], known.get(row["parent"]), now())
                self.regions.add(known[row["id"]])

    def add_person(self, phone, name=None, village=None, role=None, region=None):
        """A person with this phone (E.164): verified in a village, in an office, or both; who is there, the office."""
        digest = self.vault.digest(phone_key(phone))
        if known := self.people.with_phone(digest):
            return self._appoint(known, role, region)
        id = new_id()
        sealed = name and self.vault.seal(id, name)
        person = Person(id=id, phone=self.vault.seal(id, phone), phone_digest=digest, name=sealed)
        if village:
            person.verify(self.regions.get(village).id, sealed, None, [], now())
        if role:
            person.grant(role, self.regions.get(region), None, "seed", now())
        self.people.add(person)

    def _appoint(self, known, role, region):
        if role and region not in known.held(now()).get(role, ()):
            with self.people.edit(known.id) as person:
                person.grant(role, self.regions.get(region), None, "seed", now())


def _phones(context, option, values):
    try:
        return [Phone().deserialize(value) for value in values]
    except ValidationError as error:
        raise click.BadParameter(error.messages[0]) from None


@click.command()
@click.option(
    "--admin", multiple=True, callback=_phones, help="Phone of a first administrator, instead of sample people."
)
def main(admin):
    """Load regions, and sample people or the first administrators."""
    config = settings.of_service({})
    seed = Seed(connect(config["MONGO_URI"])[f"{config['COUNTY']}_identity"], VaultKeys.of(config, "identity"))
    with CSV.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    command(seed.database, partial(seed.load_regions, rows))
    for phone, *rest in [(phone, None, None, "cityadmin", CITY) for phone in admin] or SAMPLES:
        command(seed.database, partial(seed.add_person, phone, *rest))
        click.echo(f"{phone}  {rest[0] or ''}")


if __name__ == "__main__":
    main()

"""`xiangyin`: what an operator does to a running county (docs/operate.md)."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # eventlet's own notice
    import nameko.extensions  # noqa: F401

import getpass
import os
import sys
from functools import wraps
from importlib.metadata import entry_points

import click
import requests
from pymongo.errors import PyMongoError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from chassis.data import unit
from chassis.domain import Refusal, now
from chassis.operate import parked as aside
from chassis.operate import show
from chassis.operate.audit import Audit
from chassis.operate.backup import backup, restore
from chassis.operate.county import CannotDo, County
from chassis.operate.detach import detach as detach_service
from chassis.operate.masters import turned
from chassis.operate.rebuild import Rebuild
from chassis.operate.replay import replay as replay_holes
from chassis.operate.retention import retention as retention_of
from chassis.operate.status import brief
from chassis.operate.status import status as status_of
from chassis.operate.trace import trace as trace_matter

HOLES, UNDER_WAY = 1, 3


class Commands(click.Group):
    """Says in one sentence what could not be done."""

    def invoke(self, ctx):
        try:
            return super().invoke(ctx)
        except CannotDo as error:
            raise click.ClickException(str(error)) from None
        except Refusal as error:
            raise click.ClickException(f"{error.code()} {error.sentence()}") from None
        except (PyMongoError, requests.RequestException) as error:
            raise click.ClickException(f"broker or database does not serve us: {type(error).__name__}") from None


def looks(command):
    """A command on a county, with `--json`."""

    @wraps(command)
    def on_county(*args, **kwargs):
        here = click.get_current_context()
        return command(here.obj or here.with_resource(County.of(os.environ)), *args, **kwargs)

    return click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")(on_county)


def changes(command):
    """A command that changes something, which is written down in the service's `audit_log`."""
    who = click.option("--who", default=getpass.getuser, show_default="your account", help="Who does it.")
    why = click.option("--why", required=True, help="Why, for the audit log.")
    return who(why(looks(command)))


wait = click.option("--wait", default=30, show_default=True, help="Seconds to wait for facts that are under way.")


@click.group(cls=Commands)
def main():
    """Look at a running county, and mend it.

    The environment says which: COUNTY, AMQP_ADMIN (management URL) and MONGO_ADMIN (URI), an administrator's.
    """


@main.command()
@looks
def status(county, as_json):
    """Queues, outboxes, parked facts, lag and leases of each service."""
    found = status_of(county)
    show.rows(found if as_json else map(brief, found), as_json)


@main.group()
def parked():
    """Facts set aside because a handler failed."""


@parked.command("list")
@click.option("--service", help="Of this service only.")
@looks
def list_parked(county, service, as_json):
    """Lanes in which facts wait, and why; `first` is the key of the one that holds a lane up."""
    services = [service] if service else county.deployed()
    found = [{"service": each, **lane} for each in services for lane in aside.lanes(county.database(each))]
    show.rows(found, as_json)


@parked.command("show")
@click.argument("service")
@click.argument("key")
@looks
def show_parked(county, service, key, as_json):
    """One fact as it came, and its lane."""
    show.fields(aside.show(county.database(service), key), as_json)


@parked.command()
@click.argument("service")
@click.argument("key")
@changes
def retry(county, service, key, as_json, who, why):
    """Try the lane of a fact again now, in order."""
    _change(county, service, aside.retry, key, who, why)
    show.fields({"service": service, "retried": key}, as_json)


@parked.command()
@click.argument("service")
@click.argument("key")
@changes
def discard(county, service, key, as_json, who, why):
    """Give one fact up for good; its lane goes on with the next."""
    _change(county, service, aside.discard, key, who, why)
    show.fields({"service": service, "discarded": key}, as_json)


def _change(county, service, change, *args):
    database = county.database(service)
    unit.command(database, lambda: change(database, *args))


@main.command()
@wait
@looks
def audit(county, wait, as_json):
    """Whether every recorded fact is accounted for, and every handled one recorded; exit code 1: no, 3: not yet."""
    found = Audit(county).settle(wait)
    show.rows(found.rows(), as_json)
    if found.unrecorded():
        sys.exit(HOLES)
    _judge(found)


@main.command()
@wait
@changes
def replay(county, wait, as_json, who, why):
    """Hand subscribers the facts that an audit finds lost; exit code as of `audit`."""
    found = Audit(county).settle(wait)
    sent = replay_holes(county, found, who, why)
    show.fields({"sent": sent}, as_json)
    _judge(found.begin_anew().settle(wait) if sent else found)


def _judge(audit):
    if audit.holes():
        sys.exit(HOLES)
    if any(account.missing for account in audit.accounts):
        sys.exit(UNDER_WAY)


@main.command()
@click.argument("service")
@click.option("--cancel", is_flag=True, help="Give up a rebuild that was begun.")
@changes
def rebuild(county, service, cancel, as_json, who, why):
    """Make a service's derived collections anew from history; goes on where it was interrupted."""
    work = Rebuild(county, service, who, why)
    if cancel:
        work.cancel()
        return show.fields({"service": service, "cancelled": True}, as_json)
    with Progress("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
                  console=Console(stderr=True), disable=as_json) as bar:  # fmt: skip
        task = bar.add_task(service, total=None)
        count = work.run(lambda done, total: bar.update(task, completed=done, total=total))
    show.fields({"service": service, "facts": count, "collections": sorted(work.derived)}, as_json)


@main.command()
@click.argument("service")
@changes
def detach(county, service, as_json, who, why):
    """Delete a stopped service's queue. Provisioned again, it reads the history it missed."""
    show.fields({"service": service, "messages": detach_service(county, service, who, why)}, as_json)


@main.command()
@click.option("--apply/--dry-run", "for_good", default=False, help="Forget it, or only count it (as without either).")
@click.option("--why", default="schedule", show_default=True, help="Why, for the audit log.")
@looks
def retention(county, for_good, why, as_json):
    """What the schedule says is to be forgotten now; services do it by themselves once a day."""
    show.rows(retention_of(county, for_good, getpass.getuser(), why), as_json)


@main.command()
@click.argument("folder", type=click.Path(exists=True))
@click.option("--now", "hurry", is_flag=True, help="After a theft: the next step, without waiting for its days.")
@click.option("--why", default="schedule", show_default=True, help="Why, for the audit log.")
@looks
def masters(county, folder, hurry, why, as_json):
    """Take the steps that are due in turning the vaults' master keys; FOLDER/SERVICE has each service's."""
    show.rows(list(turned(county, folder, now(), getpass.getuser(), why, hurry)), as_json)


@main.command("backup")
@click.argument("folder", type=click.Path())
@click.option("--vaults", is_flag=True, help="The keys instead of the data; keep them apart, seven days at most.")
@click.option("--service", help="Of this service only.")
@looks
def back_up(county, folder, vaults, service, as_json):
    """Write the databases into a new folder, as of one moment."""
    show.rows(backup(county, folder, vaults, [service] if service else county.deployed()), as_json)


@main.command("restore")
@click.argument("folder", type=click.Path(exists=True))
@click.option("--service", help="Of this service only.")
@looks
def put_back(county, folder, service, as_json):
    """Put back what a backup holds, while the services are stopped; who was erased since stays erased."""
    show.rows(restore(county, folder, [service] if service else county.deployed()), as_json)


@main.command()
@click.argument("number")
@looks
def trace(county, number, as_json):
    """Every fact and effect of one matter, across services, in order of time."""
    found = trace_matter(county, number)
    columns = ("at", "service", "kind", "what", "of", "error")
    show.rows(found if as_json else [{name: row.get(name) for name in columns} for row in found], as_json)


for each in entry_points(group="xiangyin.commands"):
    main.add_command(each.load())

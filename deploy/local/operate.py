"""`make xiangyin ARGS="status"`: the operator's command on what `make run` has started here."""

import os
import sys

from chassis.operate.cli import main
from deploy.local.county import COUNTY, given
from deploy.local.process import CannotStart
from deploy.local.servers import RUN, admins

if __name__ == "__main__":
    try:
        os.environ.update({"COUNTY": COUNTY} | admins(RUN) | given() | dict(os.environ))
    except CannotStart as problem:
        sys.exit(str(problem))
    main(prog_name="xiangyin")

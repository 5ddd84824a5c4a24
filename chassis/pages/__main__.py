"""`python -m chassis.pages`: bring all generated files up to date."""

from chassis.pages.facts import services
from chassis.pages.files import files, write

if __name__ == "__main__":
    write(files(services()))

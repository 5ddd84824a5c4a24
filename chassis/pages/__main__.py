"""`python -m chassis.pages`: bring all generated files up to date."""

from chassis.pages.files import files, write
from chassis.registry import services

if __name__ == "__main__":
    write(files(services()))

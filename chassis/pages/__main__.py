"""`python -m chassis.pages`: bring all generated files below the current folder up to date."""

from pathlib import Path

from chassis.pages.files import files, write
from chassis.registry import services

if __name__ == "__main__":
    write(files(services()), Path.cwd())

"""Services that are declared without being installed: an entry point in a folder for `sys.path` or PYTHONPATH."""

from pathlib import Path


def declare(folder, **services):
    """Write the metadata of a distribution with these services (name → `module:Class`); returns the folder as text."""
    metadata = Path(folder, "guests-0.dist-info")
    metadata.mkdir(parents=True, exist_ok=True)
    metadata.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: guests\nVersion: 0\n")
    lines = [f"{name} = {place}\n" for name, place in services.items()]
    metadata.joinpath("entry_points.txt").write_text("".join(["[xiangyin.services]\n", *lines]))
    return str(folder)

"""Generated files below a folder: which are stale, and writing them."""


def stale(wanted, root, globs):
    """Paths that are missing, out of date or left over; `wanted` is path → text, `globs` say where such files lie."""
    there = {str(path.relative_to(root)) for each in globs for path in root.glob(each)}
    changed = {path for path, text in wanted.items() if not _same(root / path, text)}
    return sorted(changed | there - wanted.keys())


def write(wanted, root, globs):
    """Bring them up to date."""
    for path in stale(wanted, root, globs):
        root.joinpath(path).unlink(missing_ok=True)
    for path, text in wanted.items():
        root.joinpath(path).parent.mkdir(parents=True, exist_ok=True)
        root.joinpath(path).write_text(text, "utf-8")


def _same(path, text):
    return path.exists() and path.read_text("utf-8") == text

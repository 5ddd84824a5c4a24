"""The report of a run: fault | times injected | facts | lost | doubled | reordered | longest stall."""

from deploy.local.servers import RUN

FILE = RUN / "results" / "faults.md"
HEAD = ("fault", "injected", "facts", "lost", "doubled", "reordered", "longest stall")
runs, said = [], []


def add(fault, injected, verdict):
    """Take down what a fault did, and hold it against the promise: nothing lost, doubled or reordered."""
    runs.append((fault, injected, verdict))
    assert verdict.facts
    assert (verdict.lost, verdict.doubled, verdict.reordered) == (0, 0, 0), verdict


def say(sentence):
    """Add a sentence below the table."""
    said.append(sentence)


def lines():
    """The table in Markdown, a line for each fault, and what was said."""
    table = [HEAD, ("---",) * len(HEAD), *(_row(fault) for fault in sorted({fault for fault, *_ in runs}))]
    return [*(f"| {' | '.join(map(str, row))} |" for row in table), *(f"\n{sentence}" for sentence in said)]


def write():
    """Keep it in `.run/results/faults.md`."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text("\n".join(lines()) + "\n", "utf-8")


def _row(fault):
    times, verdicts = zip(*((times, verdict) for name, times, verdict in runs if name == fault), strict=True)
    sums = (sum(getattr(each, name) for each in verdicts) for name in ("facts", "lost", "doubled", "reordered"))
    return fault, sum(times), *sums, f"{max(each.stall for each in verdicts):.1f} s"

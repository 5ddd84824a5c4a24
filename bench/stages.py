"""What a service is doing when it is looked at: the innermost known step on its stack."""

CLIENT = "/pymongo/"
STEPS = (
    ("authorise", {"Http.admit", "People.holding"}),
    ("seal", {"VaultKeys.seal", "VaultKeys.digests", "VaultKeys.secret", "VaultKeys.open_many", "VaultKeys.masked"}),
    ("parse", {"loaded", "parsed", "body_of", "query_of", "head_of", "Protocol._take", "Application._found"}),
    ("dump", {"Http._dumped"}),
    ("commit", {"transact", "Unit.flush"}),
    ("relay: look", {"Relay._found"}),
    ("relay: send", {"Relay._send"}),
    ("relay: delete", {"Relay._delete"}),
    ("relay: confirm", {"Relay._collect"}),
    ("relay", {"Relay._run"}),
    ("inbox: read", {"items_of", "delivered"}),
    ("inbox: preload", {"Batch._service", "Batch._look"}),
    ("inbox: handle", {"Batch._handle"}),
    ("inbox: wait, receive", {"Inbox._gather"}),
    ("inbox: acknowledge", {"Inbox._work"}),
    ("inbox: look for parked", {"Inbox._retry"}),
    ("domain", {"Http._done"}),
    ("reads by key", {"Lookups._read", "Lookups.find"}),
    ("due", {"Every._run"}),
    ("answer", {"Protocol.handle"}),
    ("log", {"Application._note"}),
    ("event loop", {"BaseHub.run"}),
)
STEP = {name: step for step, names in STEPS for name in names}


def stage_of(frame):
    """`commit`, or `commit · pymongo` when the database's client is at work for it."""
    client = ""
    while frame:
        code = frame.f_code
        if CLIENT in code.co_filename:
            client = " · pymongo"
        if step := STEP.get(code.co_qualname):
            return step + client
        frame = frame.f_back
    return "else" + client

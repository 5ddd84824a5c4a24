"""TLS by one setting: TLS_DIR, a folder with `ca.crt`, `tls.crt` and `tls.key`, as cert-manager writes its Secrets.

Given, the public and the internal server speak HTTPS only, the internal one with certificates of our authority only;
services show theirs to each other, and believe broker and peers only when the authority vouches for their names.
The health port stays plain: the cluster's probes have no certificate, and it tells nothing of people.
"""

import ssl
from pathlib import Path


def server_context(config, clients=False):
    """What a server socket is wrapped in, None without TLS; `clients`: those of our authority only."""
    if not (folder := config.get("TLS_DIR")):
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(*own(folder))
    if clients:
        context.load_verify_locations(authority(folder))
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def authority(folder):
    """The file of our authority's certificate."""
    return str(Path(folder, "ca.crt"))


def own(folder):
    """The files of our own certificate and its key."""
    return str(Path(folder, "tls.crt")), str(Path(folder, "tls.key"))

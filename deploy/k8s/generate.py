"""Writes what follows from the list of services: `python -m deploy.k8s.generate [FOLDER]`, also `make k8s`.

service/peers.env              the addresses that services ask each other by
services/NAME/                 one overlay each: its name, its Secrets; room for children where it decodes uploads
tls/services/                  the same addresses with TLS, and each one's certificate
monitoring/services.yaml       the alert when one is down

Every service that is installed, a county's own too. Settings are the environment's (`environments/NAME`).
"""

import sys
from pathlib import Path

from chassis.pages import generated
from chassis.pages.routes import routes
from chassis.privacy.child import MEMORY
from chassis.registry import services
from chassis.web.decoding import LANES

HERE = Path(__file__).parent
BY = "# Written by `make k8s` from the list of services.\n"
GENERATED = ("services/*/*",)
OWN_MEMORY = 256 << 20
OVERLAY = """apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namePrefix: {name}-
labels:
  - pairs: {{app.kubernetes.io/name: {name}}}
    includeSelectors: true
resources:
  - ../../service
patches:
  - target: {{kind: Deployment|Job}}
    patch: |
      - {{op: replace, path: /spec/template/spec/containers/0/envFrom/2/secretRef/name, value: {name}-account}}
  - target: {{kind: Deployment}}
    patch: |
      - {{op: replace, path: /spec/template/spec/volumes/0/secret/secretName, value: {name}-keys}}
"""
DECODES = """      # itself, and {each} Mi for each of the children that take apart what people send
      - {{op: replace, path: /spec/template/spec/containers/0/resources/limits/memory, value: {all}Mi}}
components:
  - ../../scaling
"""
TLS = """apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
  - target: {kind: Deployment}
    patch: |
      - op: add
        path: /spec/template/spec/containers/0/env/-
        value:
          name: PEERS
          value: """
CERTIFICATE = """
  - target: {{kind: Deployment|Job, name: {name}-(service|provision)}}
    patch: |
      - op: add
        path: /spec/template/spec/volumes/-
        value: {{name: tls, secret: {{secretName: {name}-tls, defaultMode: 0440}}}}"""
DOWN = """groups:
  - name: xiangyin-services
    rules:
      - alert: ServiceDown
        expr: {absent}
        for: 2m
        labels: {{severity: critical}}
        annotations:
          summary: No replica of {{{{ $labels.service }}}} answers.
          action: See the pods' logs; facts wait in its queue and nothing is lost.
"""


def files():
    """Path below the folder → text of every generated file."""
    found = services()
    overlays = {f"services/{name}/kustomization.yaml": overlay(name, cls) for name, cls in found.items()}
    absent = " or ".join(f'absent(xiangyin_hub_lag_seconds{{service="{name}"}})' for name in found)
    certificates = "".join(CERTIFICATE.format(name=name) for name in found)
    return {path: BY + text for path, text in overlays.items()} | {
        "service/peers.env": f"{BY}PEERS={peers('http://{}-internal')}\n",
        "tls/services/kustomization.yaml": f"{BY}{TLS}{peers('https://{}-internal:80')}{certificates}\n",
        "monitoring/services.yaml": BY + DOWN.format(absent=absent),
    }


def overlay(name, cls):
    """The kustomization of one service."""
    decodes = any(route.decode for route in routes(cls))
    room = {"each": MEMORY >> 20, "all": OWN_MEMORY + (LANES + 1) * MEMORY >> 20}
    return OVERLAY.format(name=name) + (DECODES.format(**room) if decodes else "")


def peers(address):
    """All services as PEERS has them."""
    return ",".join(f"{name}={address.format(name)}" for name in services())


def stale(folder=HERE):
    """Paths of generated files that are missing, out of date or left over."""
    return generated.stale(files(), folder, GENERATED)


def write(folder=HERE):
    """Bring the generated files up to date."""
    generated.write(files(), folder, GENERATED)


if __name__ == "__main__":
    write(*map(Path, sys.argv[1:]))

.PHONY: help install run xiangyin test unit servers faults bench lint docs k8s features
PYTHON := .venv/bin/python
unexport PYTHONDONTWRITEBYTECODE  # each of the workers would compile all tests again

help:  ## show this list
	@grep -E '^[a-z0-9]+:.*##' Makefile | sed -E 's/^([a-z0-9]+):.*## (.*)/  make \1\t\2/' | expand -t 20

install:  ## Debian packages and .venv from the hashed lock (needs root the first time)
	@deploy/local/install.sh

run: install  ## start everything here, tell the story of one letter, stay up until Ctrl-C; RELOAD=1 follows changes of code
	@RELOAD=$(RELOAD) exec $(PYTHON) -m deploy.local.up

xiangyin:  ## look at what `make run` runs, and mend it: make xiangyin ARGS="status"
	@$(PYTHON) -m deploy.local.operate $(ARGS)

test: install  ## everything from nothing: lint, all tests on fresh servers, coverage; S=sla for one service's tests
	@exec $(PYTHON) -m deploy.local.suite $(S)

unit: install  ## what needs no server, in seconds: domains, contracts, chassis
	@exec $(PYTHON) -m pytest --numprocesses=2 --servers=no -m "not long and not costly" \
		chassis services tests/test_contracts.py tests/test_architecture.py

servers: install  ## RabbitMQ and MongoDB for `pytest` by hand: prints what to export, stays until Ctrl-C
	@exec $(PYTHON) -m deploy.local.servers

faults: install  ## break everything, in the long form too; the report is .run/results/faults.md
	@exec $(PYTHON) -m pytest -m "" tests/faults

bench: install  ## measure us beside stock Nameko and FastStream (40 min): bench/RESULTS.md; ARGS="relay --rounds 3" for less
	@bench/install.sh && exec .venv-bench/bin/python -W ignore -m bench $(ARGS)

lint: install  ## ruff, the arrows between packages, types, bandit
	@$(PYTHON) -c 'from deploy.local.suite import LINT, passes; raise SystemExit(not all(map(passes, LINT)))'

docs: install  ## write what the code says by itself: pages of facts, roles and services, JSON Schema, AsyncAPI, examples
	@$(PYTHON) -W ignore -m chassis.pages

k8s: install  ## write what deploy/k8s takes from the list of services
	@$(PYTHON) -W ignore -m deploy.k8s.generate

features: install  ## which feature is shown by how many tests
	@exec $(PYTHON) -m pytest -p tests.features -m feature

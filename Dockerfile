# One image for every service:  docker build -t xiangyin:0.1.0 .  &&  docker run xiangyin:0.1.0 chassis.run petition
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS packages
WORKDIR /source
COPY requirements.lock requirements-build.lock .
RUN python3 -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
RUN python3 -m venv /build \
 && /build/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r requirements-build.lock
COPY LICENSE README.md pyproject.toml .
COPY contracts contracts
COPY chassis chassis
COPY services services
RUN /build/bin/pip wheel --no-index --no-build-isolation --no-deps --wheel-dir /wheels ./contracts ./chassis . \
 && /venv/bin/pip install --no-index --no-deps /wheels/*.whl

FROM ${BASE}
ENV PATH=/venv/bin:$PATH LANG=C.UTF-8 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN groupadd --gid 10001 xiangyin && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp xiangyin
COPY --from=packages /venv /venv
USER 10001:10001
EXPOSE 8000 8001 8002
ENTRYPOINT ["python", "-m"]
CMD ["chassis.run", "petition"]

# One image for every kind of node: docker build -t tocsin . && docker run tocsin up --host 0.0.0.0
FROM python:3.13-slim

RUN useradd --create-home --uid 10001 tocsin && mkdir -p /etc/tocsin /var/lib/tocsin && chown tocsin /var/lib/tocsin
WORKDIR /opt/tocsin
COPY requirements.lock ./
RUN python -m pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY incident incident
COPY detectors detectors
COPY playbooks playbooks
COPY notifiers notifiers
COPY drills drills
COPY config config
RUN python -m pip install --no-cache-dir --no-deps --no-build-isolation .

USER tocsin
WORKDIR /etc/tocsin
VOLUME /var/lib/tocsin
ENV PYTHONUNBUFFERED=1 TOCSIN_DATA=/var/lib/tocsin TOCSIN_LISTEN__HOST=0.0.0.0
EXPOSE 8420
STOPSIGNAL SIGTERM
ENTRYPOINT ["tocsin"]
CMD ["up", "--no-open"]

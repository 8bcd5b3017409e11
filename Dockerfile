FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY notifier notifier
COPY config config
RUN python -m venv /opt/notifier && /opt/notifier/bin/pip install --no-cache-dir '.[ldap,postgresql,mysql]'

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/notifier --create-home notifier \
    && install -d -o notifier /var/spool/token-notifier
COPY --from=build /opt/notifier /opt/notifier
ENV PATH=/opt/notifier/bin:$PATH NOTIFIER_CONFIG=/etc/notifier PYTHONUNBUFFERED=1
USER notifier
WORKDIR /var/lib/notifier
# SIGTERM lets a worker finish what it is at.
STOPSIGNAL SIGTERM
CMD ["notifier", "worker"]

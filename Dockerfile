# syntax=docker/dockerfile:1
# The image of the server: built with the pinned toolchain, run by a user without rights on a slim Debian.

FROM node:22-bookworm-slim AS web
WORKDIR /source/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web ./
RUN npm run build

FROM rust:1.95.0-slim-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc g++ libc6-dev make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
# The image has the pinned toolchain already; rustup shall not fetch its lint components.
ENV RUSTUP_TOOLCHAIN=1.95.0
COPY . .
COPY --from=web /source/web/dist web/dist
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/source/target,sharing=locked \
    cargo build --release --locked --package mockly \
    && install -D target/release/mockly /out/mockly

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin mockly
COPY --from=build /out/mockly /usr/local/bin/mockly
USER mockly
WORKDIR /data
VOLUME /data
# Inside a container loopback reaches nobody.
ENV HOST=0.0.0.0 PORT=8080 DATABASE_URL=sqlite:///data/mockly.db ARTIFACTS_DIR=/data/artifacts
EXPOSE 8080
# It looks at /healthz on PORT. A database that is away is told by /readyz, and is no reason to restart.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["mockly", "healthcheck"]
# Sockets are told to come back elsewhere before the end; see STOPSIGNAL's grace in docker-compose.yml.
STOPSIGNAL SIGTERM
ENTRYPOINT ["mockly"]
CMD ["serve"]

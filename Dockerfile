# syntax=docker/dockerfile:1
FROM rust:1.95-bookworm AS build
# The toolchain of the image, and not the newest, which rust-toolchain.toml would have fetched.
ENV RUSTUP_TOOLCHAIN=${RUST_VERSION}
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --release --locked --package kontor --package http-api --package consume-worker \
    && install -D -t /out target/release/kontor target/release/http-api target/release/consume-worker

FROM debian:bookworm-slim
# By number, so that Kubernetes can tell that it is not root. The folder is made here, so that a
# volume put there belongs to who writes to it.
RUN useradd --no-log-init --uid 10001 --user-group --shell /usr/sbin/nologin --no-create-home \
    --home-dir /var/lib/kontor kontor \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/kontor
COPY --from=build /out/ /usr/local/bin/
USER 10001:10001
WORKDIR /var/lib/kontor
ENV APP__DATA_DIR=/var/lib/kontor HTTP__HOST=0.0.0.0
VOLUME ["/var/lib/kontor"]
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["kontor", "healthcheck"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["kontor"]
CMD ["serve"]

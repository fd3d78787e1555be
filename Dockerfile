# syntax=docker/dockerfile:1
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --release --locked --package kontor --package http-api --package consume-worker \
    && install -D -t /out target/release/kontor target/release/http-api target/release/consume-worker

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/kontor kontor
COPY --from=build /out/ /usr/local/bin/
USER 10001
WORKDIR /var/lib/kontor
ENV APP__DATA_DIR=/var/lib/kontor HTTP__HOST=0.0.0.0
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s CMD ["kontor", "healthcheck"]
ENTRYPOINT ["kontor"]
CMD ["serve"]

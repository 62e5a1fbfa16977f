# syntax=docker/dockerfile:1
# The image that runs the mirror: one binary on a slim system, with a current librdkafka, as an ordinary user.

ARG DEBIAN=bookworm

FROM swift:6.3-${DEBIAN} AS builder
# The library's source archive. Give its digest too where the image is built for use.
ARG LIBRDKAFKA_SOURCE=https://github.com/confluentinc/librdkafka/archive/refs/tags/v2.12.1.tar.gz
ARG LIBRDKAFKA_SHA256=
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        curl ca-certificates make pkg-config libyaml-dev libpcre2-dev libmicrohttpd-dev libssl-dev libsasl2-dev \
        libzstd-dev liblz4-dev zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /librdkafka
RUN curl --fail --location --silent --show-error --output source.tar.gz \
        "${LIBRDKAFKA_SOURCE}" \
    && if [ -n "${LIBRDKAFKA_SHA256}" ]; then \
        echo "${LIBRDKAFKA_SHA256}  source.tar.gz" | sha256sum --check --quiet; \
    fi \
    && tar -xzf source.tar.gz --strip-components=1 \
    && CC=clang ./configure --prefix=/usr --disable-curl \
    && make -C src -j "$(nproc)" \
    && make -C src install
WORKDIR /martlet
COPY Package.swift ./
COPY Sources ./Sources
COPY Tests ./Tests
RUN swift build -c release --product martlet --static-swift-stdlib -Xlinker -s \
    && install -D .build/release/martlet /image/usr/bin/martlet \
    && install -D /usr/lib/librdkafka.so.1 /image/usr/lib/librdkafka.so.1

FROM debian:${DEBIAN}-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates libyaml-0-2 libpcre2-8-0 libmicrohttpd12 libssl3 libsasl2-2 libsasl2-modules libzstd1 \
        liblz4-1 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home martlet
COPY --from=builder /image /
USER 10001
ENTRYPOINT ["/usr/bin/martlet"]
CMD ["help"]

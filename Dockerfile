# A static binary in an empty image.
#
#   docker build --build-arg VERSION=$(git describe --tags --always) -t rocketline .
#   docker run -p 8080:8080 -p 9090:9090 -e ROCKETLINE_ROCKETCHAT_URL=https://chat.example.org \
#     -e ROCKETLINE_SERVICE_KEYS=/keys.yaml -v $PWD/keys.yaml:/keys.yaml:ro rocketline

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=
RUN make build VERSION="$VERSION"

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/dist/rocketline /rocketline
# In a container everything that listens does so for the network of the container.
ENV ROCKETLINE_GRPC=:9090 ROCKETLINE_HTTP=:8080 ROCKETLINE_ADMIN=:9091 ROCKETLINE_LOG_FORMAT=json
EXPOSE 9090 8080 9091
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=4s --start-period=5s CMD ["/rocketline", "health"]
ENTRYPOINT ["/rocketline"]
CMD ["serve"]

#!/bin/sh
# Copies the proto files that ours import out of pinned Go modules into the folder $1, which git ignores.
set -eu
out=$1
googleapis=github.com/grpc-ecosystem/grpc-gateway@v1.16.0 # third_party/googleapis: google/api
validate=github.com/bufbuild/protovalidate@v1.2.2         # proto/protovalidate: buf/validate

# Asked for by version, so neither becomes a requirement of our module.
dir() { go mod download -json "$1" | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",*$/\1/p'; }

rm -rf "$out"
mkdir -p "$out/google/api" "$out/buf/validate"
cp "$(dir $googleapis)/third_party/googleapis/google/api/annotations.proto" \
   "$(dir $googleapis)/third_party/googleapis/google/api/http.proto" "$out/google/api/"
cp "$(dir $validate)/proto/protovalidate/buf/validate/validate.proto" "$out/buf/validate/"
chmod -R u+w "$out"

# Everything a developer runs. Needs Go, git and a network on which Go modules can be had; nothing else.
# What `rocketline version` says of a build; a tag or a commit.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)

# Where make build puts the binary.
OUT ?= dist/rocketline

RACE := $(shell command -v "$$(go env CC)" >/dev/null && test "$$(go env CGO_ENABLED)" = 1 && echo -race)

BIN   := $(CURDIR)/.tools/bin
TOOLS := $(BIN)/.stamp
PROTO := .proto/.stamp

export PATH := $(BIN):$(PATH)

.PHONY: help
help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build the static binary, dist/rocketline.
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.release=$(VERSION)' -o $(OUT) ./cmd/rocketline

.PHONY: test
test: ## Run all tests, with the race detector where there is a C compiler, which it needs.
	@test -n '$(RACE)' || echo 'no C compiler: the tests run without the race detector'
	go test $(RACE) -timeout 30m ./...
	cd tools && go test ./openapi

.PHONY: browser
browser: ## Follow a conversation with a page in Chromium through restarts and outages, about a minute. Needs chromium and npm.
	TEST_NO_SKIP=1 go test -count 1 -v ./internal/browser

RUNS ?= 3000

.PHONY: model
model: ## Play RUNS conversations made up at random while everything fails, and hold what readers were told against the truth.
	MODEL_RUNS=$(RUNS) go test -count 1 -run TestEveryReader -timeout 10m -v ./internal/model

.PHONY: bench
bench: ## Measure the sandbox: messages stored and delivered in a second, and the time from start to first answer.
	go test -run '^$$' -bench . -benchtime 3s ./sandbox

.PHONY: bench-files
bench-files: ## Send 200 MB up and down through REST; fail if the service grows by 32 MB, or if other bytes come back. Linux.
	go test -run '^$$' -bench AFileUpAndDown -benchtime 1x -timeout 10m ./cmd/rocketline

.PHONY: bench-rooms
bench-rooms: ## Follow ROOMS rooms (10,000) by a reader each; fail if memory or sockets are over the bounds, or a message goes astray. Linux.
	go test -run '^$$' -bench RoomsWithAReaderEach -benchtime 1x -timeout 30m ./cmd/rocketline

.PHONY: bench-restart
bench-restart: ## Restart the service under ROOMS readers (2,000), also by killing it; fail if one loses anything. Linux.
	go test -run '^$$' -bench Restart -benchtime 1x -timeout 30m ./cmd/rocketline

FUZZTIME ?= 30s

.PHONY: fuzz
fuzz: ## Run each fuzz test for FUZZTIME.
	@for pkg in $$(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...); do \
	  for name in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "$$pkg $$name"; go test -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x $$pkg || exit 1; \
	  done; \
	done

.PHONY: generate
generate: $(TOOLS) $(PROTO) ## Make gen/ from proto/: Go, gateway, OpenAPI, descriptor image.
	buf format -w proto
	buf generate
	cd tools && go run ./openapi ../gen/openapi/rocketline.swagger.json ../proto/openapi-routes.json \
	  ../proto/rocketline/livechat/v1/error_reason.proto
	buf build proto -o gen/rocketline.binpb

.PHONY: lint
lint: $(TOOLS) $(PROTO) ## Lint the protos and the code, and check the contract against the last release.
	buf format -d --exit-code proto
	buf lint proto
	@tag=$$(git describe --tags --abbrev=0 2>/dev/null); \
	if [ -n "$$tag" ]; then mkdir -p dist && git show "$$tag:gen/rocketline.binpb" > dist/released.binpb && \
	  buf breaking proto --against dist/released.binpb; \
	else echo 'buf breaking: no release is tagged yet, so there is nothing to compare with'; fi
	go vet ./...
	golangci-lint run

.PHONY: check-generated
check-generated: generate ## Fail if gen/ is not what generate makes.
	@test -z "$$(git status --porcelain gen proto)" || { git status --short gen proto; git --no-pager diff --stat gen proto; \
	  echo 'gen/ is not current: run make generate and commit'; exit 1; }

# The tools are pinned in tools/go.mod, a module of its own: whoever imports our packages gets none of them.
$(TOOLS): tools/go.mod tools/go.sum
	cd tools && GOBIN=$(BIN) go install tool
	@touch $@

# google/api and buf/validate come from pinned Go modules, so that nothing but Go modules is needed.
$(PROTO): tools/protodeps.sh
	sh tools/protodeps.sh .proto
	@touch $@

.PHONY: clean
clean: ## Remove what these commands made, but not gen/.
	rm -rf .tools .proto dist

# The targets are what people and CI use; each works on a machine with Go and
# Python 3.10 alone. Whatever is installed goes to .local, but for the browser.

SHELL := /bin/sh
SAM := .local/sam
SIGNING := .local/signing
SAM_ENV := SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1
# What makes SAM's builds static and the same from any folder.
BUILD_ENV := CGO_ENABLED=0 GOFLAGS='-trimpath -buildvcs=false -tags=lambda.norpc "-ldflags=-s -w -buildid="'
FUZZTIME ?= 20s

# From the environment or as arguments: make run PORT=9090
export PORT SIM_PORT ACCOUNTS POLICY NOTIFY SCHEDULE_JITTER STREAM KEEP

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: go ## Run the whole desk on this machine (PORT, SIM_PORT, ACCOUNTS, POLICY, NOTIFY)
	@[ -d .local/bin ] || echo "the first start installs and builds: a minute or two"
	@mkdir -p .local/bin .local/log
	@CGO_ENABLED=0 go build -trimpath -tags=lambda.norpc -o .local/bin/ ./infra/local ./functions/... 2> .local/log/build.log || { \
		if grep -qE 'dial tcp|no such host|connection refused|i/o timeout|network is unreachable' .local/log/build.log; \
		then echo "skala: the first start downloads Go modules, and the module proxy cannot be reached" >&2; \
		else cat .local/log/build.log >&2; fi; exit 1; }
	@exec .local/bin/local

.PHONY: demo
demo: export STREAM := 30
demo: run ## The same, with invented customers writing in four languages

.PHONY: test
test: go browser ## Run every test: unit, emulator, end to end, browser
	go run ./infra/emulator/manage install
	@# Tests under infra build and run programs, which Go's test cache cannot see. One
	@# package more at a time than there are processors: the desk they run waits a lot.
	@status=0; \
	go test $$(go list ./... | grep -v /infra/) || status=1; \
	go test -count=1 -timeout 20m -p $$(($$(getconf _NPROCESSORS_ONLN) + 1)) ./infra/... || status=1; \
	go run ./infra/emulator/manage stop-tests || status=1; \
	exit $$status

.PHONY: test-store
test-store: STORE_TESTS = go test -count=1 ./shared/dynamo/... ./shared/queue/...
test-store: go ## Run the suites of tables and queues alone (EMULATOR=aws-java: on DynamoDB Local and ElasticMQ), or where AWS_ENDPOINT_URL_* point
	@case "$(EMULATOR)" in \
	""|ministack) echo "$(STORE_TESTS)"; $(STORE_TESTS);; \
	aws-java) go run ./infra/emulator/manage aws-java $(STORE_TESTS);; \
	*) echo "skala: there is no emulator $(EMULATOR) here: ministack and aws-java are" >&2; exit 1;; \
	esac

.PHONY: check-signing
check-signing: go $(SIGNING)/installed ## Hold what the simulator signs against the platforms' own client libraries
	@go run ./infra/signing > $(SIGNING)/requests.json
	@$(SIGNING)/bin/python infra/signing/check.py $(SIGNING)/requests.json

.PHONY: lint
lint: go ## Check format, vet and staticcheck
	@unformatted=$$(gofmt -l functions infra shared); \
	if [ -n "$$unformatted" ]; then echo "not formatted:" $$unformatted >&2; exit 1; fi
	go vet ./...
	go tool staticcheck ./...

.PHONY: pages
pages: go ## Write a page for every state of every template into .local/pages, light and dark, to look at without a desk
	PAGES=$(CURDIR)/.local/pages go test ./shared/console -count=1 -timeout 20m

.PHONY: axe
axe: pages browser ## Look at every page of make pages by the rules of WCAG 2.2 AA, wide and on a phone
	PAGES_MADE=$(CURDIR)/.local/pages go test ./infra/browser -count=1 -timeout 20m -run TestEveryStateOfEveryPage

.PHONY: pictures
pictures: axe ## Make the two pictures of infra/doc anew, of the pages of make pages
	cp .local/screenshots/console.png .local/screenshots/phone.png infra/doc/

.PHONY: fuzz
fuzz: go ## Fuzz every parser and verifier in turn, FUZZTIME each (default 20s), and count the executions
	go run ./infra/fuzz -for $(FUZZTIME)

.PHONY: bench
bench: go ## Measure: the door, calls, units, dollars, binaries, lateness (5 minutes)
	go run ./infra/bench

.PHONY: bench-backlog
bench-backlog: go ## Measure 3,000 tickets due at once beside the same AWS calls by a plain program (minutes)
	go run ./infra/bench backlog

.PHONY: bench-deadlines
bench-deadlines: go ## Measure how late 600 deadlines in five minutes are acted on, the schedule jittered (11 minutes)
	go run ./infra/bench deadlines

.PHONY: bench-open
bench-open: go ## Measure what a sweep with nothing due costs at up to 200,000 open tickets, on DynamoDB Local (minutes; JDK, Maven)
	go run ./infra/emulator/manage aws-java go run ./infra/bench open

.PHONY: bench-console
bench-console: go ## Measure the console's pages, polls and 200 agents who look at 20,000 tickets, on DynamoDB Local (minutes; JDK, Maven)
	go run ./infra/emulator/manage aws-java go run ./infra/bench console

.PHONY: mutants
mutants: go ## Plant bugs, one at a time in a copy, and see which test catches each (an hour)
	go run ./infra/mutants

.PHONY: crash
crash: go ## Fail every call of every step in every way, then at random, and check every promise (minutes)
	go run ./infra/crash

SEED ?= 1
WEEKS ?= 1
BUGS ?= 1
.PHONY: simulate
simulate: go ## Let a desk run for WEEKS and a year from SEED and judge it, then plant the engine's bugs (BUGS= leaves them out)
	go run ./infra/skala simulate -seed $(SEED) -weeks $(WEEKS)
	$(if $(BUGS),go run ./infra/mutants -engine)

.PHONY: weights
weights: go ## Learn the weights of triage from infra/corpus (a minute; TEXTS: folder with the published messages that its labels judge)
	go run ./infra/train $(if $(TEXTS),-texts $(TEXTS))

.PHONY: build
build: go $(SAM)/installed ## Build the functions for AWS with SAM, into .aws-sam
	go build ./...
	$(SAM_ENV) $(BUILD_ENV) $(SAM)/bin/sam build --template template.yaml

.PHONY: test-lambda
test-lambda: go $(SAM)/installed ## Run the built functions under AWS's emulator of the Lambda runtime, on recorded events
	@mkdir -p .local/bin
	@CGO_ENABLED=0 go build -o .local/bin/ ./infra/lambdas
	@$(BUILD_ENV) exec .local/bin/lambdas

.PHONY: deploy-local
deploy-local: go $(SAM)/installed ## Deploy template.yaml with SAM into an emulated account, and try it there (KEEP=1 leaves it running)
	@mkdir -p .local/bin
	@CGO_ENABLED=0 go build -o .local/bin/ ./infra/rehearsal
	@$(BUILD_ENV) exec .local/bin/rehearsal

.PHONY: validate
validate: go $(SAM)/installed ## Check template.yaml, as written and as SAM expands it, and check the checks
	$(SAM_ENV) $(SAM)/bin/sam validate --lint --template template.yaml
	@mkdir -p .local/validate
	$(SAM_ENV) $(SAM)/bin/python infra/template/expand.py template.yaml > .local/validate/expanded.json
	$(SAM)/bin/cfn-lint .local/validate/expanded.json
	go run ./infra/template/lint template.yaml .local/validate/expanded.json
	go run ./infra/template/plant $(SAM)/bin/python > .local/validate/plants.txt || { cat .local/validate/plants.txt; exit 1; }
	@tail -1 .local/validate/plants.txt

STACK ?= skala
.PHONY: deploy
deploy: build ## Deploy to AWS, guided (STACK, default skala), and examine what is there
	@echo; echo "needed, once (infra/doc/operating.md):"; sed -n 's/^- \[ \]/  -/p' infra/doc/operating.md; echo
	@$(SAM)/bin/python infra/doctor/credentials.py
	SAM_CLI_TELEMETRY=0 $(SAM)/bin/sam deploy --guided --stack-name $(STACK) --capabilities CAPABILITY_IAM --region "$$($(SAM)/bin/python infra/doctor/credentials.py region)"
	@AWS_REGION="$$($(SAM)/bin/python infra/doctor/credentials.py region)" go run ./infra/skala doctor -stack $(STACK) || echo "what is SICK is still to do: infra/doc/operating.md"

.PHONY: clean
clean: go ## Stop the emulators and delete all that make made, the desk's data too
	go run ./infra/emulator/manage stop
	rm -rf .local .aws-sam

.PHONY: go
go:
	@command -v go > /dev/null || { echo "skala: Go 1.26 or newer is needed, and there is no go in PATH" >&2; exit 1; }

# The tests of the console drive a Chromium.
.PHONY: browser
browser:
	@for name in chromium chromium-browser google-chrome google-chrome-stable chrome headless-shell; do \
		if command -v $$name > /dev/null; then exit 0; fi; done; \
	if [ -d "/Applications/Google Chrome.app" ] || [ -d /Applications/Chromium.app ]; then exit 0; fi; \
	if command -v apt-get > /dev/null && [ "$$(id -u)" = 0 ]; then \
		echo "installing chromium and fonts, which the console's tests need, with apt-get"; \
		apt-get update -q > /dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium fonts-thai-tlwg fonts-noto-core > /dev/null; \
	else \
		echo "skala: the console's tests need Chromium or Chrome: install one (on Debian: apt-get install chromium fonts-thai-tlwg fonts-noto-core)" >&2; exit 1; \
	fi

$(SIGNING)/installed: infra/signing/requirements.txt
	@echo "installing the platforms' client libraries into $(SIGNING), once"
	@rm -rf $(SIGNING) && mkdir -p .local
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "skala: the client libraries need Python 3.10 or newer" >&2; exit 1; }
	@python3 -m venv $(SIGNING) || { echo "skala: python3 has no venv (on Debian: the package python3-venv)" >&2; exit 1; }
	@$(SIGNING)/bin/pip install -q --disable-pip-version-check -r infra/signing/requirements.txt
	@touch $@

$(SAM)/installed:
	@echo "installing the SAM CLI and cfn-lint into $(SAM), once: about a minute"
	@rm -rf $(SAM) && mkdir -p .local
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "skala: the SAM CLI needs Python 3.10 or newer" >&2; exit 1; }
	@python3 -m venv $(SAM) || { echo "skala: python3 has no venv (on Debian: the package python3-venv)" >&2; exit 1; }
	@$(SAM)/bin/pip install -q --disable-pip-version-check aws-sam-cli==1.170.0 cfn-lint==1.58.0 aws-sam-translator==1.115.0
	@touch $@

# The commands of the project. README says what they are for, docs/reference.md lists them.

PYTHON ?= $(shell command -v python3.11 || echo python3)
PORT ?= 8000
WORKERS ?= 2
VAR_DIR ?= var
SITE_URL ?= http://127.0.0.1:$(PORT)
export VAR_DIR

BIN := .venv/bin
MANAGE := $(BIN)/python manage.py

.PHONY: run dev test test-sqlite test-postgresql bench drills deploy-test walk backup-test observatory attack check pins audit sbom clean

## run: the site on http://127.0.0.1:8000 (PORT= moves it), as in production
run: export SITE_URL := $(SITE_URL)
run: .venv/installed $(VAR_DIR)/static/staticfiles.json
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) load_sample --if-empty
	@$(MANAGE) rebuild_search --if-empty
	@$(MANAGE) ensure_superuser
	@echo "The site is on $(SITE_URL); Ctrl-C stops it, and its data stays in $(VAR_DIR)."
	@exec $(BIN)/python -m forum_site.serving --interface wsgi --host 127.0.0.1 --port $(PORT) --workers $(WORKERS) --blocking-threads 12 \
		--respawn-failed-workers --workers-kill-timeout 5 --log-level warning forum_site.wsgi:application

## dev: the auto-reloading server, with Django's error pages
dev: export DEBUG := true
dev: export SITE_URL := $(SITE_URL)
dev: .venv/installed-dev
	$(MANAGE) migrate --verbosity 0
	$(MANAGE) load_sample --if-empty
	$(MANAGE) rebuild_search --if-empty
	$(MANAGE) ensure_superuser
	$(MANAGE) runserver $(PORT)

# As many processes as the machine has cores, and not more than a container of fewer can feed.
TESTERS ?= logical --maxprocesses 4
PYTEST = $(BIN)/python -m pytest --numprocesses $(TESTERS) --dist worksteal

## test: all tests, on SQLite and on a real PostgreSQL; TESTERS=1 has one process run them all
test: test-sqlite test-postgresql

# Each test runs on both, but for those of which one is enough: the browser and what is marked one_database on SQLite,
# odd input on PostgreSQL, which refuses more.
test-sqlite: .venv/installed-dev .venv/browser .venv/s3-server/installed
	env -u DATABASE_URL -u VAR_DIR $(PYTEST) --ignore tests/odd_input

# DATABASE_URL names the server to use; without it, one is started for the tests and stopped after them.
test-postgresql: .venv/installed-dev .venv/s3-server/installed
	env -u VAR_DIR $(BIN)/python -m tests.with_postgresql $(PYTEST) --ignore tests/browser -m "not one_database"

## bench: what a show costs, as ratios within one run (docs/performance.md); needs wrk and 25 minutes
bench: .venv/installed-dev
	env -u DATABASE_URL -u VAR_DIR $(BIN)/python -m rehearsals.bench

## drills: the site under load while its servers are broken (docs/reliability.md); needs 10 minutes
drills: .venv/installed-dev
	$(BIN)/python -m rehearsals.drills $(DRILLS)

## deploy-test: the installation of docs/operations.md, broken under load; as root on Debian 12, five minutes
deploy-test: .venv/installed-dev
	$(BIN)/python -m rehearsals.deploy $(DEPLOY_TEST)

## walk: docs/operations.md, command by command, on a bare Debian 12; as root with debootstrap and systemd-container
walk: .venv/installed-dev
	$(BIN)/python -m rehearsals.deploy.walk

## backup-test: a site is backed up while it is written to, and restored; 5 to 20 minutes and 8 GB of disk (docs/operations.md)
backup-test: .venv/installed-dev
	$(BIN)/python -m rehearsals.backup $(BACKUP_TEST)

## observatory: each kind of page by https, scored by the rules of Mozilla's HTTP Observatory (docs/reliability.md); needs
## node 20 with npm, which brings the scorer, and nginx; two minutes
observatory: .venv/installed-dev
	$(BIN)/python -m rehearsals.observatory

## attack: odd requests, every method, slow clients, wapiti and sqlmap on the running site (docs/reliability.md); as root
##   on Debian 12 for the slow ones, PyPI for the scanners, and half an hour; ATTACK="odd_requests --count 20000" runs a part
attack: .venv/installed-dev
	$(BIN)/python -m rehearsals.attack $(ATTACK)

## check: format, lint, migrations and deploy checks
check: export DJANGO_SETTINGS_MODULE := forum_site.settings
check: .venv/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint --quiet --lint templates
	$(MANAGE) makemigrations --check --dry-run
	SITE_URL=https://forum.example BEHIND_PROXY=true $(MANAGE) check --deploy --fail-level WARNING

## pins: the requirements files, anew from pyproject.toml
PIN = $(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-header
pins: .venv/installed-dev
	$(PIN) pyproject.toml --output-file requirements.txt
	$(PIN) pyproject.toml --all-extras --constraint requirements.txt --output-file requirements-extras.txt
	$(PIN) pyproject.toml --all-extras --group dev --constraint requirements.txt --output-file requirements-dev.txt
	$(PIN) --group s3-server --output-file requirements-s3-server.txt

## audit: whether a package of the site has a known hole, compared with deploy/exceptions.toml; asks OSV
audit: .venv/installed-dev
	$(BIN)/python deploy/audit.py

## sbom: what the site is made of, its extras and bundled scripts included, as sbom.json (CycloneDX)
sbom: .venv/installed
	$(BIN)/python deploy/sbom.py > sbom.json

clean:
	rm -rf .venv .pytest_cache .ruff_cache

# pip comes last: where it is missing, somebody broke off, or this Debian lacks python3-venv; then it is made again.
.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 is needed: install it, or name it, as in: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv .venv || \
		{ echo "No virtual environment could be made in .venv. On Debian: apt-get install python3-venv; then run make again."; exit 1; }

.venv/installed: requirements.txt | .venv/bin/pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt | .venv/bin/pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ .venv/installed

# The S3 server that tests talk to (tests/s3_server.py).
.venv/s3-server/installed: requirements-s3-server.txt | .venv/bin/pip
	$(BIN)/python -m venv .venv/s3-server
	.venv/s3-server/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-s3-server.txt
	@touch $@

# The browser tests drive a Chromium: the one that is there, or Debian's, or the one that Playwright brings.
.venv/browser: | .venv/installed-dev
	@$(BIN)/python -m tests.chromium || { [ "$$(id -u)" = 0 ] && command -v apt-get && apt-get update -qq && \
		apt-get install -qq -y --no-install-recommends chromium; } || $(BIN)/playwright install chromium || \
		{ echo "The browser tests need Chromium: apt-get install chromium, or CHROMIUM=/path/to/it."; exit 1; }
	@test -d /usr/share/fonts/truetype/noto || { [ "$$(id -u)" = 0 ] && command -v apt-get && apt-get update -qq && \
		apt-get install -qq -y --no-install-recommends fonts-dejavu-core fonts-noto-core; } || \
		echo "Tests with a second set of fonts are left out: apt-get install fonts-dejavu-core fonts-noto-core."
	@touch $@

$(VAR_DIR)/static/staticfiles.json: requirements.txt $(shell find static -type f) | .venv/installed
	@$(MANAGE) collectstatic --noinput --verbosity 0
	@touch $@

#!/bin/sh
# Resolve all distributions together and write the two hashed lock files. `UPGRADE=1` takes newer versions.
set -eu
cd "$(dirname "$0")/.."
own="askwire-protocol askwire-resources askwire-agent askwire-nlp askwire-data askwire-viz askwire-backend askwire-evaluate askwire"
skip=""
for name in $own; do skip="$skip --no-emit-package $name"; done
compile() {
    # shellcheck disable=SC2086
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-header --no-annotate ${UPGRADE:+--upgrade} $skip "$@"
}
compile requirements/dev.in --output-file constraints.txt
compile requirements/run.in --constraint constraints.txt --output-file requirements/run.txt
compile requirements/bench.in --output-file requirements/bench.txt
! grep -n '://' constraints.txt requirements/run.txt requirements/bench.txt

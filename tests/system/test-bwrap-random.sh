#!/bin/bash
# rind bwrap beside bubblewrap, on plans that nobody has thought of; `make compare` runs thousands.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=bwrap/same.sh
. "$LIB/bwrap/same.sh"

test_random_plans() { random_plans 150; }

run_cases "$@"

#!/bin/bash
# rind bwrap beside bubblewrap: one part of what tests/system/bwrap/differ compares; see same.sh.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=bwrap/same.sh
. "$LIB/bwrap/same.sh"

test_same_as_bwrap() { differ 2/6; }

run_cases "$@"

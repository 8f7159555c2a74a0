# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The help pages, printed from the tables.
ask
ask help
ask --version | sed 's/[0-9.]*$/N/'
ask help run
ask bench --help
ask help devices

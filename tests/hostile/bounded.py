#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command with a time limit and tells how it ended: bounded.py SECONDS COMMAND...

Prints "EXIT PEAK_KB STDERR_LINES FIRST_WORD" on one line: the exit code (or "signal N", "timeout"
as one word), the peak of its resident memory, and how its stderr looks.
"""
import resource
import subprocess
import sys


def main():
    seconds, command = float(sys.argv[1]), sys.argv[2:]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, timeout=seconds, check=False)
        ended = str(done.returncode) if done.returncode >= 0 else "signal_%d" % -done.returncode
        stderr = done.stderr
    except subprocess.TimeoutExpired as late:
        ended, stderr = "timeout", late.stderr or b""
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    words = stderr.split()
    first = words[0].decode("ascii", "replace") if words else "-"
    print(ended, peak, stderr.count(b"\n"), first)
    sys.stderr.buffer.write(stderr)


if __name__ == "__main__":
    main()

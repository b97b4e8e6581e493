"""The fault suite as a table: `python tests/faults [--quick] [WORDS]`, WORDS a part of a name.

One line a case: whether it ended right, whether anything ran that must not, whether a wrong answer
was called a success. `--quick` plays each case in one way only. Exit code 1 unless every case ends
right, nothing forbidden ran, and no success was wrong.
"""

import argparse
import sys

from playing import WAYS, judge, play
from suite import SUITE


def main(words: str, ways: list[str]) -> int:
    """Play every case and print the table."""
    right = cases = forbidden = wrong = 0
    for group, members in SUITE.items():
        for case in members:
            if words not in f"{group}: {case.name}":
                continue
            verdicts = {way: judge(case, play(case, way)) for way in ways}
            faults: dict[str, list[str]] = {}
            for way, verdict in verdicts.items():
                for fault in verdict.faults:
                    faults.setdefault(fault, []).append(way)
            ran = any(verdict.forbidden for verdict in verdicts.values())
            success = any(verdict.wrong_success for verdict in verdicts.values())
            cases, right = cases + 1, right + (not faults)
            forbidden, wrong = forbidden + ran, wrong + success
            marks = f"{'WRONG' if faults else 'right':7}{'FORBIDDEN' if ran else 'ok':11}"
            print(f"{marks}{'WRONG' if success else 'ok':7}{group}: {case.name}", flush=True)
            for fault, where in faults.items():
                print(f"{'':25}{fault}{'' if len(where) == len(ways) else f' ({where[0]})'}")
    print(
        f"\nright ends {right}/{cases}, forbidden executions {forbidden}, wrong successes {wrong}"
    )
    return int(right < cases or forbidden > 0 or wrong > 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="in one way only")
    parser.add_argument("words", nargs="*")
    options = parser.parse_args()
    sys.exit(main(" ".join(options.words), list(WAYS)[:1] if options.quick else list(WAYS)))

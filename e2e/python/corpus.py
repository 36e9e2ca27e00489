"""Run the SQL corpus, where it lies beside the project, against a fresh Hearth that keeps everything.

    python corpus.py ../shared/corpus/sql

The corpus quotes other people's queries, so it is no part of the project; its runner says what passes, and ends with
'N passed, N failed'.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from hearth import Hearth, clean_env


def main() -> int:
    corpus = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        server = Hearth(Path(folder), '--retention', '0')
        try:
            runner = [sys.executable, str(corpus / 'run_corpus.py'), '--base-url', server.url, '--queries', str(corpus / 'queries.jsonl')]
            return subprocess.run(runner, env=clean_env()).returncode
        finally:
            server.stop()


if __name__ == '__main__':
    sys.exit(main())

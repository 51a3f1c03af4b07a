"""Reading what a program took out of TensorFlow."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from migrate_vars.equivalence.running.fetched_streams import Value, read_fetches


def test_a_damaged_file_gives_what_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "fetches.jsonl"
    stream = '{"stream": 0, "label": "l", "site": ["p.py", 3], "dtype": "float32", "shape": []}\n'
    one = np.float32(1.5).tobytes().hex()
    bad = '[1, 1, "d"]\n[0]\n"x"\nnull\n{}\n[0, 1, "no"]\n[0, 1, "00"]\n[0, 2, "e"'
    path.write_text(f'{stream}[0, 1, "{one}"]\n{bad}')
    (found,) = read_fetches(path)
    assert found.values == [Value(1, one, "1.5")]
    assert read_fetches(tmp_path / "none") == ()

"""What people see while documents are copied."""

from __future__ import annotations

import io

from elasticsearch_metrics.migration.copying.progress import Progress


def test_plain_lines_where_nobody_looks() -> None:
    stream = io.StringIO()
    progress = Progress(stream, is_terminal=False)
    progress.begin(200, done=50)
    progress.enter("an_index")
    progress.add(150)
    progress.show()
    assert stream.getvalue() == ""
    progress.end()
    assert stream.getvalue().startswith("200 of 200 documents (100%), ")
    assert stream.getvalue().endswith("an_index\n")
    assert "\r" not in stream.getvalue()


def test_a_bar_on_a_terminal() -> None:
    stream = io.StringIO()
    progress = Progress(stream, is_terminal=True)
    progress.begin(200)
    progress.add(100)
    progress.show("waiting for backend 'old': away")
    assert stream.getvalue().startswith("\r[############............] 100 of 200 documents (50%)")
    assert "waiting for backend 'old': away" in stream.getvalue()
    progress.add(100)
    progress.end()
    assert stream.getvalue().endswith("\n")

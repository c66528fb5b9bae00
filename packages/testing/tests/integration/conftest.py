from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from djelme_testing.choice import start_cluster
from djelme_testing.progress import StreamProgress
from djelme_testing.provider.interface import ClusterOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.cluster import Cluster


@pytest.fixture(scope="module")
def own_cluster() -> Iterator[Cluster]:
    """A cluster of the module's own, to kill and freeze, by whichever provider can have one."""
    options: Any = ClusterOptions(settings={"thread_pool.write.queue_size": 7})
    with start_cluster("8", options=options, progress=StreamProgress()) as cluster:
        yield cluster

"""What the tests of delivery use: servers to kill, proxies that lie, programs that record."""

"""What the scripts share: tools, cells, clusters, reports; standard library only."""

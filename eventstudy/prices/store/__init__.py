"""Series that were asked before: cache, files, revisions, frozen studies."""

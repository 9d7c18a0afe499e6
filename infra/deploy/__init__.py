"""From a commit to a release that runs: what `make plan`, `make deploy`, `make rollback` and `make second-clock` do."""

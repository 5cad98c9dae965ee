# Every target is a command of the package `bootstrap`, which also sets up what is missing.
#
#   make demo [FAULT=name]   the main job, end to end, as a mini-program performs it
#   make run                 the suite with demo data in the browser (HTTP_PORT, SANDBOX_PORT)
#   make test [ARGS=…]       all tests; ARGS go to pytest
#   make soak [SOAK_SEED=n]  the random, kill and load tests at length (about an hour)
#   make lint                style, types, Odoo's conventions
#   make bench               benchmarks

.PHONY: setup demo run test soak lint bench

export FAULT SOAK_SEED

setup demo run test soak lint bench:
	@python3 -m bootstrap $@ -- $(ARGS)

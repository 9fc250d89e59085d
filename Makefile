# The everyday commands. `make check` is what .ci/run runs inside an environment that has the tools.
.PHONY: check lint format types test docs speed longest

check: lint types test

lint:
	ruff check .
	ruff format --check .

format:
	ruff check --fix .
	ruff format .

types:
	mypy --num-workers 2

test:
	pytest

docs:  # write the output of the commands in the documents anew; look at the diff
	python tests/docs/benchmark_pages.py
	python tests/docs/console_blocks.py README.md docs/*.md

speed:  # POPE=FOLDER REPOPE=FOLDER
	python speed/score_eight_models.py --pope $(POPE) --repope $(REPOPE)

longest:
	@find src recipes speed -name '*.py' -o -name '*.js' | xargs wc -l | sort -n | tail -n 11

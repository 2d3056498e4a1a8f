# Everything is made from a clone alone, on a Debian 12 as root. Slow parts are cached by the hash of their inputs
# under GOVNET_CACHE (/var/cache/govnet where it is not set), outside the checkout.
.PHONY: setup demo test prove bench clean

setup: ## Debian packages, Python libraries, the machine image
	@setup/run.sh

demo: setup ## the main job on the twin, step by step; names its reports last
	@.venv/bin/python -m lab.demo

test: setup ## style, types, arrows, all tests; then proof that nothing of a twin is left
	@tests/run.sh "and not prove"

prove: setup ## all tests, and where they hold the long form of every proof, each with a limit
	@tests/run.sh "and not prove"
	@tests/prove.sh

bench: setup ## the measurements, each beside its rival
	@GOVNET_LAB_OWNER=$$$$ .venv/bin/python -m bench

clean: ## stop the twin, and remove all that was made in this checkout (the cache stays)
	@setup/clean.sh

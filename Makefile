# make demo 看演示；make test 跑测试。Everything else: make help
#
# Needs Python 3.11 or newer with venv, make and git. Everything is installed into .venv; a second run starts at once.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
# The first Python that is new enough; choose another with: make demo PYTHON=/path/to/python3.12
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)
DEMO_ARGS ?=
TEST_ARGS ?=
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help demo test lint check types lock clean python

help: ## 列出全部命令 · this list
	@awk -F ' ## ' '/^[a-z-]+:.* ## / { split($$1, name, ":"); printf "  make %-8s %s\n", name[1], $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/installed ## 看演示，可加 DEMO_ARGS="--exit --lang en" · watch three stories; DEMO_ARGS is passed on
	@$(BIN)/tocsin demo $(DEMO_ARGS)

# Compiled tests are kept whatever the surroundings say: compiling them is half of what collecting them costs.
test: $(VENV)/installed-test ## 检查格式、类型并运行测试 · style, types and tests; TEST_ARGS goes to pytest
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n auto --dist worksteal $(TEST_ARGS)

lint: $(VENV)/installed-test ## 只检查格式和类型 · style and types only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lock: ## 更新依赖锁定文件 · renew the lock files from pyproject.toml
	@$(MAKE) --no-print-directory python
	@test -x $(VENV)/lock/bin/uv || { $(PYTHON) -m venv $(VENV)/lock && $(VENV)/lock/bin/python -m pip install -q uv; }
	@$(call compile,requirements.lock,Every package Tocsin runs on,)
	@$(call compile,requirements-test.lock,Every package the tests need,--extra test --constraints requirements.lock)

clean: ## 删除 .venv 和演示输出 · remove .venv and what the demo wrote
	rm -rf $(VENV) $(VENV)/lock build demo-output

# One file for all systems and Pythons from 3.11 on. setuptools is in it because the project itself is built with it.
define compile
printf 'setuptools>=77\n' | $(VENV)/lock/bin/uv pip compile -q pyproject.toml - --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-header --no-emit-index-url --upgrade $(3) -o $(1).new && \
	{ echo "# $(2), with its hashes. Made by 'make lock' from pyproject.toml; don't edit."; cat $(1).new; } > $(1) && \
	rm $(1).new
endef

python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "缺少 Python 3.11 或更高版本。请从 python.org 或系统软件源安装后再试。"; \
		echo "Python 3.11 or newer is missing. Install it from python.org or your system's packages and try again."; \
		exit 1; fi
	@if ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		echo "$(PYTHON) 无法运行或版本过低，需要 Python 3.11 或更高版本。"; \
		echo "$(PYTHON) does not run or is too old: Python 3.11 or newer is needed."; exit 1; fi
	@if ! $(PYTHON) -c 'import venv, ensurepip' >/dev/null 2>&1; then \
		echo "$(PYTHON) 缺少 venv 或 pip。Debian、Ubuntu 上运行：sudo apt install python3-venv"; \
		echo "$(PYTHON) has no venv or no pip. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; fi

$(VENV)/installed: requirements.lock pyproject.toml
	@$(call install,requirements.lock)
	@touch $@

$(VENV)/installed-test: requirements-test.lock pyproject.toml
	@$(call install,requirements-test.lock)
	@touch $@ $(VENV)/installed

# Compiled at once, on all cores: where Python may not write beside its sources, every start would pay for it again.
# The environment is made anew when its Python has gone; the project is installed in place, so that edits count.
define install
$(MAKE) --no-print-directory python PYTHON="$(PYTHON)" && \
{ $(BIN)/python -c '' 2>/dev/null || { rm -rf $(VENV) && $(PYTHON) -m venv $(VENV); }; } && \
echo "正在安装 $(1) 中的依赖（仅首次）… · Installing what $(1) lists (the first time only) …" && \
{ $(PIP) install -q --no-compile --require-hashes -r $(1) && \
  $(PIP) install -q --no-deps --no-build-isolation -e . && \
  $(BIN)/python -m compileall -q -j 0 $(VENV)/lib incident detectors playbooks notifiers drills config || \
  { echo "安装失败：需要能访问 Python 软件源，或在 PIP_INDEX_URL 中指定镜像；详情见上。"; \
    echo "Not installed: this machine must reach a Python package index (PIP_INDEX_URL names a mirror); see above."; exit 1; }; }
endef

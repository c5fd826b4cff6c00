"""For the whole suite: a skipped test is a failure, because nobody reads what was skipped."""

import gc

import pytest
from hypothesis import settings

# A property holds or not; how long one example takes says how busy the machine is (times belong to tests/bench).
settings.register_profile("tocsin", settings(), deadline=None)
settings.load_profile("tocsin")


@pytest.hookimpl
def pytest_collection_finish() -> None:
    """What stands until the end, thousands of tests and every module, need not be looked through for rubbish again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # a test leaves little behind: looking for it after every 700 objects costs more


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn skips into a failed run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED

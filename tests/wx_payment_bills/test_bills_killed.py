"""kill -9 at each commit of reconciliation: another worker brings it to the right end."""

import json
import subprocess

import pytest

from bootstrap import odoo_process, paths

MARK = 'bill-scene:'
SCRIPT = """
import json, sys
sys.path[:0] = [{root!r}, {here!r}]
import bill_scenes
print({mark!r} + json.dumps(bill_scenes.{scene}(env)))
"""
PATIENCE_SECONDS = 180
END = {
    'state': 'matched',
    'waits': False,
    'is_file_whole': True,
    'files': 1,
    'lines': 300,
    # None of the payments is known here.
    'differences': 300,
    'postings': 1,
    'fees': 301,
    'to_dos': True,
}


@pytest.fixture(scope='module')
def play(postgres_server, make_database):
    """Play a scene of `bill_scenes` in an Odoo process and return what it returns."""
    database = make_database('demo')

    def run(scene):
        here = str(paths.ROOT / 'tests' / 'wx_payment_bills')
        done = subprocess.run(
            odoo_process.command(
                'shell', '-d', database, '--no-http', '--max-cron-threads=0', '--log-level=warn'
            ),
            env=odoo_process.environment(postgres_server),
            input=SCRIPT.format(root=str(paths.ROOT), here=here, mark=MARK, scene=scene),
            capture_output=True,
            text=True,
            cwd=paths.ROOT,
            timeout=PATIENCE_SECONDS,
        )
        _, found, rest = done.stdout.rpartition(MARK)
        assert found, done.stderr
        return json.loads(rest.splitlines()[0])

    return run


def test_killed_at_any_commit_a_bill_comes_to_the_right_end(play):
    ends = play('killed_at_each_commit')
    for moment, found in ends.items():
        # Taken, fetching, fetched, read, matched and what the jobs commit in between.
        assert len(found) > 5, f'{moment}: {found}'
        assert found == [END] * len(found), moment

"""What the scenes of several processes are worth: without a safeguard each of them fails."""

import pytest


@pytest.mark.parametrize(
    ('fault', 'seen'),
    [
        ('locks_in_the_order_of_the_lines', 'deadlock detected'),
        ('keys_without_on_conflict', 'duplicate key value'),
        ('accounts_without_on_conflict', 'duplicate key value'),
    ],
)
def test_scene_fails_without_its_safeguard(play_on, make_database, scene_failed, fault, seen):
    with pytest.raises(scene_failed, match=seen):
        play_on(make_database('plain'), fault, 'ledger_faults')

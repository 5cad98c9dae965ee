"""The stand-alone verifier against exports that are right and exports that were tampered with."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import verify_ledger
from ledger_book import ALICE, BOB, CENTRAL, Book
from verify_ledger import Unreadable, Verifier


@pytest.fixture
def book() -> Book:
    return (
        Book()
        .post((CENTRAL, ALICE, 1000))
        .post((ALICE, BOB, 300), (BOB, CENTRAL, 50))
        .post((CENTRAL, BOB, 10**15))
        .post((BOB, ALICE, 1))
    )


def problems_of(lines: list[bytes], **anchors: str) -> list[str]:
    verifier = Verifier({int(name[1:]): value for name, value in anchors.items()})
    verifier.verify(lines)
    return verifier.problems


def changed(
    lines: list[bytes], kind: str, number: int, change: Callable[[Any], None]
) -> list[bytes]:
    """Return the export with one row or header changed, nothing else adapted."""
    result, count = [], 0
    for line in lines:
        content = json.loads(line)
        name = content[0] if isinstance(content, list) else next(iter(content))
        if name == kind and (content[1] if isinstance(content, list) else content[kind]) == number:
            change(content)
            count += 1
            line = json.dumps(content, ensure_ascii=False).encode() + b'\n'
        result.append(line)
    assert count == 1
    return result


def put(index: Any, value: Any) -> Callable[[Any], None]:
    def change(content: Any) -> None:
        content[index] = value

    return change


def without(lines: list[bytes], start: str) -> list[bytes]:
    """Return the export without one line; its end knows."""
    kept = [line for line in lines if not line.startswith(start.encode())]
    assert len(kept) == len(lines) - 1
    return [*kept[:-1], json.dumps({'end': len(kept) - 1}).encode() + b'\n']


def test_untouched_export_is_well(book: Book) -> None:
    verifier = Verifier()
    assert verifier.verify(book.lines())
    assert verifier.problems == []
    assert verifier.counts == {
        'blocks': 4, 'postings': 4, 'transfers': 5, 'entries': 10, 'accounts': 3,
    }  # fmt: skip


def test_unsealed_postings_are_verified_too(book: Book) -> None:
    lines = book.lines(sealed=2)
    assert problems_of(lines) == []
    assert problems_of(changed(lines, 'T', 4, put(6, 5))) == [
        'posting 3: transfer 4: its entries are not what it says'
    ]


def test_blocks_may_hold_a_later_version_before_an_earlier_one(book: Book) -> None:
    assert problems_of(book.lines(order=[0, 3, 2, 1])) == []


def test_changed_note_breaks_the_hash_of_its_block(book: Book) -> None:
    assert problems_of(changed(book.lines(), 'P', 2, put(10, 'other'))) == [
        'block 2: its content was changed'
    ]


def test_changed_reason_breaks_the_hash_of_its_block(book: Book) -> None:
    assert problems_of(changed(book.lines(), 'T', 2, put(7, 8))) == [
        'block 2: its content was changed'
    ]


def test_changed_amount_names_the_posting_and_the_block(book: Book) -> None:
    problems = problems_of(changed(book.lines(), 'E', 3, put(4, 999)))
    assert 'posting 1: transfer 1: its entries are not what it says' in problems
    assert 'posting 1: entry 3 does not add up' in problems
    assert 'block 1: its content was changed' in problems
    assert 'account 2: balance 701, by its history 700' in problems


def test_deleted_entry_is_a_missing_version(book: Book) -> None:
    problems = problems_of(without(book.lines(), '["E", 4,'))
    assert 'posting 2: transfer 2: its entries are not what it says' in problems
    assert 'block 2: its content was changed' in problems
    assert 'account 2: version 2 is missing before posting 4' in problems


def test_changed_version_is_found(book: Book) -> None:
    problems = problems_of(changed(book.lines(), 'E', 4, put(5, 7)))
    assert 'block 2: its content was changed' in problems
    assert 'account 2: version 2 is missing before posting 4' in problems


def test_repeated_version_is_found(book: Book) -> None:
    problems = problems_of(changed(book.lines(sealed=0), 'E', 4, put(5, 1)))
    assert problems[0] == 'posting 2: version 1 of account 2 again'


def test_running_balance_goes_on_where_it_ended(book: Book) -> None:
    def shift(row: list[Any]) -> None:
        row[6], row[7] = row[6] + 5, row[7] + 5

    problems = problems_of(changed(book.lines(sealed=0), 'E', 4, shift))
    assert problems[0] == 'posting 2: version 2 of account 2 begins at 1005, not at 1000'


def test_changed_balance_is_found_on_the_account_and_the_asset(book: Book) -> None:
    assert problems_of(changed(book.lines(), 'account', ALICE, put('balance', 702))) == [
        'account 2: balance 702, by its history 701',
        'account 2: running balance 702, by its history 701',
        'asset 1: sums to 1, not to zero',
    ]


def test_swapped_balances_are_found_though_the_asset_sums_to_zero(book: Book) -> None:
    alice, bob = book.balances[ALICE], book.balances[BOB]
    lines = changed(book.lines(), 'account', ALICE, put('balance', bob))
    problems = problems_of(changed(lines, 'account', BOB, put('balance', alice)))
    assert f'account 2: balance {bob}, by its history {alice}' in problems
    assert not [problem for problem in problems if problem.startswith('asset')]


def test_changed_account_version_is_found(book: Book) -> None:
    assert problems_of(changed(book.lines(), 'account', ALICE, put('version', 4))) == [
        'account 2: version 4, by its history 3'
    ]


def test_held_is_the_sum_of_open_holds(book: Book) -> None:
    book.held[ALICE] = 70
    book.extra = [
        {'hold': 1, 'account': ALICE, 'open': 40},
        {'hold': 2, 'account': ALICE, 'open': 30},
    ]
    assert problems_of(book.lines()) == []
    assert problems_of(changed(book.lines(), 'hold', 2, put('open', 31))) == [
        'account 2: held 70, by its history 71'
    ]


def test_lots_make_up_the_balance_of_an_expiring_asset(book: Book) -> None:
    book.expiring = True
    book.extra = [
        {'lot': 1, 'account': ALICE, 'remaining': 701},
        {'lot': 2, 'account': BOB, 'remaining': book.balances[BOB]},
    ]
    assert problems_of(book.lines()) == []
    assert problems_of(changed(book.lines(), 'lot', 1, put('remaining', 700))) == [
        'account 2: sum of lots 700, by its history 701'
    ]


def test_deleted_posting_leaves_an_empty_block(book: Book) -> None:
    lines = book.lines()
    for start in ('["P", 4,', '["T", 5,', '["E", 10,', '["E", 11,'):
        lines = without(lines, start)
    problems = problems_of(lines)
    assert problems[:2] == ['block 4: its content was changed', 'block 4: 0 postings, not 1']


def test_deleted_block_breaks_the_chain(book: Book) -> None:
    lines = book.lines()
    for start in ('{"block": 2,', '["P", 2,', '["T", 2,', '["T", 3,', '["E", 4,', '["E", 5,'):
        lines = without(lines, start)
    for start in ('["E", 6,', '["E", 7,'):
        lines = without(lines, start)
    assert problems_of(lines)[:2] == [
        'block 3: follows block 1',
        'block 3: names another hash for the block before it',
    ]


def test_entry_of_another_asset_is_found(book: Book) -> None:
    problems = problems_of(changed(book.lines(), 'account', BOB, put('asset', 2)))
    assert 'posting 2: transfer 2: an account is of another asset' in problems


def test_transfer_and_posting_belong_together(book: Book) -> None:
    problems = problems_of(changed(book.lines(sealed=0), 'T', 1, put(2, 4)))
    assert problems == ['posting 4: transfer 1 is not of its posting and time']


def test_posting_without_transfer_is_found(book: Book) -> None:
    book.post()
    assert problems_of(book.lines()) == ['posting 5: has no transfer']


def test_rewritten_history_does_not_have_the_anchor(book: Book) -> None:
    [header] = [line for line in book.lines() if line.startswith(b'{"block": 4,')]
    anchor = json.loads(header)['hash']
    assert problems_of(book.lines(), b4=anchor) == []
    forged = Book().post((CENTRAL, ALICE, 1000)).post((ALICE, BOB, 1)).post((BOB, ALICE, 1))
    forged.post((CENTRAL, BOB, 5))
    assert problems_of(forged.lines(), b4=anchor) == ['block 4: another hash than the anchor']
    assert problems_of(book.lines(sealed=3), b4=anchor) == [
        'block 4: the chain ends before this anchor'
    ]


@pytest.mark.parametrize('cut', [1, 5, 20])
def test_export_that_breaks_off_is_no_export(book: Book, cut: int) -> None:
    with pytest.raises(Unreadable, match='breaks off'):
        Verifier().verify(book.lines()[:-cut])


def test_missing_line_is_noticed_by_the_end(book: Book) -> None:
    lines = [line for line in book.lines() if not line.startswith(b'{"reason"')]
    with pytest.raises(Unreadable, match='lines instead of'):
        Verifier().verify(lines)


@pytest.mark.parametrize('line', [b'{\n', b'["X", 1]\n', b'{"verify": 1}\n', b'[]\n', b'7\n'])
def test_other_lines_are_refused(book: Book, line: bytes) -> None:
    with pytest.raises(Unreadable, match='line 2'):
        Verifier().verify([book.lines()[0], line])


def test_missing_version_does_not_fill_the_memory(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify_ledger, 'MAX_WAITING', 3)
    for _number in range(10):
        book.post((CENTRAL, ALICE, 1))
    verifier = Verifier()
    verifier.verify(without(book.lines(sealed=0), '["E", 4,'))
    assert 'account 2: version 2 is missing before posting 4' in verifier.problems


def test_command_tells_by_its_exit_code(book: Book, tmp_path: Path) -> None:
    tool = Path(verify_ledger.__file__)

    def run(name: str, lines: list[bytes]) -> tuple[int, str]:
        path = tmp_path / name
        opener = gzip.open if name.endswith('.gz') else open
        with opener(path, 'wb') as file:
            file.writelines(lines)
        done = subprocess.run(
            [sys.executable, '-I', str(tool), str(path)],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    code, text = run('well.jsonl.gz', book.lines())
    assert code == 0
    assert text.endswith('all is well\n')
    code, text = run('bad.jsonl', changed(book.lines(), 'T', 2, put(7, 8)))
    assert code == 1
    assert 'BROKEN block 2: its content was changed' in text
    assert text.endswith('1 differences\n')
    code, text = run('short.jsonl.gz', book.lines()[:-1])
    assert code == 2
    assert 'breaks off' in text

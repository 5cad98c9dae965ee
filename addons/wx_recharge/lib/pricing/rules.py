"""Which rule a package's price follows."""

from collections.abc import Iterable
from dataclasses import dataclass

from .formula import Terms


@dataclass(frozen=True, slots=True)
class Subject:
    """What a price is asked for; `level_id` None is the price for everybody."""

    country_id: int
    operator_id: int
    kind: str
    level_id: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """Terms and whom they are for; None is no condition.

    The member level is none of the conditions that may be left open: the price of a level comes
    from the rules of this level alone.
    """

    id: int
    sequence: int
    terms: Terms
    country_id: int | None = None
    operator_id: int | None = None
    kind: str | None = None
    level_id: int | None = None

    @property
    def specificity(self) -> int:
        """Return how narrow the rule is: an operator counts more than a country and a kind."""
        return (
            4 * (self.operator_id is not None)
            + 2 * (self.country_id is not None)
            + (self.kind is not None)
        )

    def covers(self, subject: Subject) -> bool:
        """Tell whether the rule is for a subject."""
        return (
            self.level_id == subject.level_id
            and self.operator_id in (None, subject.operator_id)
            and self.country_id in (None, subject.country_id)
            and self.kind in (None, subject.kind)
        )


def in_order(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return rules in the order they are tried: by sequence, narrowest, then oldest."""
    return tuple(sorted(rules, key=lambda rule: (rule.sequence, -rule.specificity, rule.id)))


def choose(ordered: Iterable[Rule], subject: Subject) -> Rule | None:
    """Return the first rule that is for a subject, None when there is none."""
    return next((rule for rule in ordered if rule.covers(subject)), None)

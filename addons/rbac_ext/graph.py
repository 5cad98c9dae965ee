"""Who has which group, derived from role lines alone.

The server derives rights through Odoo's caches and stored groups; this is the second, independent
derivation. It answers what would be (without touching the database) and why something is; tests
hold the two against each other.
"""

from collections import defaultdict
from dataclasses import dataclass, field

FOREVER = None


@dataclass(frozen=True)
class Line:
    """A role of a user from `start` to before `end`, naive UTC; None is open."""

    id: int
    user_id: int
    role_id: int
    start: object = FOREVER
    end: object = FOREVER
    companies: frozenset = frozenset()

    def in_force(self, now, companies=frozenset()):
        return (
            (not self.start or self.start <= now)
            and (not self.end or now < self.end)
            and (not self.companies or companies <= self.companies)
        )

    def meets(self, other):
        """Tell whether there is a moment at which both lines are in force."""
        begins = [at for at in (self.start, other.start) if at]
        ends = [at for at in (self.end, other.end) if at]
        return not begins or not ends or max(begins) < min(ends)


@dataclass
class Graph:
    implied: dict  # group id → set of group ids
    role_groups: dict  # role id → group id
    lines: dict  # line id → Line
    stored: dict  # user id → set of group ids
    kept: frozenset = frozenset()  # groups that users set for themselves
    by_user: dict = field(default_factory=lambda: defaultdict(list))
    _closures: dict = field(default_factory=dict)

    def __post_init__(self):
        for line in self.lines.values():
            self.by_user[line.user_id].append(line)

    def clone(self):
        """Return a graph that can be changed without changing this one."""
        return Graph(
            implied={group: set(others) for group, others in self.implied.items()},
            role_groups=dict(self.role_groups),
            lines=dict(self.lines),
            stored={user: set(groups) for user, groups in self.stored.items()},
            kept=self.kept,
        )

    # What groups imply

    def closure(self, groups):
        """Return the groups with all they imply."""
        found = set()
        for group in groups:
            found |= self._closure_of(group)
        return found

    def _closure_of(self, group):
        if group not in self._closures:
            seen, stack = set(), [group]
            while stack:
                at = stack.pop()
                if at not in seen:
                    seen.add(at)
                    stack.extend(self.implied.get(at, ()))
            self._closures[group] = frozenset(seen)
        return self._closures[group]

    def path(self, source, target):
        """Return one shortest chain of group ids from `source` to `target`, or None."""
        before, wave = {source: None}, [source]
        while wave and target not in before:
            following = []
            for at in wave:
                for other in sorted(self.implied.get(at, ())):
                    if other not in before:
                        before[other] = at
                        following.append(other)
            wave = following
        if target not in before:
            return None
        chain = [target]
        while before[chain[-1]] is not None:
            chain.append(before[chain[-1]])
        return chain[::-1]

    # What users have

    def groups_of(self, user_id, now, companies=frozenset()):
        """Return ids of the groups a user has at `now` while `companies` are selected."""
        lines = self.by_user.get(user_id, ())
        all_groups = {self.role_groups[line.role_id] for line in lines}
        given = {self.role_groups[line.role_id] for line in lines if line.in_force(now, companies)}
        return self.closure(self.by_hand(user_id, all_groups, given) | given)

    def by_hand(self, user_id, all_groups, given):
        """Return the stored groups of a user that no role of his explains away."""
        stale = all_groups - given
        stored = set(self.stored.get(user_id, ()))
        return stored - stale - (self.closure(stale) - self.closure(given))

    def sources_of(self, user_id):
        """Return `(line, groups)` of what a user has or will have; by hand is a line too."""
        lines = self.by_user.get(user_id, ())
        sources = [(line, self._closure_of(self.role_groups[line.role_id])) for line in lines]
        by_roles = set().union(*(groups for _line, groups in sources)) if sources else set()
        loose = self.stored.get(user_id, set()) - by_roles
        if loose:
            sources.append((Line(0, user_id, 0), self.closure(loose)))
        return sources

    def users(self):
        return set(self.by_user) | set(self.stored)

    # Changes

    def connect(self, group, other):
        self.implied.setdefault(group, set()).add(other)
        self._closures.clear()

    def disconnect(self, group, other):
        self.implied.get(group, set()).discard(other)
        self._closures.clear()

    def add_line(self, line):
        if not self.by_user[line.user_id]:
            # As with the server, roles take the place of groups by hand.
            self.stored[line.user_id] = self.stored.get(line.user_id, set()) & self.kept
        self.lines[line.id] = line
        self.by_user[line.user_id].append(line)

    def remove_line(self, line_id):
        line = self.lines.pop(line_id)
        self.by_user[line.user_id].remove(line)
        if not self.by_user[line.user_id]:
            # As with the server, whoever loses his last role keeps nothing.
            self.stored[line.user_id] = self.stored.get(line.user_id, set()) & self.kept
            return
        gone = self.role_groups[line.role_id]
        rest = self.closure(self.role_groups[other.role_id] for other in self.by_user[line.user_id])
        stored = self.stored.get(line.user_id, set())
        stored -= {gone} | (self._closure_of(gone) - rest)


def load(env):
    """Read the graph from the database as it is in this transaction."""
    env.flush_all()
    cr = env.cr
    implied, stored = defaultdict(set), defaultdict(set)
    cr.execute('SELECT gid, hid FROM res_groups_implied_rel')
    for group, other in cr.fetchall():
        implied[group].add(other)
    cr.execute('SELECT uid, gid FROM res_groups_users_rel')
    for user, group in cr.fetchall():
        stored[user].add(group)
    cr.execute('SELECT id, group_id FROM res_users_role')
    role_groups = dict(cr.fetchall())
    records = env['res.users.role.line'].sudo().with_context(active_test=False).search([])
    lines = {}
    for record in records:
        start, end = record._interval()
        companies = frozenset(record.company_ids.ids)
        lines[record.id] = Line(
            record.id, record.user_id.id, record.role_id.id, start, end, companies
        )
    kept = frozenset(env['res.users']._get_self_writable_groups().ids)
    return Graph(dict(implied), role_groups, lines, dict(stored), kept)

import logging
from datetime import timedelta

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError
from odoo.http import request
from odoo.tools import SQL

from .. import const_account as const

_logger = logging.getLogger(__name__)

# Deleting an account may empty the link to it. Lines whose time is over may go, and no others.
GUARD_FUNCTION = """
CREATE OR REPLACE FUNCTION rbac_login_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.user_id IS NULL
       AND to_jsonb(NEW) - 'user_id' = to_jsonb(OLD) - 'user_id' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND current_setting('rbac.retention', true) = 'on'
       AND OLD.date < now() AT TIME ZONE 'utc' - make_interval(days => TG_ARGV[0]::int) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$
"""
GUARDS = (
    ('rbac_login_guard', 'UPDATE OR DELETE', 'ROW'),
    ('rbac_login_guard_truncate', 'TRUNCATE', 'STATEMENT'),
)


class RbacLogin(models.Model):
    """One line per sign-in, kept or refused; failures are counted here, for all processes."""

    _name = 'rbac.login'
    _description = 'Sign-In'
    _order = 'id desc'
    _rec_name = 'login'
    _log_access = False

    date = fields.Datetime(
        string='Time', required=True, readonly=True, default=fields.Datetime.now, index=True
    )
    result = fields.Selection(const.SIGN_IN_RESULTS, required=True, readonly=True)
    login = fields.Char(required=True, readonly=True, help='As it was typed in.')
    user_id = fields.Many2one(
        'res.users', string='Account', readonly=True, index='btree_not_null', ondelete='set null'
    )
    address = fields.Char(readonly=True)
    user_agent = fields.Char(readonly=True)
    until = fields.Datetime(string='Locked Until', readonly=True)

    _login_idx = models.Index('(login, id)')
    _lock_idx = models.Index("(login, id DESC) WHERE result IN ('lock', 'unlock')")

    # === SCHEMA METHODS === #

    def init(self):
        """Have the database refuse changes, whoever asks."""
        self.env.cr.execute(GUARD_FUNCTION)
        for name, events, each in GUARDS:
            self.env.cr.execute(
                SQL(
                    'CREATE OR REPLACE TRIGGER %s BEFORE %s ON %s FOR EACH %s'
                    ' EXECUTE FUNCTION rbac_login_guard(%s)',
                    SQL.identifier(name),
                    SQL(events),
                    SQL.identifier(self._table),
                    SQL(each),
                    str(const.RETENTION_FLOOR_DAYS),
                )
            )

    # === CRUD METHODS === #

    def write(self, vals):
        """Override to refuse everybody, sudo included."""
        self._refuse(self.env._('Sign-ins are never changed.'))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self.env._('Sign-ins are never deleted.'))

    def copy(self, default=None):
        """Override to refuse everybody."""
        self._refuse(self.env._('Sign-ins are never copied.'))
        return super().copy(default)

    def _refuse(self, message):
        raise AccessError(message)

    # === BUSINESS METHODS === #

    @api.model
    def _limit(self, name, default):
        """Return a limit from the system parameters, at least 1."""
        parameters = self.env['ir.config_parameter'].sudo()
        return max(1, int(parameters.get_param(f'rbac_ext.{name}', default)))

    @api.model
    def _append(self, result, login, user_id=False, **values):
        """Write a line in this transaction."""
        asked = request.httprequest if request else None
        return self.sudo().create(
            {
                'result': result,
                # NUL is no text to PostgreSQL, and a typed login has any length.
                'login': (login or '?').replace('\0', '')[:254],
                'user_id': user_id,
                'address': asked.remote_addr if asked else False,
                'user_agent': (asked.user_agent.string or '')[:254] if asked else False,
                **values,
            }
        )

    @api.model
    def _note(self, failure, login, user_id=False):
        """Write a failure that outlives the rollback to come, and lock when there were too many.

        Attempts that run at the very same moment may each see one failure less, so a lock can
        come late by as many attempts as run in parallel, not more.

        :param str failure: 'failure' or 'refused'
        """
        try:
            with self.env.registry.cursor() as cr:
                # Whoever holds the account's row for long must not hold up the refusal.
                cr.execute("SET LOCAL lock_timeout = '3s'")
                logins = api.Environment(cr, SUPERUSER_ID, {})['rbac.login']
                locked = logins._note_here(failure, login, user_id)
        except psycopg2.Error:
            _logger.exception('the sign-in of %r could not be noted', login)
            return
        if locked:
            _logger.warning('login %r is locked after too many failures', login)
            # Passwords that were right before are remembered per process.
            self.env.registry.clear_cache()
            self.env.registry.signal_changes()

    def _note_here(self, failure, login, user_id):
        # The account may have been made by a transaction that is still open.
        user_id = self.env['res.users'].browse(user_id or ()).exists().id
        if failure == 'refused':
            minute_ago = fields.Datetime.now() - timedelta(minutes=1)
            known = [('login', '=', login), ('result', '=', 'refused'), ('date', '>', minute_ago)]
            if not self.search_count(known, limit=1):
                self._append('refused', login, user_id)
            return False
        self._append('failure', login, user_id)
        if self._count_failures(login) < self._limit('lock_after', const.LOCK_AFTER):
            return False
        minutes = self._limit('lock_minutes', const.LOCK_MINUTES)
        until = fields.Datetime.now() + timedelta(minutes=minutes)
        self._append('lock', login, user_id, until=until)
        return True

    @api.model
    def _count_failures(self, login):
        """Return the failures of a login since it was last used, locked or unlocked."""
        minutes = self._limit('lock_window_minutes', const.LOCK_WINDOW_MINUTES)
        self.flush_model()
        [[count]] = self.env.execute_query(
            SQL(
                """
                SELECT count(*) FROM rbac_login
                 WHERE login = %(login)s AND result = 'failure' AND date > %(start)s
                   AND id > COALESCE((
                        SELECT max(id) FROM rbac_login WHERE login = %(login)s
                           AND result IN ('success', 'lock', 'unlock')), 0)
                """,
                login=login,
                start=fields.Datetime.now() - timedelta(minutes=minutes),
            )
        )
        return count

    @api.model
    def _locked_until(self, logins=None):
        """Return `login → end of the lock` of those logins, or of all, that are locked now."""
        self.flush_model()
        chosen = SQL('AND login = ANY(%s)', list(logins)) if logins is not None else SQL()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT login, until FROM (
                    SELECT DISTINCT ON (login) login, until FROM rbac_login
                     WHERE result IN ('lock', 'unlock') %s ORDER BY login, id DESC) AS last
                 WHERE until > %s
                """,
                chosen,
                fields.Datetime.now(),
            )
        )
        return dict(rows)

    # === CRON === #

    @api.autovacuum
    def _gc_logins(self):
        """Delete one batch of the lines whose time is over.

        :return: number of deleted lines, and how many more there may be
        :rtype: tuple[int, int]
        """
        days = self._limit('login_retention_days', const.RETENTION_DAYS)
        end = fields.Datetime.now() - timedelta(days=max(days, const.RETENTION_FLOOR_DAYS))
        self.env.cr.execute("SET LOCAL rbac.retention = 'on'")
        self.env.cr.execute(
            """
            DELETE FROM rbac_login WHERE id IN (
                SELECT id FROM rbac_login WHERE date < %s ORDER BY date LIMIT %s)
            """,
            (end, const.VACUUM_BATCH),
        )
        done = self.env.cr.rowcount
        self.env.cr.execute("SET LOCAL rbac.retention = 'off'")
        self.invalidate_model()
        return done, int(done == const.VACUUM_BATCH)

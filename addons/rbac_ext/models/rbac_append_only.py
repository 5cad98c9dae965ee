import logging
from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError
from odoo.tools import SQL

from .. import const_log

_logger = logging.getLogger(__name__)

# Refuses, whoever asks. Retention needs no exception: it drops whole partitions.
GUARD_FUNCTION = """
CREATE OR REPLACE FUNCTION rbac_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$
"""
GUARDS = {'ROW': 'UPDATE OR DELETE', 'STATEMENT': 'TRUNCATE'}


class RbacReadOnly(models.AbstractModel):
    """Rows that the ORM reads and nothing else: functions of the addon write them by SQL.

    A model of a table that such a function makes sets `_auto = False` and `_log_access = False`
    itself: Odoo does not inherit them, and would replace the foreign keys by its own.
    """

    _name = 'rbac.read.only'
    _description = 'Rows That Are Only Read'

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override to refuse everybody, sudo included."""
        self._refuse()
        return super().create(vals_list)

    def write(self, vals):
        """Override to refuse everybody, sudo included."""
        self._refuse()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        self._refuse()

    def _refuse(self):
        raise AccessError(
            self.env._('What is recorded is neither made, changed nor deleted by anyone.')
        )


class RbacAppendOnly(models.AbstractModel):
    """Lines that nobody changes or deletes, in monthly partitions.

    Odoo takes a partitioned table for a missing one, so the model reads a view `<table>` over
    the partitioned table `<table>_store`. Triggers on the table refuse UPDATE, DELETE and
    TRUNCATE; retention drops the partition of a whole month. A concrete model sets
    `_auto = False` and `_store_indexes`, and has the field `time`.
    """

    _name = 'rbac.append.only'
    _inherit = 'rbac.read.only'
    _description = 'Lines That Are Only Appended'
    _store_indexes = {}

    # === SCHEMA METHODS === #

    def init(self):
        """Make or complete the table, its guards, its partitions and the view."""
        if self._abstract:
            return
        cr, store = self.env.cr, SQL.identifier(self._store_table())
        columns = self._store_columns()
        cr.execute(
            SQL(
                """CREATE TABLE IF NOT EXISTS %s (
                       id bigserial NOT NULL, time timestamp NOT NULL, PRIMARY KEY (id, time)
                   ) PARTITION BY RANGE (time)""",
                store,
            )
        )
        for name, kind in columns.items():
            cr.execute(
                SQL(
                    'ALTER TABLE %s ADD COLUMN IF NOT EXISTS %s %s',
                    store,
                    SQL.identifier(name),
                    SQL(kind),
                )
            )
        for name, definition in self._store_indexes.items():
            index = SQL.identifier(f'{self._store_table()}_{name}_idx')
            cr.execute(SQL('CREATE INDEX IF NOT EXISTS %s ON %s %s', index, store, SQL(definition)))
        cr.execute(GUARD_FUNCTION)
        self._guard_table(self._store_table(), ('ROW', 'STATEMENT'))
        self._make_view(columns)
        self._make_partitions()

    def _store_table(self):
        return f'{self._table}_store'

    def _store_columns(self):
        """Return SQL type by name of the stored fields."""
        return {
            field.name: field.column_type[1]
            for field in self._fields.values()
            if field.store and field.column_type and field.name != 'id'
        }

    def _make_view(self, columns):
        tools.drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute(
            SQL(
                'CREATE VIEW %s AS SELECT id, %s FROM %s',
                SQL.identifier(self._table),
                SQL(', ').join(SQL.identifier(name) for name in columns),
                SQL.identifier(self._store_table()),
            )
        )

    def _guard_table(self, table, levels):
        """Put the triggers on a table; those of rows reach its partitions by themselves."""
        for level in levels:
            name = f'rbac_append_only_{level.lower()}'
            self.env.cr.execute(
                'SELECT 1 FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = %s',
                (table, name),
            )
            if self.env.cr.fetchone():
                continue
            self.env.cr.execute(
                SQL(
                    'CREATE TRIGGER %s BEFORE %s ON %s FOR EACH %s'
                    ' EXECUTE FUNCTION rbac_append_only()',
                    SQL.identifier(name),
                    SQL(GUARDS[level]),
                    SQL.identifier(table),
                    SQL(level),
                )
            )

    # === PARTITION METHODS === #

    def _make_partitions(self):
        """Make the partitions of this month and of some months ahead."""
        first = fields.Date.today().replace(day=1)
        for months in range(const_log.LOG_MONTHS_AHEAD + 1):
            self._make_partition(first + relativedelta(months=months))

    def _make_partition(self, first):
        """Make the partition of the month that begins on `first`.

        It is attached, not created in place: attaching does not wait for those who write.
        """
        cr, name = self.env.cr, self._partition_name(first)
        cr.execute('SELECT pg_advisory_xact_lock(hashtext(%s))', ('rbac_append_only',))
        cr.execute('SELECT to_regclass(%s)', (name,))
        if cr.fetchone()[0]:
            return
        part, store = SQL.identifier(name), SQL.identifier(self._store_table())
        cr.execute(SQL('CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS)', part, store))
        cr.execute(
            SQL(
                'ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)',
                store,
                part,
                first,
                first + relativedelta(months=1),
            )
        )
        self._guard_table(name, ('STATEMENT',))
        cr.cache.setdefault('rbac_ext.new_partitions', set()).add(name)
        cr.postrollback.add(lambda: cr.cache.pop('rbac_ext.new_partitions', None))

    def _partition_name(self, first):
        return f'{self._store_table()}_{first:%Y%m}'

    def _partitions(self):
        """Return `(first day, table name)` of each partition, oldest first."""
        self.env.cr.execute(
            """SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = %s::regclass ORDER BY 1""",
            (self._store_table(),),
        )
        names = [name for (name,) in self.env.cr.fetchall()]
        return [(date(int(name[-6:-2]), int(name[-2:]), 1), name) for name in names]

    def _ensure_partition(self):
        """Make this month's partition should the scheduled action have failed for months."""
        name = self._partition_name(fields.Date.today())
        if name in self.env.cr.cache.get('rbac_ext.new_partitions', ()):
            # Made in this transaction: it may still vanish, so no process may remember it.
            return
        if not self._knows_partition(name):
            self._make_partition(fields.Date.today().replace(day=1))
            self.env.registry.clear_cache()

    @tools.ormcache('name')
    def _knows_partition(self, name):
        self.env.cr.execute('SELECT to_regclass(%s)', (name,))
        return bool(self.env.cr.fetchone()[0])

    def _drop_partitions(self, keep_months):
        """Drop the partitions of months that are over for `keep_months` months.

        :return: names of the dropped tables
        """
        limit = fields.Date.today().replace(day=1) - relativedelta(months=keep_months)
        old = [name for first, name in self._partitions() if first < limit]
        for name in old:
            self.env.cr.execute(SQL('DROP TABLE %s', SQL.identifier(name)))
            _logger.info('%s: %s dropped, its time of %s months is over', self, name, keep_months)
        return old

    # === BUSINESS METHODS === #

    def _append(self, rows):
        """Append lines, dicts with the same keys each; `time` is now."""
        self._ensure_partition()
        names = list(rows[0])
        values = [
            SQL(
                "(statement_timestamp() AT TIME ZONE 'UTC', %s)",
                SQL(', ').join(row[n] for n in names),
            )
            for row in rows
        ]
        self.env.cr.execute(
            SQL(
                'INSERT INTO %s (time, %s) VALUES %s',
                SQL.identifier(self._store_table()),
                SQL(', ').join(map(SQL.identifier, names)),
                SQL(', ').join(values),
            )
        )

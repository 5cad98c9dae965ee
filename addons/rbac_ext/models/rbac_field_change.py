from odoo import api, fields, models
from odoo.tools import SQL

from .. import const_log, masking

NOW = SQL("statement_timestamp() AT TIME ZONE 'UTC'")


class RbacFieldChange(models.Model):
    """Old and new value of one field of one record.

    Whatever is written, changed values are found and stored by one statement: the old ones
    never leave the database.
    """

    _name = 'rbac.field.change'
    _description = 'Field Change'
    _inherit = 'rbac.append.only'
    _auto = False
    _order = 'id desc'
    _rec_name = 'field'
    # Each index costs a tenth of recording; whoever looks for a person's acts has the log's.
    _store_indexes = {'record': '(res_id, model)'}

    time = fields.Datetime(readonly=True)
    user_id = fields.Many2one('res.users', readonly=True)
    login = fields.Char(readonly=True)
    model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field='model', string='Record ID', readonly=True)
    res_name = fields.Char(compute='_compute_res_name', string='Record')
    field = fields.Char(readonly=True)
    operation = fields.Selection(
        list(const_log.CHANGE_OPERATIONS), string='Kind of Change', readonly=True
    )
    old_value = fields.Text(readonly=True)
    new_value = fields.Text(readonly=True)
    old_text = fields.Text(compute='_compute_texts', string='From')
    new_text = fields.Text(compute='_compute_texts', string='To')
    request_id = fields.Char(string='Request ID', readonly=True)

    # === COMPUTE METHODS === #

    @api.depends('model', 'res_id')
    def _compute_res_name(self):
        for model, lines in self.grouped('model').items():
            known = self.env.get(model)
            names = {}
            if known is not None:
                records = known.sudo().browse(lines.mapped('res_id')).exists()
                names = {record.id: record.display_name for record in records}
            for line in lines:
                line.res_name = names.get(line.res_id)

    @api.depends('model', 'field', 'old_value', 'new_value')
    def _compute_texts(self):
        for line in self:
            line.old_text = line._readable(line.old_value)
            line.new_text = line._readable(line.new_value)

    def _readable(self, value):
        """Return a stored value as people know it: names instead of ids and codes."""
        model = self.env.get(self.model)
        field = model._fields.get(self.field) if model is not None else None
        if not value or field is None or value == const_log.MASK:
            return value
        if field.type in ('many2one', 'many2many'):
            ids = [int(part) for part in value.split(',')]
            found = self.env[field.comodel_name].sudo().browse(ids).exists()
            names = {record.id: record.display_name for record in found}
            return ', '.join(f'{names[i]} ({i})' if i in names else str(i) for i in ids)
        if field.type == 'selection':
            return dict(field._description_selection(self.env)).get(value, value)
        return value

    # === RECORDING === #

    @api.model
    def _record_written(self, records, names, vals, write):
        """Call `write(vals)` and record what it changes of the fields `names`."""
        plain = [name for name in names if _is_plain(records._fields[name])]
        if plain:
            self._insert_plain(records, plain, 'write', vals)
        others = [name for name in names if name not in plain]
        if not others:
            return write(vals)
        before = _values(records, others)
        result = write(vals)
        after = _values(records, others)
        self._insert_values(records, 'write', before, after)
        return result

    @api.model
    def _record_created(self, records, names):
        # Their rows are to be inserted by the next flush, so the values come from the cache.
        filled = _values(records, sorted(names))
        self._insert_values(
            records, 'create', {}, {k: v for k, v in filled.items() if v not in ('false', '0')}
        )

    @api.model
    def _record_deleted(self, records, names):
        plain = sorted(name for name in names if _is_plain(records._fields[name]))
        if plain:
            self._insert_plain(records, plain, 'unlink')
        others = sorted(name for name in names if name not in plain)
        self._insert_values(records, 'unlink', _values(records, others), {})

    @api.model
    def _insert_plain(self, records, names, operation, vals=None):
        """Record the change of plain columns to `vals`, or their end."""
        ids = ','.join(str(record_id) for record_id in records._ids if record_id)
        if not ids:
            return
        self._ensure_partition()
        records.flush_recordset(names)
        pairs = SQL(', ').join(_pair(records, name, vals) for name in names)
        self.env.cr.execute(
            SQL(
                """INSERT INTO %s (time, user_id, login, model, operation, request_id,
                                   res_id, field, old_value, new_value)
                   SELECT %s, %s, r.id, v.field, v.old, v.new
                     FROM %s r
               CROSS JOIN LATERAL (VALUES %s) v (field, old, new, changed)
                    WHERE r.id = ANY(CAST(%s AS int[])) AND v.changed""",
                SQL.identifier(self._store_table()),
                NOW,
                self._who(records, operation),
                SQL.identifier(records._table),
                pairs,
                # One text: a list would reach the database as an expression of as many terms.
                f'{{{ids}}}',
            )
        )

    @api.model
    def _insert_values(self, records, operation, before, after):
        """Record the differences of two dicts `(field, id) → text`."""
        changed = [
            (name, res_id, before.get((name, res_id)), after.get((name, res_id)))
            for name, res_id in before.keys() | after.keys()
            if before.get((name, res_id)) != after.get((name, res_id))
        ]
        if not changed:
            return
        self._ensure_partition()
        secret = {n for n in {row[0] for row in changed} if _is_secret(records, n)}
        columns = [list(column) for column in zip(*sorted(changed, key=str), strict=True)]
        for column in columns[2:]:
            for index, name in enumerate(columns[0]):
                if name in secret and column[index] is not None:
                    column[index] = const_log.MASK
        self.env.cr.execute(
            SQL(
                """INSERT INTO %s (time, user_id, login, model, operation, request_id,
                                   field, res_id, old_value, new_value)
                   SELECT %s, %s, v.*
                     FROM unnest(%s::varchar[], %s::int[], %s::text[], %s::text[]) v""",
                SQL.identifier(self._store_table()),
                NOW,
                self._who(records, operation),
                *columns,
            )
        )

    @api.model
    def _who(self, records, operation):
        # The login is read by the statement itself, which saves reading the whole user.
        self.env['res.users'].flush_model(['login'])
        return SQL(
            '%s, (SELECT login FROM res_users WHERE id = %s), %s, %s, %s',
            self.env.uid,
            self.env.uid,
            records._name,
            operation,
            self.env['rbac.log']._request_id(),
        )


def _is_plain(field):
    """Tell whether the field's column holds the value as it is."""
    return field.column_type and not field.translate and not field.company_dependent


def _is_secret(records, name):
    return masking.is_secret_field(records._fields[name])


def _pair(records, name, vals):
    """Return the SQL row `(field, old, new, changed)` of a plain column of `r`."""
    field = records._fields[name]
    kind = SQL(field.column_type[1])
    column = SQL.identifier('r', name)
    if field.type == 'boolean':
        column = SQL('COALESCE(%s, false)', column)
    value = None
    if vals is not None:
        value = field.convert_to_column(vals[name], records[:1], vals)
        if field.type == 'boolean':
            value = bool(value)
    new = SQL('CAST(%s AS %s)', value, kind)
    changed = SQL('%s IS DISTINCT FROM %s', column, new)
    if _is_secret(records, name):
        column, new = (
            SQL('CASE WHEN %s IS NULL THEN NULL ELSE %s END', item, const_log.MASK)
            for item in (column, new)
        )
    return SQL('(%s, CAST(%s AS text), CAST(%s AS text), %s)', name, column, new, changed)


def _values(records, names):
    """Return `(field, id) → text` of the values that are not empty."""
    found = {}
    for record in records.filtered('id'):
        for name in names:
            text = _text(record._fields[name], record[name])
            if text is not None:
                found[name, record.id] = text
    return found


def _text(field, value):
    """Return a value as the column's text would be, None if it is empty."""
    if field.type == 'boolean':
        return 'true' if value else 'false'
    if field.type in ('many2one', 'many2many'):
        return ','.join(map(str, sorted(value.ids))) or None
    if value is False or value is None or value == '':
        return None
    return str(value)

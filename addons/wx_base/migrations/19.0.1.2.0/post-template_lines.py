"""Contents of message templates become rows: one for each key of the JSON text of before.

The column goes away by itself at the end of the update.
"""

from odoo.tools import sql


def migrate(cr, version):
    if not version or not sql.column_exists(cr, 'wx_message_template', 'mapping'):
        return
    cr.execute(
        """
        INSERT INTO wx_message_template_line
               (template_id, company_id, key, text, sequence,
                create_uid, write_uid, create_date, write_date)
        SELECT template.id, template.company_id, content.key, content.text, 10 * content.place,
               template.write_uid, template.write_uid, template.write_date, template.write_date
          FROM wx_message_template template,
               json_each_text(template.mapping::json)
                   WITH ORDINALITY AS content(key, text, place)
         WHERE template.mapping IS NOT NULL
        ON CONFLICT (template_id, key) DO NOTHING
        """
    )

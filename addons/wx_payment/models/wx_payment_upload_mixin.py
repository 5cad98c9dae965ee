import base64
import binascii

from odoo import api, models
from odoo.exceptions import ValidationError

SUFFIX = '_file'
MAX_BYTES = 64 * 1024


class WxPaymentUploadMixin(models.AbstractModel):
    """Texts that may be pasted or uploaded: a file given as `<field>_file` fills `<field>`.

    Such a field is a `Binary` with `store=False`, so the file itself is kept nowhere.
    """

    _name = 'wx.payment.upload.mixin'
    _description = 'Uploaded Texts'

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._take_uploads(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._take_uploads(vals))

    # === BUSINESS METHODS === #

    @api.model
    def _take_uploads(self, vals):
        """Return the values with the text of each file in the place of the file."""
        uploads = [name for name in vals if name.endswith(SUFFIX) and name in self._fields]
        taken = {name: value for name, value in vals.items() if name not in uploads}
        for name in uploads:
            if vals[name]:
                taken[name.removesuffix(SUFFIX)] = self._read_upload(name, vals[name])
        return taken

    @api.model
    def _read_upload(self, name, content):
        try:
            raw = base64.b64decode(content, validate=True)
            text = raw.decode('utf-8-sig')
        except (binascii.Error, ValueError) as error:
            raise self._upload_error(name) from error
        if len(raw) > MAX_BYTES or '\0' in text:
            raise self._upload_error(name)
        return text.strip()

    @api.model
    def _upload_error(self, name):
        label = self._fields[name]._description_string(self.env)
        return ValidationError(
            self.env._('%(field)s: choose a text file such as .pem, .crt or .txt.', field=label)
        )

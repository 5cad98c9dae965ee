import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";

/** One permission, with a box for each role that is shown. */
export class MatrixRow extends Component {
    static template = "rbac_ext.MatrixRow";
    static props = {
        row: Object,
        roles: Array,
        editable: Boolean,
        toggle: Function,
    };

    setup() {
        this.on = useState(this.props.row.on);
    }

    isOn(roleId) {
        return Boolean(this.on[roleId] || this.props.row.inherited[roleId]);
    }

    isChanged(roleId) {
        return Boolean(this.on[roleId]) !== Boolean(this.props.row.saved[roleId]);
    }

    isFixed(roleId) {
        return !this.props.editable || Boolean(this.props.row.inherited[roleId]);
    }

    titleOf(role) {
        return this.props.row.inherited[role.id]
            ? _t("%(role)s: by another of its groups", { role: role.name })
            : role.name;
    }

    onChange(ev) {
        const roleId = Number(ev.target.dataset.role);
        if (roleId) {
            this.props.toggle(this.props.row, roleId);
        }
    }
}

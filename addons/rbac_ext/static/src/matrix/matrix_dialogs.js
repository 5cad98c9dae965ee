import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { useAutofocus } from "@web/core/utils/hooks";

/** What a save would change, before it is done. */
export class PreviewDialog extends Component {
    static template = "rbac_ext.MatrixPreviewDialog";
    static components = { Dialog };
    static props = {
        close: Function,
        preview: Object,
        count: Number,
        save: Function,
    };

    async onSave() {
        await this.props.save();
        this.props.close();
    }
}

/** Asks for the name of a copy. */
export class CopyRoleDialog extends Component {
    static template = "rbac_ext.MatrixCopyRoleDialog";
    static components = { Dialog };
    static props = {
        close: Function,
        role: Object,
        copy: Function,
    };

    setup() {
        this.state = useState({ name: "" });
        useAutofocus({ refName: "name" });
    }

    async onCopy() {
        const name = this.state.name.trim();
        if (name) {
            await this.props.copy(name);
            this.props.close();
        }
    }
}

/** What can be done with one role. */
export class RoleMenu extends Component {
    static template = "rbac_ext.MatrixRoleMenu";
    static props = {
        close: Function,
        items: Array,
    };

    onChoose(item) {
        this.props.close();
        item.choose();
    }
}

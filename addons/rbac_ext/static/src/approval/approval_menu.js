import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

/** Shows how many requests wait for the person at work, and opens them; hidden without any. */
export class ApprovalMenu extends Component {
    static props = [];
    static template = "rbac_ext.ApprovalMenu";

    setup() {
        this.action = useService("action");
        this.waiting = useState(useService("rbac_approvals"));
        this.waiting.refresh();
    }

    get title() {
        return _t("Approvals that wait for you: %s", this.waiting.count);
    }

    open() {
        this.action.doAction("rbac_ext.rbac_approval_action", { clearBreadcrumbs: true });
    }
}

registry
    .category("systray")
    .add("rbac_ext.approval_menu", { Component: ApprovalMenu }, { sequence: 22 });

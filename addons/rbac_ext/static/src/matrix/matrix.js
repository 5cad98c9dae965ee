import { Component, onWillStart, useExternalListener, useState } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { usePopover } from "@web/core/popover/popover_hook";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { CopyRoleDialog, PreviewDialog, RoleMenu } from "./matrix_dialogs";
import { MatrixRow } from "./matrix_row";
import { MatrixState } from "./matrix_state";

export class Matrix extends Component {
    static template = "rbac_ext.Matrix";
    static components = { Layout, MatrixRow };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.menu = usePopover(RoleMenu, { position: "bottom-start" });
        this.display = { controlPanel: {} };
        // The web client's page does not tell its language; the style of the heads asks for it.
        this.lang = user.lang;
        this.state = useState({
            query: "",
            roleQuery: "",
            one: 0,
            other: 0,
            changed: 0,
            closed: {},
            // Told anew when the matrix is loaded again.
            version: 0,
        });
        useSetupAction({ beforeLeave: () => this.askToLeave() });
        useExternalListener(window, "beforeunload", (ev) => {
            if (this.state.changed) {
                ev.preventDefault();
            }
        });
        onWillStart(() => this.load());
    }

    async load() {
        const data = await this.orm.call("rbac.matrix", "load_matrix", []);
        this.matrix = new MatrixState(data);
        this.showRoles();
        this.state.changed = 0;
        this.state.version++;
    }

    // What is shown

    get groups() {
        return this.matrix.groups({
            query: this.state.query,
            compare: this.comparing ? [this.state.one, this.state.other] : [],
        });
    }

    get comparing() {
        return Boolean(this.state.one && this.state.other && this.state.one !== this.state.other);
    }

    /** Keep one list for all rows: a new list would draw each of them again. */
    showRoles() {
        const words = this.state.roleQuery.toLowerCase();
        const wanted = this.comparing ? [this.state.one, this.state.other] : null;
        this.roles = this.matrix.roles.filter((role) =>
            wanted ? wanted.includes(role.id) : role.name.toLowerCase().includes(words)
        );
    }

    onRoleQuery(ev) {
        this.state.roleQuery = ev.target.value;
        this.showRoles();
    }

    onCompare(side, ev) {
        this.state[side] = Number(ev.target.value);
        this.showRoles();
    }

    compareWith(role) {
        if (this.state.one && this.state.one !== role.id) {
            this.state.other = role.id;
        } else {
            this.state.one = role.id;
        }
        this.showRoles();
    }

    stopComparing() {
        this.state.one = 0;
        this.state.other = 0;
        this.showRoles();
    }

    toggleGroup(key) {
        this.state.closed[key] = !this.state.closed[key];
    }

    // Changes

    onToggle(row, roleId) {
        const before = this.matrix.isChanged(row, roleId);
        this.matrix.toggle(row, roleId);
        this.state.changed += this.matrix.isChanged(row, roleId) - before;
    }

    discard() {
        this.matrix.reset();
        this.state.changed = 0;
    }

    async onSave() {
        const changes = this.matrix.changes();
        const preview = await this.orm.call("rbac.matrix", "preview", [changes]);
        this.dialog.add(PreviewDialog, {
            preview,
            count: changes.length,
            save: async () => {
                await this.orm.call("rbac.matrix", "apply", [changes]);
                this.notification.add(_t("The roles are saved."), { type: "success" });
                await this.load();
            },
        });
    }

    copyRole(role) {
        if (this.state.changed) {
            this.notification.add(_t("Save or discard your changes first."), { type: "warning" });
            return;
        }
        this.dialog.add(CopyRoleDialog, {
            role,
            copy: async (name) => {
                await this.orm.call("rbac.matrix", "copy_role", [role.id, name]);
                await this.load();
            },
        });
    }

    /** Open the menu of a role; one popover serves all columns. */
    openMenu(ev, role) {
        const items = [
            {
                name: "open",
                label: _t("Open (users: %(count)s)", { count: role.users }),
                choose: () => this.openRole(role),
            },
            { name: "compare", label: _t("Compare…"), choose: () => this.compareWith(role) },
        ];
        if (this.matrix.editable) {
            items.push({ name: "copy", label: _t("Copy…"), choose: () => this.copyRole(role) });
        }
        this.menu.open(ev.currentTarget, { items });
    }

    openRole(role) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.users.role",
            res_id: role.id,
            views: [[false, "form"]],
        });
    }

    async askToLeave() {
        if (!this.state.changed) {
            return true;
        }
        return new Promise((resolve) => {
            this.dialog.add(
                ConfirmationDialog,
                {
                    title: _t("Unsaved changes"),
                    body: _t("Leave without saving the changed permissions?"),
                    confirmLabel: _t("Leave"),
                    confirm: () => resolve(true),
                    cancel: () => resolve(false),
                },
                { onClose: () => resolve(false) }
            );
        });
    }
}

registry.category("actions").add("rbac_ext.matrix", Matrix);

import { reactive } from "@odoo/owl";

/**
 * What the matrix shows and what was changed in it, without any screen.
 *
 * A row is reactive on its own, so that a click draws one row and not all of them.
 */
export class MatrixState {
    constructor(data) {
        this.roles = data.roles;
        this.editable = data.editable;
        this.rows = data.permissions.map((permission) => ({
            permission,
            text: `${permission.code} ${permission.name} ${permission.description}`.toLowerCase(),
            on: reactive({}),
            saved: {},
            // By another group of the role: shown, and not changed here.
            inherited: {},
        }));
        this.rowById = new Map(this.rows.map((row) => [row.permission.id, row]));
        for (const [roleId, permissionId, direct] of data.cells) {
            const row = this.rowById.get(permissionId);
            if (direct) {
                row.on[roleId] = true;
                row.saved[roleId] = true;
            } else {
                row.inherited[roleId] = true;
            }
        }
    }

    isChanged(row, roleId) {
        return Boolean(row.on[roleId]) !== Boolean(row.saved[roleId]);
    }

    has(row, roleId) {
        return Boolean(row.on[roleId] || row.inherited[roleId]);
    }

    toggle(row, roleId) {
        if (this.editable && !row.inherited[roleId]) {
            row.on[roleId] = !row.on[roleId];
        }
    }

    /** Return changes as the server takes them: `[role id, permission id, carries]`. */
    changes() {
        const changes = [];
        for (const row of this.rows) {
            for (const { id } of this.roles) {
                if (this.isChanged(row, id)) {
                    changes.push([id, row.permission.id, Boolean(row.on[id])]);
                }
            }
        }
        return changes;
    }

    reset() {
        for (const row of this.rows) {
            for (const { id } of this.roles) {
                if (this.isChanged(row, id)) {
                    row.on[id] = Boolean(row.saved[id]);
                }
            }
        }
    }

    /**
     * Return the rows to show as applications, areas and permissions, in order.
     *
     * @param {Object} filter
     * @param {string} filter.query words that code, name or description contain
     * @param {number[]} filter.compare two role ids, or none: only rows in which they differ
     */
    groups({ query = "", compare = [] } = {}) {
        const words = query.toLowerCase().split(/\s+/).filter(Boolean);
        const [one, other] = compare;
        const groups = new Map();
        for (const row of this.rows) {
            const { app, app_name, area } = row.permission;
            if (!words.every((word) => row.text.includes(word))) {
                continue;
            }
            if (one && other && this.has(row, one) === this.has(row, other)) {
                continue;
            }
            if (!groups.has(app)) {
                groups.set(app, { key: app, name: app_name, count: 0, areas: new Map() });
            }
            const group = groups.get(app);
            if (!group.areas.has(area)) {
                group.areas.set(area, { key: area, rows: [] });
            }
            group.areas.get(area).rows.push(row);
            group.count++;
        }
        return [...groups.values()].map((group) => ({ ...group, areas: [...group.areas.values()] }));
    }
}

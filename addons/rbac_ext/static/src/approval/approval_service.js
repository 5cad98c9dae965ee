import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { reactive } from "@odoo/owl";

/**
 * Knows how many requests for approval wait for the person at work. The server tells by the bus
 * that something has changed, never how many: each person may decide other requests. Whoever
 * shows the number asks for it first.
 */
export const approvalService = {
    dependencies: ["bus_service", "orm"],
    start(env, { bus_service, orm }) {
        const waiting = reactive({ count: 0, refresh: () => refresh() });
        const last = new KeepLast();
        const refresh = async () => {
            waiting.count = await last.add(orm.silent.call("rbac.approval", "count_waiting"));
        };
        bus_service.subscribe("rbac.approval/waiting", refresh);
        bus_service.addEventListener("BUS:RECONNECT", refresh);
        bus_service.start();
        return waiting;
    },
};

registry.category("services").add("rbac_approvals", approvalService);

import { waitUntilSubscribe } from "@bus/../tests/bus_test_helpers";
import { defineMailModels, startServer } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { animationFrame, click, waitFor, waitForNone } from "@odoo/hoot-dom";
import {
    asyncStep,
    mockService,
    mountWithCleanup,
    onRpc,
    waitForSteps,
} from "@web/../tests/web_test_helpers";
import { ApprovalMenu } from "@rbac_ext/approval/approval_menu";

describe.current.tags("desktop");
defineMailModels();

/** Show the counter while the server names these numbers, one a question. */
async function show(...numbers) {
    onRpc("rbac.approval", "count_waiting", () => {
        asyncStep("asked");
        return numbers.shift();
    });
    const pyEnv = await startServer();
    const subscribed = waitUntilSubscribe();
    await mountWithCleanup(ApprovalMenu);
    await waitForSteps(["asked"]);
    await subscribed;
    await animationFrame();
    return () => pyEnv["bus.bus"]._sendone("broadcast", "rbac.approval/waiting", {});
}

test("it is hidden while nothing waits", async () => {
    await show(0);
    expect(".o_rbac_approvals").toHaveCount(0);
});

test("it shows how many wait, and opens them", async () => {
    mockService("action", { doAction: (action) => expect.step(action) });
    await show(3);
    expect(".o_rbac_approvals .badge").toHaveText("3");
    expect(".o_rbac_approvals").toHaveAttribute("title", "Approvals that wait for you: 3");
    await click(".o_rbac_approvals");
    expect.verifySteps(["rbac_ext.rbac_approval_action"]);
});

test("it asks anew when the server says so, and only then", async () => {
    const tell = await show(0, 2, 0);
    tell();
    await waitForSteps(["asked"]);
    await waitFor(".o_rbac_approvals .badge:text(2)");
    tell();
    await waitForSteps(["asked"]);
    await waitForNone(".o_rbac_approvals");
});

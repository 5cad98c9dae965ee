import { registry } from "@web/core/registry";

const box = (code, role) =>
    `.o_rbac_matrix_row[data-code='${code}'] input[aria-label^='${role}:']`;

registry.category("web_tour.tours").add("rbac_ext_matrix", {
    url: "/odoo/role-matrix",
    steps: () => [
        {
            content: "find a permission",
            trigger: ".o_rbac_matrix_search",
            run: "edit emergency",
        },
        {
            content: "others are gone",
            trigger: ".o_rbac_matrix:not(:has([data-code='rbac.role.manage']))",
        },
        {
            content: "give it to a role",
            trigger: box("rbac.emergency.take", "Tour Role"),
            run: "click",
        },
        { trigger: ".o_rbac_matrix_count:contains(1)" },
        { content: "take it back", trigger: ".o_rbac_matrix_discard", run: "click" },
        { trigger: `.o_rbac_matrix:not(:has(.o_rbac_matrix_count))` },
        {
            content: "and give it again",
            trigger: box("rbac.emergency.take", "Tour Role"),
            run: "click",
        },
        { trigger: ".o_rbac_matrix_save:enabled", run: "click" },
        {
            content: "the summary names who gains",
            trigger: ".o_rbac_matrix_preview tr:contains(Tour User):contains(rbac.emergency.take)",
        },
        { trigger: ".o_rbac_matrix_confirm", run: "click" },
        { trigger: ".o_rbac_matrix_save:disabled" },
        {
            content: "compare two roles",
            trigger: ".o_rbac_matrix_search",
            run: "clear",
        },
        { trigger: ".o_rbac_matrix_one", run: "selectByLabel Tour Role" },
        { trigger: ".o_rbac_matrix_other", run: "selectByLabel Tour Other" },
        {
            content: "only what differs is left",
            trigger:
                ".o_rbac_matrix:has([data-code='rbac.emergency.take']):not(:has([data-code='rbac.role.manage']))",
        },
        { trigger: "button:contains(Show all)", run: "click" },
        { trigger: ".o_rbac_matrix [data-code='rbac.role.manage']" },
        {
            content: "copy the role",
            trigger: ".o_rbac_matrix_role:contains(Tour Role) button",
            run: "click",
        },
        { trigger: ".o_rbac_matrix_menu [data-name=copy]", run: "click" },
        { trigger: "#rbac_copy_name", run: "edit Tour Copy" },
        { trigger: ".modal-footer .btn-primary:enabled", run: "click" },
        { trigger: ".o_rbac_matrix_role:contains(Tour Copy)" },
        { trigger: `${box("rbac.emergency.take", "Tour Copy")}:checked` },
    ],
});

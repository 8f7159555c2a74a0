/* SPDX-License-Identifier: Apache-2.0
 * hone devices: what a session could run on here, and why something could not be used. */
#include "cli.h"
#include "engine.h"
#include "json_text.h"
#include "say.h"
#include "table.h"

const option_row devices_options[] = {
    {NULL, 0, OPTION_FLAG, 0, NULL, NULL},
};

static void give_text(engine *e) {
    table t;
    table_begin(&t, "llll");
    table_cell(&t, "provider");
    table_cell(&t, "usable");
    table_cell(&t, "device");
    table_cell(&t, "why not");
    for (uint32_t i = 0; i < hone_ctx_provider_count(e->ctx); i++) {
        hone_provider_info info = HONE_PROVIDER_INFO_INIT;
        if (hone_ctx_provider(e->ctx, i, &info) != HONE_OK) continue;
        table_cell(&t, "%s", info.name);
        table_cell(&t, "%s", info.is_usable ? "yes" : "no");
        table_cell(&t, "%s", info.device);
        table_cell(&t, "%s", info.is_usable ? "" : info.reason);
    }
    table_end(&t, 0, stdout);
    printf("\n%u processors, hone %s\n", hone_cpu_count(), hone_version());
}

static void give_json(engine *e) {
    cJSON *root = json_object(NULL, "");
    json_text(root, "version", hone_version());
    json_number(root, "processors", hone_cpu_count());
    cJSON *list = json_array(root, "providers");
    for (uint32_t i = 0; i < hone_ctx_provider_count(e->ctx); i++) {
        hone_provider_info info = HONE_PROVIDER_INFO_INIT;
        if (hone_ctx_provider(e->ctx, i, &info) != HONE_OK) continue;
        cJSON *item = json_item(list);
        json_text(item, "name", info.name);
        json_text(item, "device", info.device);
        json_flag(item, "usable", info.is_usable);
        json_text(item, "reason", info.reason);
    }
    json_print(root);
}

int verb_devices(int n_args, char **args) {
    common_options o = {0};
    option_count count = {0, 0, 0};
    int code = options_parse("devices", n_args, args, &o, &count);
    if (code != CLI_DONE) return code;
    engine e;
    code = engine_open_ctx(&e, &o);
    if (code == CLI_DONE && o.is_json) {
        give_json(&e);
    } else if (code == CLI_DONE) {
        give_text(&e);
    }
    engine_close(&e);
    return code;
}

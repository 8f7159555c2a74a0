/* SPDX-License-Identifier: Apache-2.0
 * hone devices: what a session could run on here, and why something could not be used; with
 * --measure, what the processor reaches at best. */
#include "cli.h"
#include "engine.h"
#include "json_text.h"
#include "say.h"
#include "table.h"

typedef struct devices_values {
    common_options common;
    int has_measure;
} devices_values;

const option_row devices_options[] = {
    {"measure", 0, OPTION_FLAG, offsetof(devices_values, has_measure), NULL,
     "multiply-add rates and memory bandwidth"},
    {NULL, 0, OPTION_FLAG, 0, NULL, NULL},
};

static void text_peak(const hone_peak *p) {
    table t;
    table_begin(&t, "lrr");
    table_cell(&t, "at best");
    table_cell(&t, "1 thread");
    table_cell(&t, "%u threads", p->threads);
    const double *const rate[] = {p->f32_macs, p->s8_macs, p->read_bytes};
    static const char *const name[] = {"f32 GMAC/s", "int8 GMAC/s", "memory GB/s"};
    for (int i = 0; i < 3; i++) {
        table_cell(&t, "%s", name[i]);
        for (int k = 0; k < 2; k++) table_cell(&t, "%.1f", rate[i][k] / 1e9);
    }
    putchar('\n');
    table_end(&t, 0, stdout);
}

static void json_pair(cJSON *root, const char *name, const double pair[2]) {
    cJSON *list = json_array(root, name);
    for (int k = 0; k < 2; k++) cJSON_AddItemToArray(list, cJSON_CreateNumber(pair[k]));
}

static void json_peak(cJSON *root, const hone_peak *p) {
    cJSON *peak = json_object(root, "peak");
    json_number(peak, "threads", p->threads);
    json_pair(peak, "f32_macs_per_s", p->f32_macs);
    json_pair(peak, "s8_macs_per_s", p->s8_macs);
    json_pair(peak, "read_bytes_per_s", p->read_bytes);
}

static void give_text(engine *e, const hone_peak *peak) {
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
    if (peak != NULL) text_peak(peak);
    printf("\n%u processors, hone %s\n", hone_cpu_count(), hone_version());
}

static void give_json(engine *e, const hone_peak *peak) {
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
    if (peak != NULL) json_peak(root, peak);
    json_print(root);
}

int verb_devices(int n_args, char **args) {
    devices_values o = {0};
    option_count count = {0, 0, 0};
    int code = options_parse("devices", n_args, args, &o, &count);
    if (code != CLI_DONE) return code;
    engine e;
    hone_peak peak = HONE_PEAK_INIT;
    code = engine_open_ctx(&e, &o.common);
    if (code == CLI_DONE && o.has_measure &&
        hone_ctx_peak(e.ctx, o.common.threads, &peak) != HONE_OK) {
        code = say_failed("devices", "%s", hone_ctx_message(e.ctx));
    }
    const hone_peak *found = o.has_measure ? &peak : NULL;
    if (code == CLI_DONE && o.common.is_json) {
        give_json(&e, found);
    } else if (code == CLI_DONE) {
        give_text(&e, found);
    }
    engine_close(&e);
    return code;
}

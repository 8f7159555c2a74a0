/* SPDX-License-Identifier: Apache-2.0
 * The test provider, built in and as a plug-in, takes part of a graph through submit and WAIT and
 * gives the CPU's bytes; strict mode refuses with a node and a reason; unknown names are errors.
 * HN_PLUGINS is the folder of the plug-in. */
#include "system/system.h"

#include <stdlib.h>
#include <string.h>

static unsigned count_kind(hone_session *session, const char *kind, const char *name) {
    hone_step_info info = HONE_STEP_INFO_INIT;
    unsigned n = 0;
    for (uint32_t i = 0; hone_session_step(session, i, &info) == HONE_OK; i++) {
        if (strcmp(info.kind, kind) == 0 && strcmp(info.kernel, name) == 0) n++;
    }
    return n;
}

static void agree(const char *path, const hone_ctx_options *ctx, const char *provider) {
    engine cpu, other;
    hone_session_options options = HONE_SESSION_OPTIONS_INIT;
    options.threads = 2;
    options.providers = provider;
    if (!engine_open(&cpu, path, NULL, NULL)) return;
    const unsigned long long want = run_hash(cpu.session, 5);
    engine_close(&cpu);
    if (!engine_open(&other, path, ctx, &options)) return;
    const unsigned n = count_kind(other.session, "call", provider);
    expect(n > 0, "%s: provider %s took nothing", path, provider);
    expect(count_kind(other.session, "wait", provider) == n, "%s: calls without a wait", path);
    for (int run = 0; run < 5; run++) {
        expect(run_hash(other.session, 5) == want, "%s: provider %s gives other bytes", path,
               provider);
    }
    engine_close(&other);
}

static void refusals(void) {
    engine e = {NULL, NULL, NULL};
    hone_session_options options = HONE_SESSION_OPTIONS_INIT;
    expect(hone_ctx_new(NULL, &e.ctx) == HONE_OK, "context");
    expect(hone_model_load(e.ctx, "models/fashion_f32.onnx", NULL, &e.model) == HONE_OK, "%s",
           hone_ctx_message(e.ctx));
    options.providers = "test";
    options.strict_providers = 1;
    expect(hone_session_new(e.model, &options, &e.session) == HONE_E_PROVIDER, "strict: %s",
           hone_model_message(e.model));
    expect(strstr(hone_model_message(e.model), "conv") != NULL, "no operator in: %s",
           hone_model_message(e.model));
    options.providers = "nobody";
    expect(hone_session_new(e.model, &options, &e.session) == HONE_E_ARGUMENT, "unknown provider");
    engine_close(&e);
}

void system_providers(void) {
    const char *plugins = getenv("HN_PLUGINS");
    hone_ctx_options with_plugins = HONE_CTX_OPTIONS_INIT;
    with_plugins.provider_path = plugins;
    agree("models/fashion_f32.onnx", NULL, "test");
    const char *resnet = shared_model("resnet8_cifar10.onnx");
    if (resnet != NULL) agree(resnet, NULL, "test");
    if (plugins != NULL) {
        agree("models/fashion_f32.onnx", &with_plugins, "test_plugin");
        if (resnet != NULL) agree(resnet, &with_plugins, "test_plugin");
    } else {
        skip("HN_PLUGINS");
    }
    refusals();
}

/* SPDX-License-Identifier: Apache-2.0
 * Contexts: the pool, the providers, and the places where messages are read. */
#include <string.h>

#include "api/handles.h"
#include "base/platform.h"
#include "pipeline/image.h"
#include "plan/build.h"
#include "providers/cpu/cpu.h"
#include "providers/cpu/peak.h"

const char *hone_version(void) {
    return "0.1.0";
}

static hone_status start(hone_ctx *ctx, const hone_ctx_options *options) {
    ctx->max_threads = options->max_threads > 0 ? options->max_threads : hn_cpu_count();
    HN_TRY(hn_pool_new(&ctx->env, ctx->max_threads, &ctx->pool));
    return hn_registry_init(&ctx->registry, &ctx->env, &hn_graph_api, options->provider_path);
}

hone_status hone_ctx_new(const hone_ctx_options *options, hone_ctx **out) {
    static const hone_ctx_options defaults = HONE_CTX_OPTIONS_INIT;
    if (out == NULL) return HONE_E_ARGUMENT;
    if (options == NULL) options = &defaults;
    if (options->struct_size < sizeof *options) return HONE_E_ARGUMENT;
    hn_env env;
    hn_env_init(&env);
#ifdef HN_HAVE_PICTURES
    env.decode_picture = hn_image_decode;
#endif
    if (options->allocator.alloc != NULL) {
        env.allocator.alloc = options->allocator.alloc;
        env.allocator.free = options->allocator.free;
        env.allocator.user = options->allocator.user;
    }
    hone_ctx *ctx = hn_alloc(&env, sizeof *ctx);
    if (ctx == NULL) return HONE_E_MEMORY;
    hn_env_inherit(&ctx->env, &env);
    pthread_mutex_init(&ctx->lock, NULL);
    const hone_status status = start(ctx, options);
    if (status != HONE_OK) {
        hone_ctx_free(ctx);
        return status;
    }
    *out = ctx;
    return HONE_OK;
}

void hone_ctx_free(hone_ctx *ctx) {
    if (ctx == NULL) return;
    hn_env env = ctx->env;
    if (ctx->registry.arena.env != NULL) hn_registry_fini(&ctx->registry);
    hn_pool_free(ctx->pool);
    pthread_mutex_destroy(&ctx->lock);
    hn_free(&env, ctx);
}

const char *hone_ctx_message(const hone_ctx *ctx) {
    return ctx != NULL ? ctx->env.message : "the context could not be made";
}

const char *hone_model_message(const hone_model *model) {
    return model != NULL ? model->env.message : "there is no model";
}

const char *hone_session_message(const hone_session *session) {
    return session != NULL ? session->run->env.message : "there is no session";
}

uint32_t hone_ctx_provider_count(const hone_ctx *ctx) {
    return ctx->registry.n;
}

hone_status hone_ctx_provider(hone_ctx *ctx, uint32_t i, hone_provider_info *info) {
    pthread_mutex_lock(&ctx->lock);
    if (i >= ctx->registry.n) {
        const hone_status status =
            hn_fail(&ctx->env, HONE_E_ARGUMENT, "no provider %u: there are %u", i, ctx->registry.n);
        pthread_mutex_unlock(&ctx->lock);
        return status;
    }
    hn_registry_open(&ctx->registry, i);
    hn_provider_entry *e = &ctx->registry.entries[i];
    info->name = e->name;
    info->is_usable = e->is_usable;
    info->reason = e->reason;
    info->device = "";
    if (i == 0) {
        info->device = hn_cpu_describe(e->reason, sizeof e->reason);
        info->reason = "";
    } else if (e->is_usable) {
        info->device = e->provider->describe(e->device);
    }
    pthread_mutex_unlock(&ctx->lock);
    return HONE_OK;
}

uint64_t hone_time_ns(void) {
    return hn_time_ns();
}

uint64_t hone_cpu_time_ns(void) {
    return hn_cpu_time_ns();
}

uint64_t hone_rss_bytes(void) {
    return hn_rss_bytes();
}

uint32_t hone_cpu_count(void) {
    return hn_cpu_count();
}

hone_status hone_ctx_peak(hone_ctx *ctx, uint32_t threads, hone_peak *peak) {
    hn_peak found;
    if (peak == NULL || peak->struct_size < sizeof *peak) return HONE_E_ARGUMENT;
    if (threads == 0) threads = ctx->max_threads;
    pthread_mutex_lock(&ctx->lock);
    hone_status status = hn_pool_reserve(&ctx->env, ctx->pool, threads);
    if (status == HONE_OK) status = hn_peak_measure(&ctx->env, ctx->pool, threads, &found);
    pthread_mutex_unlock(&ctx->lock);
    if (status != HONE_OK) return status;
    peak->threads = threads;
    memcpy(peak->f32_macs, found.f32_macs, sizeof peak->f32_macs);
    memcpy(peak->s8_macs, found.s8_macs, sizeof peak->s8_macs);
    memcpy(peak->read_bytes, found.read_bytes, sizeof peak->read_bytes);
    return HONE_OK;
}

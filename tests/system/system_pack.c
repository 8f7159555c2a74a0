/* SPDX-License-Identifier: Apache-2.0
 * Pack files: a session that is given one answers with the same bytes and packs nothing; one of
 * another model or CPU level, and one that was cut or changed, is refused with a message or does no
 * harm; nothing is left behind where writing or memory fails. */
#include "system/system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BYTES = 32 << 20, HEAD_BYTES = 80, ENTRY_BYTES = 32, MOST_ALLOCATIONS = 20000 };
enum { AT_ENTRIES = 16 }; /* where the header counts them */

static char folder[64], pack[80], other[80];
static unsigned char bytes[MOST_BYTES], changed[MOST_BYTES];

static hone_session_options options_with(const char *path) {
    hone_session_options o = HONE_SESSION_OPTIONS_INIT;
    o.threads = 1;
    o.pack = path;
    return o;
}

static size_t read_file(const char *path, unsigned char *to) {
    FILE *f = fopen(path, "rb");
    const size_t n = f != NULL ? fread(to, 1, MOST_BYTES, f) : 0;
    if (f != NULL) fclose(f);
    return n;
}

static void write_file(const char *path, const unsigned char *from, size_t n) {
    FILE *f = fopen(path, "wb");
    expect(f != NULL && fwrite(from, 1, n, f) == n, "%s cannot be written", path);
    if (f != NULL) fclose(f);
}

/* ---- the same answer ---- */

static uint64_t packed_bytes(hone_session *session, uint64_t *mapped) {
    hone_session_stats stats = HONE_SESSION_STATS_INIT;
    expect(hone_session_query(session, &stats) == HONE_OK, "no figures");
    *mapped = stats.mapped_bytes;
    return stats.packed_bytes;
}

static bool make_pack(const char *model, const char *path, unsigned long long *hash,
                      uint64_t *n_packed) {
    engine e;
    uint64_t mapped;
    if (!engine_open(&e, model, NULL, NULL)) return false;
    *hash = run_hash(e.session, 5);
    *n_packed = packed_bytes(e.session, &mapped);
    const hone_status status = hone_session_write_pack(e.session, path);
    expect(status == HONE_OK, "%s: %s", model, hone_session_message(e.session));
    engine_close(&e);
    return status == HONE_OK;
}

static void answers_the_same(const char *model) {
    const hone_session_options options = options_with(pack);
    unsigned long long hash = 0;
    uint64_t n_packed = 0, mapped = 0;
    engine e;
    if (!make_pack(model, pack, &hash, &n_packed)) return;
    if (!engine_open(&e, model, NULL, &options)) return;
    expect(packed_bytes(e.session, &mapped) >= n_packed && mapped >= n_packed,
           "%s: %llu bytes of %llu came from the pack", model, (unsigned long long)mapped,
           (unsigned long long)n_packed);
    expect(run_hash(e.session, 5) == hash, "%s: another answer with its pack", model);
    engine_close(&e);
}

/* Few kernels look at the size of images when they ask for an order of weights: most are found. */
static void serves_all_shapes(const char *model) {
    const hone_input_shape one = {"x", 4, {1, 3, 64, 96}}, two = {"x", 4, {1, 3, 128, 32}};
    const hone_session_options options = options_with(pack);
    unsigned long long hash = 0;
    uint64_t packed = 0, mapped = 0;
    engine e;
    if (!engine_open(&e, model, NULL, NULL)) return;
    expect(hone_session_resize_inputs(e.session, &one, 1) == HONE_OK, "%s", model);
    expect(hone_session_write_pack(e.session, pack) == HONE_OK, "%s", model);
    expect(hone_session_resize_inputs(e.session, &two, 1) == HONE_OK, "%s", model);
    hash = run_hash(e.session, 5);
    engine_close(&e);
    if (!engine_open(&e, model, NULL, &options)) return;
    expect(hone_session_resize_inputs(e.session, &two, 1) == HONE_OK, "%s", model);
    packed = packed_bytes(e.session, &mapped);
    expect(mapped > packed / 2, "%s: %llu of %llu bytes from the pack", model,
           (unsigned long long)mapped, (unsigned long long)packed);
    expect(run_hash(e.session, 5) == hash, "%s: another answer with another shape", model);
    engine_close(&e);
}

/* ---- refusals ---- */

/* The status of a session with the pack at `path`; checks that a refusal says why. */
static hone_status open_with(const char *model, const char *path, const char *cpu) {
    engine e = {NULL, NULL, NULL};
    hone_session_options options = options_with(path);
    options.cpu = cpu;
    hone_status status = hone_ctx_new(NULL, &e.ctx);
    if (status == HONE_OK) status = hone_model_load(e.ctx, model, NULL, &e.model);
    expect(status == HONE_OK, "%s", model);
    if (status == HONE_OK) {
        status = hone_session_new(e.model, &options, &e.session);
        const char *message = hone_model_message(e.model);
        expect(status == HONE_OK || strstr(message, path) != NULL, "the message is '%s'", message);
    }
    if (status == HONE_OK) {
        fill_inputs(e.session, 3);
        expect(hone_session_run(e.session) == HONE_OK, "%s", hone_session_message(e.session));
    }
    engine_close(&e);
    return status;
}

static void refuses_what_is_not_its_own(const char *model, const char *stranger) {
    unsigned long long hash;
    uint64_t n;
    if (!make_pack(model, pack, &hash, &n)) return;
    expect(open_with(model, pack, NULL) == HONE_OK, "its own pack is refused");
    expect(open_with(stranger, pack, NULL) == HONE_E_ARGUMENT, "another model's pack is taken");
    expect(open_with(model, pack, "ref") == HONE_E_ARGUMENT, "another level's pack is taken");
    expect(open_with(model, model, NULL) == HONE_E_FORMAT, "a model is taken for a pack");
    expect(open_with(model, folder, NULL) == HONE_E_FILE, "a folder is taken for a pack");
    expect(open_with(model, other, NULL) == HONE_E_FILE, "a pack that is not there is taken");
    /* a model that differs by one weight */
    const size_t n_bytes = read_file(model, bytes);
    bytes[n_bytes / 2] ^= 1;
    write_file(other, bytes, n_bytes);
    expect(open_with(other, pack, NULL) == HONE_E_ARGUMENT, "the pack of other weights is taken");
    unlink(other);
}

static void survives_damage(const char *model) {
    const size_t n = read_file(pack, bytes);
    expect(n > HEAD_BYTES, "no pack");
    for (size_t i = 0; i < 64 && n > 0; i++) { /* cut, half of them within the table */
        write_file(other, bytes, i % 2 == 0 ? n * i / 64 : 8 * i);
        expect(open_with(model, other, NULL) != HONE_OK, "a pack cut at %zu is taken", i);
    }
    const size_t n_table = HEAD_BYTES + (size_t)bytes[AT_ENTRIES] * ENTRY_BYTES;
    for (size_t i = 0; i < n_table && i < n; i++) {
        memcpy(changed, bytes, n);
        changed[i] ^= (unsigned char)(1u << i % 8);
        write_file(other, changed, n);
        expect(open_with(model, other, NULL) != HONE_OK, "a pack changed at %zu is taken", i);
    }
    for (size_t i = 0; i < 64; i++) { /* weights may be anything */
        memcpy(changed, bytes, n);
        memset(changed + n - 1 - n * i / 128, i % 2 == 0 ? 0xff : 0x80, n * i / 128);
        write_file(other, changed, n);
        (void)open_with(model, other, NULL);
    }
    unlink(other);
}

/* ---- memory runs out ---- */

static hone_status write_and_read(const char *model, account *a) {
    hone_ctx_options ctx = HONE_CTX_OPTIONS_INIT;
    hone_session_options options = options_with(NULL);
    engine e = {NULL, NULL, NULL};
    hone_session *second = NULL;
    ctx.allocator = failing_allocator(a);
    ctx.max_threads = 1;
    hone_status status = hone_ctx_new(&ctx, &e.ctx);
    if (status == HONE_OK) status = hone_model_load(e.ctx, model, NULL, &e.model);
    if (status == HONE_OK) status = hone_session_new(e.model, &options, &e.session);
    if (status == HONE_OK) status = hone_session_write_pack(e.session, other);
    options.pack = other;
    if (status == HONE_OK) status = hone_session_new(e.model, &options, &second);
    hone_session_free(second);
    engine_close(&e);
    return status;
}

static void leaves_nothing(const char *model) {
    account a = {0, 0, 0, false};
    expect(write_and_read(model, &a) == HONE_OK && a.n_open == 0, "%s", model);
    const unsigned long n = a.n_made;
    expect(n < MOST_ALLOCATIONS, "%lu allocations", n);
    for (unsigned long i = 1; i <= n && n < MOST_ALLOCATIONS; i++) {
        account once = {0, i, 0, false};
        (void)write_and_read(model, &once);
        expect(once.n_open == 0, "allocation %lu of %lu failing: %lu blocks open", i, n,
               once.n_open);
    }
    unlink(other);
}

static void writes_whole_files_only(const char *model) {
    engine e;
    if (!engine_open(&e, model, NULL, NULL)) return;
    expect(hone_session_write_pack(e.session, "/nowhere/x.pack") == HONE_E_FILE, "no such folder");
    expect(hone_session_message(e.session)[0] != '\0', "no message");
    expect(hone_session_write_pack(e.session, folder) == HONE_E_FILE, "it is a folder");
    engine_close(&e);
}

void system_pack(void) {
    const char *temp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.40s/hone_pack_XXXXXX", temp != NULL ? temp : "/tmp");
    expect(mkdtemp(folder) != NULL, "no temporary folder");
    snprintf(pack, sizeof pack, "%s/model.pack", folder);
    snprintf(other, sizeof other, "%s/other.pack", folder);
    const char *path = NULL;
    for (unsigned i = 0; (path = spine_model(i)) != NULL; i++) {
        if (path[0] != 0) answers_the_same(path);
    }
    const char *pictures = shared_model("ppocr_v3_det.onnx");
    if (pictures != NULL) serves_all_shapes(pictures);
    const char *half = shared_model("selfie_seg_f16.tflite");
    if (half != NULL) answers_the_same(half);
    refuses_what_is_not_its_own("models/fashion_i8.tflite", "models/fashion_f32.onnx");
    survives_damage("models/fashion_i8.tflite");
    writes_whole_files_only("models/fashion_i8.tflite");
    leaves_nothing("models/fashion_f32.onnx");
    unlink(pack);
    expect(rmdir(folder) == 0, "something was left in %s", folder);
}

/* SPDX-License-Identifier: Apache-2.0
 * A provider for tests: float32 add, sub, mul and relu of equal shapes, on a thread of its own, so
 * that submit really returns before the work is done. It uses include/hone/provider.h and nothing
 * else of hone, and is built twice: into the library, and as a plug-in (HN_PLUGIN), whose name
 * differs so that both can be open at once. */
#include "hone/provider.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { MAX_NODES = 256, MAX_PORTS = 512 };

#ifdef HN_PLUGIN
#define PROVIDER_NAME "test_plugin"
#else
#define PROVIDER_NAME "test"
#endif

typedef enum kind { KIND_ADD, KIND_SUB, KIND_MUL, KIND_RELU, KIND_COUNT } kind;
static const char *const kind_names[KIND_COUNT] = {"add", "sub", "mul", "relu"};

/* Where an operand lies: a port of the group, a constant, or memory of the program. */
typedef struct place {
    enum { PLACE_IN, PLACE_OUT, PLACE_FIXED } where;
    uint32_t index;
    float *fixed;
} place;

typedef struct node {
    kind kind;
    size_t n;
    bool has_relu;
    place a, b, out;
} node;

typedef struct program {
    uint32_t n_nodes;
    node nodes[MAX_NODES];
    void *blocks[MAX_NODES]; /* memory of inner values */
    uint32_t n_blocks;
    const void *const *in;
    void *const *out;
    struct program *next; /* in the queue */
    uint64_t submitted, done;
} program;

typedef struct device {
    const hone_provider_host *host;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work, finished;
    program *first, *last;
    bool is_closing;
} device;

static const float *read_place(const program *p, const place *at) {
    if (at->where == PLACE_IN) return p->in[at->index];
    if (at->where == PLACE_OUT) return p->out[at->index];
    return at->fixed;
}

static void run_node(const program *p, const node *n) {
    const float *a = read_place(p, &n->a), *b = read_place(p, &n->b);
    float *out = n->out.where == PLACE_OUT ? p->out[n->out.index] : n->out.fixed;
    for (size_t i = 0; i < n->n; i++) {
        float v = a[i];
        if (n->kind == KIND_ADD) v += b[i];
        if (n->kind == KIND_SUB) v -= b[i];
        if (n->kind == KIND_MUL) v *= b[i];
        if ((n->kind == KIND_RELU || n->has_relu) && v < 0.0f) v = 0.0f;
        out[i] = v;
    }
}

static void *serve(void *user) {
    device *d = user;
    pthread_mutex_lock(&d->lock);
    for (;;) {
        while (d->first == NULL && !d->is_closing) pthread_cond_wait(&d->work, &d->lock);
        if (d->first == NULL) break;
        program *p = d->first;
        d->first = p->next;
        if (d->first == NULL) d->last = NULL;
        pthread_mutex_unlock(&d->lock);
        for (uint32_t i = 0; i < p->n_nodes; i++) run_node(p, &p->nodes[i]);
        pthread_mutex_lock(&d->lock);
        p->done = p->submitted;
        pthread_cond_broadcast(&d->finished);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

static hone_status open_device(const hone_provider_host *host, void **out, char *why,
                               size_t n_why) {
    device *d = host->alloc(host->user, sizeof *d);
    if (d == NULL) {
        snprintf(why, n_why, "out of memory");
        return HONE_E_MEMORY;
    }
    memset(d, 0, sizeof *d);
    d->host = host;
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->work, NULL);
    pthread_cond_init(&d->finished, NULL);
    if (pthread_create(&d->thread, NULL, serve, d) != 0) {
        host->free(host->user, d);
        snprintf(why, n_why, "its thread could not be started");
        return HONE_E_PROVIDER;
    }
    *out = d;
    return HONE_OK;
}

static void close_device(void *user) {
    device *d = user;
    pthread_mutex_lock(&d->lock);
    d->is_closing = true;
    pthread_cond_signal(&d->work);
    pthread_mutex_unlock(&d->lock);
    pthread_join(d->thread, NULL);
    pthread_cond_destroy(&d->finished);
    pthread_cond_destroy(&d->work);
    pthread_mutex_destroy(&d->lock);
    d->host->free(d->host->user, d);
}

static const char *describe(void *user) {
    (void)user;
    return "one thread, float32 elementwise (for tests)";
}

static bool kind_of(const char *op, kind *out) {
    for (int k = 0; k < KIND_COUNT; k++) {
        if (strcmp(op, kind_names[k]) != 0) continue;
        *out = (kind)k;
        return true;
    }
    return false;
}

static bool same_shape(const hone_graph_api *api, const hone_graph_view *g, uint32_t a,
                       uint32_t b) {
    int64_t x[HONE_MAX_RANK], y[HONE_MAX_RANK];
    const uint32_t rank = api->value_shape(g, a, x);
    return api->value_shape(g, b, y) == rank && memcmp(x, y, rank * sizeof *x) == 0;
}

static int supports(void *user, const hone_graph_view *g, uint32_t n, char *why, size_t n_why) {
    const hone_graph_api *api = ((device *)user)->host->graph;
    kind k;
    if (!kind_of(api->node_op(g, n), &k)) {
        snprintf(why, n_why, "operator %s is not one of add, sub, mul, relu", api->node_op(g, n));
        return 0;
    }
    const char *activation = "";
    api->node_string(g, n, "activation", &activation);
    if (activation[0] != 0 && strcmp(activation, "relu") != 0) {
        snprintf(why, n_why, "activation %s", activation);
        return 0;
    }
    const uint32_t out = api->node_output(g, n, 0);
    for (uint32_t i = 0; i < api->node_input_count(g, n); i++) {
        const uint32_t v = api->node_input(g, n, i);
        if (api->value_dtype(g, v) != HONE_DTYPE_F32 || !same_shape(api, g, v, out)) {
            snprintf(why, n_why, "operand %u is not float32 of the output's shape", i);
            return 0;
        }
    }
    return 1;
}

static size_t count(const hone_graph_api *api, const hone_graph_view *g, uint32_t value) {
    int64_t dim[HONE_MAX_RANK];
    size_t n = 1;
    const uint32_t rank = api->value_shape(g, value, dim);
    for (uint32_t d = 0; d < rank; d++) n *= (size_t)dim[d];
    return n;
}

/* Finds where a value lies; inner values get memory when their maker is compiled. */
static bool find_place(const hone_graph_api *api, const hone_graph_view *g, const program *p,
                       uint32_t value, place *out) {
    size_t n_bytes = 0;
    const void *constant = api->value_constant(g, value, &n_bytes);
    for (uint32_t i = 0; i < api->output_count(g); i++) {
        if (api->output(g, i) != value) continue;
        *out = (place){PLACE_OUT, i, NULL};
        return true;
    }
    for (uint32_t i = 0; i < api->input_count(g); i++) {
        if (api->input(g, i) != value) continue;
        *out = (place){PLACE_IN, i, NULL};
        return true;
    }
    for (uint32_t i = 0; i < p->n_nodes; i++) {
        if (api->node_output(g, i, 0) != value) continue;
        *out = p->nodes[i].out;
        return true;
    }
    *out = (place){PLACE_FIXED, 0, (float *)constant};
    return constant != NULL;
}

static void release(void *user, void *made) {
    device *d = user;
    program *p = made;
    for (uint32_t i = 0; i < p->n_blocks; i++) d->host->free(d->host->user, p->blocks[i]);
    d->host->free(d->host->user, p);
}

static bool compile_node(const device *d, const hone_graph_view *g, program *p, uint32_t i) {
    const hone_graph_api *api = d->host->graph;
    node *n = &p->nodes[i];
    const char *activation = "";
    const uint32_t out = api->node_output(g, i, 0);
    if (!kind_of(api->node_op(g, i), &n->kind)) return false;
    api->node_string(g, i, "activation", &activation);
    n->has_relu = activation[0] != 0;
    n->n = count(api, g, out);
    if (!find_place(api, g, p, api->node_input(g, i, 0), &n->a)) return false;
    n->b = n->a;
    if (n->kind != KIND_RELU && !find_place(api, g, p, api->node_input(g, i, 1), &n->b))
        return false;
    if (!find_place(api, g, p, out, &n->out)) {
        void *block = d->host->alloc(d->host->user, n->n * sizeof(float));
        if (block == NULL) return false;
        p->blocks[p->n_blocks++] = block;
        n->out = (place){PLACE_FIXED, 0, block};
    }
    p->n_nodes = i + 1;
    return true;
}

static hone_status compile(void *user, const hone_graph_view *g, void **out, char *why,
                           size_t n_why) {
    device *d = user;
    const uint32_t n = d->host->graph->node_count(g);
    program *p = n <= MAX_NODES ? d->host->alloc(d->host->user, sizeof *p) : NULL;
    if (p == NULL) {
        snprintf(why, n_why, "a group of %u nodes does not fit", n);
        return HONE_E_MEMORY;
    }
    memset(p, 0, sizeof *p);
    for (uint32_t i = 0; i < n; i++) {
        if (compile_node(d, g, p, i)) continue;
        release(d, p);
        snprintf(why, n_why, "node %u could not be compiled", i);
        return HONE_E_MEMORY;
    }
    *out = p;
    return HONE_OK;
}

static hone_status submit(void *user, void *made, const void *const *in, void *const *out,
                          uint64_t *token) {
    device *d = user;
    program *p = made;
    pthread_mutex_lock(&d->lock);
    p->in = in;
    p->out = out;
    p->next = NULL;
    *token = ++p->submitted;
    if (d->last != NULL) d->last->next = p;
    if (d->first == NULL) d->first = p;
    d->last = p;
    pthread_cond_signal(&d->work);
    pthread_mutex_unlock(&d->lock);
    return HONE_OK;
}

static hone_status wait_for(void *user, void *made, uint64_t token) {
    device *d = user;
    const program *p = made;
    pthread_mutex_lock(&d->lock);
    while (p->done < token) pthread_cond_wait(&d->finished, &d->lock);
    pthread_mutex_unlock(&d->lock);
    return HONE_OK;
}

static const hone_provider provider = {
    sizeof provider, HONE_PROVIDER_ABI, PROVIDER_NAME, open_device, close_device, describe,
    supports,        compile,           release,       submit,      wait_for};

#ifdef HN_PLUGIN
const hone_provider *hone_provider_entry(void);
const hone_provider *hone_provider_entry(void) {
    return &provider;
}
#else
const hone_provider *hn_provider_test(void);
const hone_provider *hn_provider_test(void) {
    return &provider;
}
#endif

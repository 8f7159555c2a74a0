/* SPDX-License-Identifier: Apache-2.0
 * Operators with bodies on the host, where shapes may change from trip to trip. Tensors pass from
 * hand to hand without copies; scanned outputs are gathered slice by slice. */
#include <string.h>

#include "graph/list.h"
#include "ops/control.h"
#include "runtime/host.h"

static hone_status fail(hn_host *h, hone_status status, const char *why) {
    return hn_fail(&h->session->env, status, "%s", why);
}

static void drop_all(hn_host *h, hn_tensor *list, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) hn_tensor_drop(h->heap, &list[i]);
}

/* A bool or integer of one element. */
static hone_status read_number(hn_host *h, const hn_tensor *t, int64_t *out) {
    uint64_t n;
    if (t->bytes == NULL || !hn_shape_count(&t->shape, &n) || n != 1) {
        return fail(h, HONE_E_SHAPE, "a condition or count that is not one element");
    }
    if (t->dtype == HN_DTYPE_BOOL) {
        *out = t->bytes[0] != 0;
    } else if (t->dtype == HN_DTYPE_S64) {
        memcpy(out, t->bytes, sizeof *out);
    } else {
        return fail(h, HONE_E_SHAPE, "a condition or count of another type");
    }
    return HONE_OK;
}

static hone_status read_operand(hn_host *h, hn_host_graph *graph, const hn_value *v, int64_t *out) {
    hn_tensor t;
    HN_TRY(hn_host_take(h, graph, v, &t));
    const hone_status status = read_number(h, &t, out);
    hn_tensor_drop(h->heap, &t);
    return status;
}

/* n operands from `first` on; none on failure. */
static hone_status take_operands(hn_host *h, hn_host_graph *graph, const hn_node *node,
                                 uint32_t first, hn_tensor *out) {
    for (uint32_t i = first; i < node->n_in; i++) {
        const hone_status status = hn_host_take(h, graph, node->in[i], &out[i - first]);
        if (status == HONE_OK) continue;
        drop_all(h, out, i - first);
        return status;
    }
    return HONE_OK;
}

/* Outputs of the node become these tensors, which they then hold. */
static void give_outputs(hn_host *h, hn_host_graph *graph, const hn_node *node, hn_tensor *list) {
    for (uint32_t i = 0; i < node->n_out; i++) {
        if (node->out[i] != NULL) {
            hn_host_give(graph, node->out[i], &list[i]);
        } else {
            hn_tensor_drop(h->heap, &list[i]);
        }
    }
}

/* ---- if ---- */

static hone_status run_if(hn_host *h, hn_host_graph *graph, uint32_t at) {
    const hn_node *node = graph->g->nodes[at];
    int64_t is_true;
    HN_TRY(read_operand(h, graph, node->in[0], &is_true));
    hn_host_graph *body = graph->bodies[graph->first_body[at] + (is_true != 0 ? 0 : 1)];
    const uint32_t n_in = node->n_in - 1;
    hn_tensor *ports = hn_alloc(&h->session->env, (n_in + node->n_out + 1) * sizeof *ports);
    if (ports == NULL) return hn_no_memory(&h->session->env);
    hone_status status = take_operands(h, graph, node, 1, ports);
    if (status == HONE_OK) {
        status = hn_host_run(h, body, ports, ports + n_in);
        drop_all(h, ports, n_in);
    }
    if (status == HONE_OK) give_outputs(h, graph, node, ports + n_in);
    hn_free(&h->session->env, ports);
    return status;
}

/* ---- loops ---- */

/* The slices of one scanned output, one after the other. */
typedef struct gathering {
    hn_tensor slice; /* type and shape of all; bytes NULL: none came yet */
    hn_block *block; /* room for more than `n` of them */
    uint64_t n;
} gathering;

typedef struct looping {
    hn_host *h;
    const hn_node *node;
    hn_loop_ports p;
    hn_host_graph *body, *condition;
    hn_tensor *operands;         /* of the node; carried values change */
    hn_tensor *inputs, *outputs; /* of the body */
    gathering *scans;
    int64_t counter;
    uint8_t flag;
} looping;

static int64_t list_at(const hn_node *node, const char *name, uint32_t i) {
    const hn_attr *list = hn_attr_find(node, name);
    return list != NULL && list->kind == HN_ATTR_INTS && i < list->n ? list->v.ints[i] : 0;
}

static bool axis_at(const hn_node *node, const char *name, uint32_t i, int32_t rank,
                    int32_t *axis) {
    const int64_t stated = list_at(node, name, i);
    if (stated < -(int64_t)rank || stated >= rank) return false;
    *axis = (int32_t)(stated < 0 ? stated + rank : stated);
    return true;
}

/* Bytes of all dimensions from..to of s, one element included when to is the rank. */
static uint64_t product(const hn_shape *s, int32_t from, int32_t to) {
    uint64_t n = 1;
    for (int32_t d = from; d < to; d++) n *= (uint64_t)s->dim[d];
    return n;
}

/* Slice number `at` of scanned input i, as a tensor of its own. */
static hone_status cut(const looping *l, uint32_t i, int64_t trip, hn_tensor *out) {
    const hn_tensor *whole = &l->operands[l->p.n_carried + i];
    const hn_shape *s = &whole->shape;
    int32_t axis;
    if (!axis_at(l->node, "scan_input_axes", i, s->rank, &axis)) {
        return fail(l->h, HONE_E_SHAPE, "a scan axis that is no dimension");
    }
    const bool is_reverse = list_at(l->node, "scan_input_directions", i) != 0;
    const int64_t n = s->dim[axis], at = is_reverse ? n - 1 - trip : trip;
    const uint64_t outer = product(s, 0, axis), all = outer * (uint64_t)n;
    const uint64_t piece = all > 0 ? whole->n_bytes / all : 0;
    hn_tensor t = {whole->dtype, *s, NULL, outer * piece, NULL};
    for (int32_t d = axis + 1; d < s->rank; d++) t.shape.dim[d - 1] = s->dim[d];
    t.shape.rank--;
    HN_TRY(hn_block_new(l->h->heap, t.n_bytes, &t.block));
    for (uint64_t o = 0; o < outer; o++) {
        memcpy(t.block->bytes + o * piece, whole->bytes + (o * (uint64_t)n + (uint64_t)at) * piece,
               (size_t)piece);
    }
    t.bytes = t.block->bytes;
    *out = t;
    return HONE_OK;
}

static hone_status gather(const looping *l, gathering *g, const hn_tensor *slice) {
    hn_heap *heap = l->h->heap;
    if (g->block == NULL) {
        g->slice = *slice;
        g->slice.block = NULL;
    } else if (slice->dtype != g->slice.dtype || !hn_shape_equal(&slice->shape, &g->slice.shape)) {
        return fail(l->h, HONE_E_SHAPE, "a scanned output changes its shape");
    }
    const uint64_t end = (g->n + 1) * slice->n_bytes;
    if (g->block == NULL || end > g->block->n_bytes) {
        hn_block *larger = NULL;
        HN_TRY(hn_block_new(heap, end < UINT64_MAX / 2 ? 2 * end : end, &larger));
        if (g->block != NULL) {
            memcpy(larger->bytes, g->block->bytes, (size_t)(g->n * slice->n_bytes));
        }
        hn_block_drop(heap, g->block);
        g->block = larger;
    }
    if (slice->n_bytes > 0) {
        memcpy(g->block->bytes + g->n * slice->n_bytes, slice->bytes, (size_t)slice->n_bytes);
    }
    g->n++;
    return HONE_OK;
}

/* The scanned output i of all trips. Without any, open dimensions are 0. */
static hone_status assemble(looping *l, uint32_t i, hn_tensor *out) {
    const gathering *g = &l->scans[i];
    const hn_value *like = l->p.body->outputs[l->p.n_head / 2 + l->p.n_carried + i];
    const hn_shape *s = g->block != NULL ? &g->slice.shape : &like->shape;
    int32_t axis;
    if (s->rank < 0 || s->rank >= HN_MAX_RANK ||
        !axis_at(l->node, "scan_output_axes", i, s->rank + 1, &axis)) {
        return fail(l->h, HONE_E_SHAPE, "a scanned output of unknown or too high rank");
    }
    hn_tensor t = {g->block != NULL ? g->slice.dtype : like->dtype, *s, NULL, 0, NULL};
    t.shape.rank = s->rank + 1;
    for (int32_t d = s->rank; d > axis; d--) t.shape.dim[d] = s->dim[d - 1];
    t.shape.dim[axis] = (int64_t)g->n;
    for (int32_t d = 0; d < t.shape.rank; d++) {
        t.shape.sym[d] = NULL;
        if (t.shape.dim[d] < 0) t.shape.dim[d] = 0;
    }
    t.n_bytes = g->n * g->slice.n_bytes;
    HN_TRY(hn_block_new(l->h->heap, t.n_bytes, &t.block));
    t.bytes = t.block->bytes;
    const bool is_reverse = list_at(l->node, "scan_output_directions", i) != 0;
    const uint64_t outer = product(&t.shape, 0, axis), all = outer * g->n;
    const uint64_t piece = all > 0 ? t.n_bytes / all : 0;
    for (uint64_t n = 0; n < g->n && piece > 0; n++) {
        const uint64_t at = is_reverse ? g->n - 1 - n : n;
        for (uint64_t o = 0; o < outer; o++) {
            memcpy(t.block->bytes + (o * g->n + at) * piece,
                   g->block->bytes + n * g->slice.n_bytes + o * piece, (size_t)piece);
        }
    }
    *out = t;
    return HONE_OK;
}

static void number_tensor(hn_dtype dtype, const void *bytes, hn_tensor *out) {
    const hn_tensor t = {dtype, hn_shape_of(0, NULL), bytes, dtype == HN_DTYPE_BOOL ? 1 : 8, NULL};
    *out = t;
}

/* The body's inputs are borrowed from the operands but for the slices, which are new. */
static hone_status bind(looping *l, int64_t trip) {
    hn_tensor *to = l->inputs;
    const hn_tensor *from = l->operands;
    if (l->p.n_head > 0) {
        l->counter = trip;
        number_tensor(HN_DTYPE_S64, &l->counter, to++);
        number_tensor(HN_DTYPE_BOOL, &l->flag, to++);
    }
    for (uint32_t i = 0; i < l->p.n_carried; i++) *to++ = *from++;
    for (uint32_t i = 0; i < l->p.n_scan_in; i++) {
        const hone_status status = cut(l, i, trip, to);
        if (status != HONE_OK) {
            drop_all(l->h, to - i, i);
            return status;
        }
        to++;
        from++;
    }
    for (uint32_t i = 0; i < l->p.n_captures; i++) *to++ = *from++;
    return HONE_OK;
}

/* Carried value i is an optional in the body and what it holds outside of it. */
static bool is_wrapped(const looping *l, uint32_t i) {
    const hn_graph *g = l->p.body;
    return hn_loop_wraps(g->inputs[l->p.n_head + i], g->outputs[l->p.n_head / 2 + i]);
}

/* *t becomes an optional that holds it. On failure it is dropped. */
static hone_status wrap(const looping *l, const hn_value *like, hn_tensor *t) {
    const hn_item item = {like->kind, t->dtype, t->shape, t->bytes, t->n_bytes};
    hn_tensor list = {.dtype = t->dtype, .shape = {.rank = -1}};
    hone_status status = HONE_OK;
    if (!hn_list_bytes(&item, 1, &list.n_bytes)) {
        status = fail(l->h, HONE_E_LIMIT, "a carried value is too large");
    } else {
        status = hn_block_new(l->h->heap, list.n_bytes, &list.block);
    }
    if (status == HONE_OK) {
        hn_list_write(&item, 1, list.block->bytes);
        list.bytes = list.block->bytes;
    }
    hn_tensor_drop(l->h->heap, t);
    *t = list;
    return status;
}

/* What the optional holds, which then holds the optional's bytes. */
static hone_status unwrap(const looping *l, const hn_tensor *t, hn_tensor *out) {
    if (hn_list_count(t->bytes) == 0) {
        return fail(l->h, HONE_E_DATA, "the loop did not run, and what it carries is empty");
    }
    const hn_item item = hn_list_item(t->bytes, 0);
    const hn_tensor held = {item.dtype, item.shape, item.bytes, item.n_bytes, t->block};
    *out = hn_tensor_keep(&held);
    return HONE_OK;
}

static hone_status keep_results(looping *l) {
    hn_tensor *from = l->outputs;
    hone_status status = HONE_OK;
    if (l->p.n_head > 0) {
        int64_t goes_on = 0;
        status = read_number(l->h, from, &goes_on);
        l->flag = goes_on != 0;
        hn_tensor_drop(l->h->heap, from++);
    }
    for (uint32_t i = 0; i < l->p.n_carried; i++) {
        hn_tensor_drop(l->h->heap, &l->operands[i]);
        l->operands[i] = *from++;
        if (status != HONE_OK || !is_wrapped(l, i)) continue;
        status = wrap(l, l->p.body->outputs[l->p.n_head / 2 + i], &l->operands[i]);
    }
    for (uint32_t i = 0; i < l->p.n_scan_out; i++) {
        if (status == HONE_OK) status = gather(l, &l->scans[i], from);
        hn_tensor_drop(l->h->heap, from++);
    }
    return status;
}

static hone_status one_trip(looping *l, int64_t trip) {
    HN_TRY(bind(l, trip));
    const hone_status status = hn_host_run(l->h, l->body, l->inputs, l->outputs);
    drop_all(l->h, l->inputs + l->p.n_head + l->p.n_carried, l->p.n_scan_in);
    return status == HONE_OK ? keep_results(l) : status;
}

static hone_status ask(looping *l, bool *goes_on) {
    int64_t is_true = l->flag;
    if (l->condition != NULL) {
        hn_tensor answer;
        HN_TRY(hn_host_run(l->h, l->condition, l->operands, &answer));
        const hone_status status = read_number(l->h, &answer, &is_true);
        hn_tensor_drop(l->h->heap, &answer);
        HN_TRY(status);
    }
    *goes_on = is_true != 0;
    return HONE_OK;
}

/* Trips by count; INT64_MAX: the condition alone decides. */
static hone_status count_trips(looping *l, hn_host_graph *graph, int64_t *trips) {
    *trips = INT64_MAX;
    if (l->p.n_head > 0) {
        int64_t flag = 1;
        if (l->node->in[0] != NULL) HN_TRY(read_operand(l->h, graph, l->node->in[0], trips));
        if (l->node->in[1] != NULL) HN_TRY(read_operand(l->h, graph, l->node->in[1], &flag));
        l->flag = flag != 0;
    }
    for (uint32_t i = 0; i < l->p.n_scan_in; i++) {
        const hn_shape *s = &l->operands[l->p.n_carried + i].shape;
        int32_t axis;
        if (!axis_at(l->node, "scan_input_axes", i, s->rank, &axis) ||
            (i > 0 && s->dim[axis] != *trips)) {
            return fail(l->h, HONE_E_SHAPE, "scanned inputs of different lengths");
        }
        *trips = s->dim[axis];
    }
    return HONE_OK;
}

static hone_status all_trips(looping *l, hn_host_graph *graph) {
    const uint64_t most = l->h->session->env.limits.max_trips;
    bool goes_on = false;
    int64_t trips;
    HN_TRY(count_trips(l, graph, &trips));
    for (int64_t trip = 0; trip < trips; trip++) {
        HN_TRY(ask(l, &goes_on));
        if (!goes_on) break;
        if ((uint64_t)trip >= most) {
            return hn_fail(&l->h->session->env, HONE_E_LIMIT, "a loop runs more than %llu trips",
                           (unsigned long long)most);
        }
        HN_TRY(hn_session_check_cancel(l->h->session));
        HN_TRY(one_trip(l, trip));
    }
    return HONE_OK;
}

/* Carried values and scanned outputs, for give_outputs; they take the place of the operands. */
static hone_status finish(looping *l, hn_tensor *results) {
    const uint32_t n = l->p.n_carried;
    hone_status status = HONE_OK;
    uint32_t done = 0;
    for (; done < n + l->p.n_scan_out && status == HONE_OK; done++) {
        hn_tensor *to = &results[done];
        if (done >= n) {
            status = assemble(l, done - n, to);
        } else if (is_wrapped(l, done)) {
            status = unwrap(l, &l->operands[done], to);
        } else {
            *to = hn_tensor_keep(&l->operands[done]);
        }
    }
    if (status != HONE_OK) drop_all(l->h, results, done - 1);
    return status;
}

static hone_status run_loop(looping *l, hn_host_graph *graph) {
    const uint32_t n_operands = l->node->n_in - l->p.n_head;
    HN_TRY(take_operands(l->h, graph, l->node, l->p.n_head, l->operands));
    hone_status status = all_trips(l, graph);
    if (status == HONE_OK) status = finish(l, l->outputs);
    if (status == HONE_OK) give_outputs(l->h, graph, l->node, l->outputs);
    drop_all(l->h, l->operands, n_operands);
    for (uint32_t i = 0; i < l->p.n_scan_out; i++) {
        hn_block_drop(l->h->heap, l->scans[i].block);
    }
    return status;
}

static hone_status start_loop(hn_host *h, hn_host_graph *graph, uint32_t at) {
    looping l = {.h = h, .node = graph->g->nodes[at], .flag = 1};
    hn_env *env = &h->session->env;
    if (!hn_loop_ports_read(l.node, &l.p)) return fail(h, HONE_E_INTERNAL, "no loop");
    hn_host_graph *const *bodies = &graph->bodies[graph->first_body[at]];
    l.body = bodies[l.node->n_bodies - 1];
    l.condition = l.p.condition != NULL ? bodies[0] : NULL;
    const uint32_t n_in = l.node->n_in + 1, n_body = l.node->n_in + 1;
    const uint32_t n_out = l.node->n_out + 2;
    hn_tensor *tensors = hn_alloc(env, (size_t)(n_in + n_body + n_out) * sizeof *tensors);
    l.scans = hn_alloc(env, (l.p.n_scan_out + 1) * sizeof *l.scans);
    hone_status status = HONE_OK;
    if (tensors == NULL || l.scans == NULL) {
        status = hn_no_memory(env);
    } else {
        l.operands = tensors;
        l.inputs = l.operands + n_in;
        l.outputs = l.inputs + n_body;
        status = run_loop(&l, graph);
    }
    hn_free(env, tensors);
    hn_free(env, l.scans);
    return status;
}

hone_status hn_host_control(hn_host *h, hn_host_graph *graph, uint32_t at) {
    const hn_node *node = graph->g->nodes[at];
    if (node->op == hn_op_at(HN_OP_sequence_map)) return hn_host_map(h, graph, at);
    return node->op == hn_op_at(HN_OP_if) ? run_if(h, graph, at) : start_loop(h, graph, at);
}

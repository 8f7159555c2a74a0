/* SPDX-License-Identifier: Apache-2.0
 * The provider ABI: how an accelerator takes part of a graph. A provider is built in (a row in
 * providers.def) or a shared object that exports one function, `hone_provider_entry`. It sees an
 * opaque read-only graph through the accessor functions that it is handed, so it links against
 * nothing of hone. It says per node whether it takes it, or why not; compiles groups of nodes that
 * it took; and runs them asynchronously: submit returns a token at once, wait joins it. */
#ifndef HONE_PROVIDER_H
#define HONE_PROVIDER_H

#include <stddef.h>
#include <stdint.h>

#include "hone/types.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { HONE_PROVIDER_ABI = 1 };

typedef struct hone_graph_view hone_graph_view; /* a group of nodes, in order */

/* What a provider may ask of a graph. Values are numbered; all strings are borrowed until compile
 * or supports returns. */
typedef struct hone_graph_api {
    size_t struct_size;
    uint32_t (*node_count)(const hone_graph_view *g);
    const char *(*node_op)(const hone_graph_view *g, uint32_t node); /* canonical: "add" */
    const char *(*node_name)(const hone_graph_view *g, uint32_t node);
    uint32_t (*node_input_count)(const hone_graph_view *g, uint32_t node);
    uint32_t (*node_output_count)(const hone_graph_view *g, uint32_t node);
    /* Value numbers; UINT32_MAX for an absent optional operand. */
    uint32_t (*node_input)(const hone_graph_view *g, uint32_t node, uint32_t i);
    uint32_t (*node_output)(const hone_graph_view *g, uint32_t node, uint32_t i);
    /* 1 when the attribute exists; *v is then set. */
    int (*node_int)(const hone_graph_view *g, uint32_t node, const char *name, int64_t *v);
    int (*node_float)(const hone_graph_view *g, uint32_t node, const char *name, float *v);
    int (*node_string)(const hone_graph_view *g, uint32_t node, const char *name, const char **v);
    hone_dtype (*value_dtype)(const hone_graph_view *g, uint32_t value);
    /* The rank, dims filled in; shapes are known. */
    uint32_t (*value_shape)(const hone_graph_view *g, uint32_t value, int64_t dim[HONE_MAX_RANK]);
    int (*value_is_quantized)(const hone_graph_view *g, uint32_t value);
    /* Contiguous bytes of a constant, valid as long as the model; NULL when it is none. */
    const void *(*value_constant)(const hone_graph_view *g, uint32_t value, size_t *n_bytes);
    /* Boundary of the group: values that come in and that go out. */
    uint32_t (*input_count)(const hone_graph_view *g);
    uint32_t (*output_count)(const hone_graph_view *g);
    uint32_t (*input)(const hone_graph_view *g, uint32_t i);
    uint32_t (*output)(const hone_graph_view *g, uint32_t i);
} hone_graph_api;

/* Memory for the provider's own use, and where its messages go (n_bytes with the 0). */
typedef struct hone_provider_host {
    size_t struct_size;
    void *(*alloc)(void *user, size_t n_bytes);
    void (*free)(void *user, void *block);
    void *user;
    const hone_graph_api *graph;
} hone_provider_host;

/* A provider. Functions that fail write one line to `why`. */
typedef struct hone_provider {
    size_t struct_size;
    uint32_t abi; /* HONE_PROVIDER_ABI */
    const char *name;
    /* Opens the device. On failure the provider is listed as not usable, with the reason. */
    hone_status (*open)(const hone_provider_host *host, void **device, char *why, size_t n_why);
    void (*close)(void *device);
    const char *(*describe)(void *device);
    /* 1: takes this node; 0: declines, with the reason in `why`. */
    int (*supports)(void *device, const hone_graph_view *g, uint32_t node, char *why, size_t n_why);
    /* Makes a group ready to run. All memory that submit needs is had here. One compiled group is
     * used by one session. */
    hone_status (*compile)(void *device, const hone_graph_view *g, void **program, char *why,
                           size_t n_why);
    void (*release)(void *device, void *program);
    /* Starts a run over host memory: in[i], out[i] in the order of the group's boundary. The arrays
     * and what they point to stay until wait. Allocates nothing. *token names it; several tokens
     * may be open. */
    hone_status (*submit)(void *device, void *program, const void *const *in, void *const *out,
                          uint64_t *token);
    hone_status (*wait)(void *device, void *program, uint64_t token);
} hone_provider;

/* The one symbol of a plug-in. */
typedef const hone_provider *(*hone_provider_entry_fn)(void);
#define HONE_PROVIDER_ENTRY "hone_provider_entry"

#ifdef __cplusplus
}
#endif

#endif

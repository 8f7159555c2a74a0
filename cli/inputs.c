/* SPDX-License-Identifier: Apache-2.0
 * Pictures, arrays and raw elements into inputs. */
#define _GNU_SOURCE
#include "inputs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli.h"
#include "files.h"
#include "say.h"
#include "values.h"

enum { MAX_INPUTS = 1024 };

_Static_assert((int)HONE_RESIZE_STRETCH == 0 && (int)HONE_RESIZE_CROP == 1 &&
                   (int)HONE_RESIZE_LETTERBOX == 2 && (int)HONE_RESIZE_CORNER == 3,
               "the words of --resize are in this order after auto");

/* The element type that an extension names, or HONE_DTYPE_NONE. */
static hone_dtype raw_type(const char *path) {
    const char *extension = path_extension(path);
    for (int d = HONE_DTYPE_NONE + 1; d < HONE_DTYPE_STRING; d++) {
        if (strcmp(extension, hone_dtype_name((hone_dtype)d)) == 0) return (hone_dtype)d;
    }
    return HONE_DTYPE_NONE;
}

static int is_npy(const char *path) {
    return strcasecmp(path_extension(path), "npy") == 0;
}

int inputs_is_picture(const char *path) {
    return !is_npy(path) && raw_type(path) == HONE_DTYPE_NONE;
}

static int read_raw(engine *e, uint32_t i, const char *path, hone_dtype dtype) {
    hone_tensor in = HONE_TENSOR_INIT;
    if (hone_session_input(e->session, i, &in) != HONE_OK) return engine_failed(e, path);
    if (in.dtype != dtype) {
        return say_failed(path, "is %s by its name, input %s takes %s", hone_dtype_name(dtype),
                          in.name, hone_dtype_name(in.dtype));
    }
    return file_read_exactly(path, in.data, in.n_bytes);
}

static void fill(float to[3], const option_reals *from) {
    for (int i = 0; i < 3 && from->n > 0; i++) to[i] = from->v[i];
}

/* Means and deviations of pixels in 0..1, as model cards of ImageNet networks give them. */
static int is_of_unit_range(const hone_picture_options *p) {
    for (int i = 0; i < 3; i++) {
        if (p->mean[i] < -1.0f || p->mean[i] > 1.0f || p->std[i] > 1.0f) return 0;
    }
    return 1;
}

static int read_picture(engine *e, uint32_t i, const char *path, const input_options *o) {
    hone_picture_options p = HONE_PICTURE_OPTIONS_INIT;
    const int has_norm = o->mean.n > 0 || o->std.n > 0 || o->scale.n > 0;
    if (o->decoder != NULL && hone_session_decoder_picture(e->session, o->decoder, &p) != HONE_OK) {
        return engine_failed(e, NULL);
    }
    if (has_norm) {
        const hone_picture_options plain = HONE_PICTURE_OPTIONS_INIT;
        memcpy(p.mean, plain.mean, sizeof p.mean);
        memcpy(p.std, plain.std, sizeof p.std);
        p.scale = plain.scale;
        p.has_norm = 1;
        fill(p.mean, &o->mean);
        fill(p.std, &o->std);
        if (o->scale.n > 0) {
            p.scale = o->scale.v[0];
        } else if (is_of_unit_range(&p)) {
            p.scale = 1.0f / 255.0f;
        }
    }
    if (o->resize > 0) p.resize = (hone_resize)(o->resize - 1);
    p.filter = (hone_filter)o->filter;
    p.is_bgr = p.is_bgr || o->is_bgr;
    const hone_status status = hone_session_read_picture(e->session, i, path, &p);
    return status == HONE_OK ? CLI_DONE : engine_failed(e, path);
}

int inputs_read(engine *e, uint32_t i, const char *path, const input_options *options) {
    const hone_dtype dtype = raw_type(path);
    if (dtype != HONE_DTYPE_NONE) return read_raw(e, i, path, dtype);
    if (!is_npy(path)) return read_picture(e, i, path, options);
    const hone_status status = hone_session_read_npy(e->session, i, path);
    return status == HONE_OK ? CLI_DONE : engine_failed(e, path);
}

uint32_t inputs_split(const engine *e, const char *word, port_count count, port_info at,
                      const char **rest) {
    const uint32_t n = count(e->model);
    for (uint32_t i = 0; i < n; i++) {
        hone_io_info info = HONE_IO_INFO_INIT;
        if (at(e->model, i, &info) != HONE_OK) continue;
        const size_t length = strlen(info.name);
        if (strncmp(word, info.name, length) != 0 || word[length] != '=') continue;
        *rest = word + length + 1;
        return i;
    }
    return INPUT_NONE;
}

/* The input that NAME=... names; names and what follows may contain '=' themselves. */
static uint32_t split_named(const engine *e, const char *word, const char **rest) {
    return inputs_split(e, word, hone_model_input_count, hone_model_input, rest);
}

/* Fills input i with a number, given as text. */
static int set_constant(engine *e, uint32_t i, const char *number, const char *word) {
    hone_tensor in = HONE_TENSOR_INIT;
    char *end;
    const double v = strtod(number, &end);
    if (end == number || *end != '\0' || !isfinite(v)) {
        say_failed("--set", "\"%s\" is not NAME=NUMBER", word);
        return CLI_USAGE;
    }
    if (hone_session_input(e->session, i, &in) != HONE_OK) return engine_failed(e, NULL);
    const size_t n = value_count(&in);
    float *values = say_alloc(n, sizeof *values);
    for (size_t k = 0; k < n; k++) values[k] = (float)v;
    const hone_status status = hone_session_write_values(e->session, i, values, n);
    free(values);
    return status == HONE_OK ? CLI_DONE : engine_failed(e, NULL);
}

/* What OUTPUT=INPUT names: INPUT_NONE for what the model has not. */
static int find_feedback(const engine *e, const char *word, uint32_t *output, uint32_t *input) {
    const char *name = NULL;
    *output = inputs_split(e, word, hone_model_output_count, hone_model_output, &name);
    *input = INPUT_NONE;
    if (*output == INPUT_NONE) return 0;
    for (uint32_t i = 0; i < hone_model_input_count(e->model); i++) {
        hone_io_info info = HONE_IO_INFO_INIT;
        if (hone_model_input(e->model, i, &info) != HONE_OK || strcmp(info.name, name) != 0)
            continue;
        *input = i;
        return 1;
    }
    return 0;
}

int inputs_feedback(const engine *e, const char *word, uint32_t *output, uint32_t *input) {
    if (find_feedback(e, word, output, input)) return CLI_DONE;
    return say_failed(e->path, "has no %s as in \"%s\"", *output == INPUT_NONE ? "output" : "input",
                      word);
}

/* Inputs that are given by --set, and those that --feedback fills. */
static int set_given(engine *e, const input_options *o, unsigned char *is_given) {
    for (uint32_t k = 0; k < o->constants.n; k++) {
        const char *word = o->constants.item[k], *number = NULL;
        const uint32_t i = split_named(e, word, &number);
        if (i == INPUT_NONE) return say_failed(e->path, "has no input \"%s\"", word);
        const int code = set_constant(e, i, number, word);
        if (code != CLI_DONE) return code;
        is_given[i] = 1;
    }
    for (uint32_t k = 0; k < o->feedback.n; k++) {
        uint32_t output, input;
        const int code = inputs_feedback(e, o->feedback.item[k], &output, &input);
        if (code != CLI_DONE) return code;
        is_given[input] = 1;
    }
    return CLI_DONE;
}

/* Whether an option names input i. */
static int is_named(const engine *e, const input_options *o, uint32_t i) {
    const char *rest;
    uint32_t output, input;
    for (uint32_t k = 0; k < o->named.n; k++) {
        if (split_named(e, o->named.item[k], &rest) == i) return 1;
    }
    for (uint32_t k = 0; k < o->constants.n; k++) {
        if (split_named(e, o->constants.item[k], &rest) == i) return 1;
    }
    for (uint32_t k = 0; k < o->feedback.n; k++) {
        if (find_feedback(e, o->feedback.item[k], &output, &input) && input == i) return 1;
    }
    return 0;
}

uint32_t inputs_first_left(const engine *e, const input_options *options) {
    for (uint32_t i = 0; i < hone_model_input_count(e->model); i++) {
        if (!is_named(e, options, i)) return i;
    }
    return INPUT_NONE;
}

/* One line that says which inputs want a file. */
static int say_missing(const engine *e, const unsigned char *is_given) {
    char line[TEXT_MAX * 3] = "";
    size_t n = 0;
    const uint32_t n_inputs = hone_model_input_count(e->model);
    for (uint32_t i = 0; i < n_inputs && n < sizeof line - TEXT_MAX; i++) {
        hone_tensor in = HONE_TENSOR_INIT;
        if (is_given[i] || hone_session_input(e->session, i, &in) != HONE_OK) continue;
        n += (size_t)snprintf(line + n, sizeof line - n, "%s%.60s (%s %s)", n > 0 ? ", " : "",
                              in.name, hone_dtype_name(in.dtype), text_shape(in.dim, in.rank).s);
    }
    return say_failed(e->path, "needs a file for input %s: FILE or -i NAME=FILE", line);
}

/* Reads what -i and --set give, and marks those inputs. */
static int read_given(engine *e, const input_options *options, unsigned char *is_given) {
    if (hone_model_input_count(e->model) > MAX_INPUTS) {
        return say_failed(e->path, "more than %d inputs are too many to name", MAX_INPUTS);
    }
    for (uint32_t k = 0; k < options->named.n; k++) {
        const char *word = options->named.item[k], *path = NULL;
        const uint32_t i = split_named(e, word, &path);
        if (i == INPUT_NONE) return say_failed(e->path, "has no input \"%s\"", word);
        if (inputs_read(e, i, path, options) != CLI_DONE) return CLI_FAILED;
        is_given[i] = 1;
    }
    return set_given(e, options, is_given);
}

int inputs_given(engine *e, const input_options *options) {
    unsigned char is_given[MAX_INPUTS] = {0};
    return read_given(e, options, is_given);
}

int inputs_or_noise(engine *e, const input_options *given) {
    uint64_t seed = 88172645463325252u;
    const uint32_t n = hone_model_input_count(e->model);
    for (uint32_t i = 0; i < n; i++) {
        hone_tensor in = HONE_TENSOR_INIT;
        if (hone_session_input(e->session, i, &in) != HONE_OK) return engine_failed(e, NULL);
        value_fill(&in, &seed);
    }
    return inputs_given(e, given);
}

int inputs_named(engine *e, const input_options *options, int has_files, uint32_t *left) {
    unsigned char is_given[MAX_INPUTS] = {0};
    const uint32_t n = hone_model_input_count(e->model);
    const int code = read_given(e, options, is_given);
    if (code != CLI_DONE) return code;
    uint32_t n_left = 0;
    *left = INPUT_NONE;
    for (uint32_t i = 0; i < n; i++) {
        if (is_given[i]) continue;
        *left = i;
        n_left++;
    }
    if (n_left > (has_files ? 1u : 0u)) return say_missing(e, is_given);
    if (has_files && n_left == 0) return say_failed(e->path, "has no input left for the files");
    return CLI_DONE;
}

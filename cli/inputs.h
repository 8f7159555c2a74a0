/* SPDX-License-Identifier: Apache-2.0
 * Files into a session's inputs. What a file is follows from its extension: .npy is an array; the
 * name of an element type (.f32, .u8) means raw elements; anything else is a picture, whose format
 * the library tells by its content. */
#ifndef CLI_INPUTS_H
#define CLI_INPUTS_H

#include "engine.h"

typedef struct input_options {
    option_reals mean, std, scale;
    int resize; /* 0: the decoder's, else stretch; from 1 on in the order of hone_resize */
    int filter; /* order of hone_filter */
    int is_bgr;
    option_list named;     /* NAME=FILE */
    option_list constants; /* NAME=NUMBER */
    option_list feedback;  /* OUTPUT=INPUT: the input is zero at first */
    const char *decoder;   /* how its models see pictures; NULL: none */
} input_options;

#define OPTIONS_INPUT(type, member)                                                                \
    {"input",     'i',                                                                             \
     OPTION_LIST, offsetof(type, member.named),                                                    \
     "NAME=FILE", "file for the input of that name"},                                              \
        {"mean",       0,                                                                          \
         OPTION_REALS, offsetof(type, member.mean),                                                \
         "A[,B,C]",    "input = (pixel * scale - mean) / std; default: the"},                      \
        {"std",        0,                                                                          \
         OPTION_REALS, offsetof(type, member.std),                                                 \
         "A[,B,C]",    "  model's metadata, else float pixels / 255 and"},                         \
        {"scale",                                                                                  \
         0,                                                                                        \
         OPTION_REALS,                                                                             \
         offsetof(type, member.scale),                                                             \
         "A",                                                                                      \
         "  integer pixels as they are (scale: 1, or 1/255 for a small mean and std)"},            \
        {"filter",                                                                                 \
         0,                                                                                        \
         OPTION_CHOICE,                                                                            \
         offsetof(type, member.filter),                                                            \
         "bilinear|antialias",                                                                     \
         "for shrinking (default: bilinear)"},                                                     \
        {"resize",                                                                                 \
         0,                                                                                        \
         OPTION_CHOICE,                                                                            \
         offsetof(type, member.resize),                                                            \
         "auto|stretch|crop|letterbox|corner",                                                     \
         "how a picture is fitted (auto: stretch, or as the decoder's models want)"},              \
        {"set",         0,                                                                         \
         OPTION_LIST,   offsetof(type, member.constants),                                          \
         "NAME=NUMBER", "fill the input of that name with a number"},                              \
    {                                                                                              \
        "bgr", 0, OPTION_FLAG, offsetof(type, member.is_bgr), NULL,                                \
            "the model takes blue, green, red"                                                     \
    }

#define INPUT_NONE UINT32_MAX

/* Reads the files that are named by -i, and finds the one input that is left for the files that
 * come without a name: INPUT_NONE when all are given. Returns the exit code; `has_files` says
 * whether there are files without a name. */
int inputs_named(engine *e, const input_options *options, int has_files, uint32_t *left);

/* Reads what -i and --set give, and leaves the other inputs as they are. */
int inputs_given(engine *e, const input_options *options);

/* The same with seeded noise in the other inputs. */
int inputs_or_noise(engine *e, const input_options *options);

/* Reads one file into input i. */
int inputs_read(engine *e, uint32_t i, const char *path, const input_options *options);

/* The input or output (by `count` and `at`) whose name `word` begins with, before '=', and what
 * follows it; INPUT_NONE when there is none. */
typedef uint32_t (*port_count)(const hone_model *model);
typedef hone_status (*port_info)(hone_model *model, uint32_t i, hone_io_info *info);
uint32_t inputs_split(const engine *e, const char *word, port_count count, port_info at,
                      const char **rest);

/* What OUTPUT=INPUT of --feedback names. */
int inputs_feedback(const engine *e, const char *word, uint32_t *output, uint32_t *input);

/* The first input that no option names, before there is a session; INPUT_NONE when all are. */
uint32_t inputs_first_left(const engine *e, const input_options *options);

/* Whether inputs_read takes the file for a picture. */
int inputs_is_picture(const char *path);

#endif

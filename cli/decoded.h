/* SPDX-License-Identifier: Apache-2.0
 * Answers that are boxes, maps of classes, poses or pictures: for people, as JSON, and drawn. */
#ifndef CLI_DECODED_H
#define CLI_DECODED_H

#include "class_names.h"
#include "engine.h"
#include "json_text.h"
#include "table.h"

enum { DECODED_MAX = 256 };

typedef struct decode_options {
    int decode; /* 0 auto, 1 none, else the word of --decode */
    double min_score, overlap;
    const char *anchors, *draw;
} decode_options;

#define DECODE_WORDS                                                                               \
    "auto|none|ssd|yolox|yunet|ultraface|blazeface|fastestdet|fomo|segments|pose|image"

#define OPTIONS_DECODE(type, member)                                                               \
    OPTION_ROW(type, OPTION_CHOICE, member.decode, "decode", DECODE_WORDS,                         \
               "how outputs are read (auto: by their shapes)"),                                    \
        OPTION_ROW(type, OPTION_RATE, member.min_score, "min-score", "X",                          \
                   "least score of a box, pixel or point (default: the decoder's)"),               \
        OPTION_ROW(type, OPTION_RATE, member.overlap, "overlap", "X",                              \
                   "most that two boxes of a label share (default: the decoder's)"),               \
        OPTION_ROW(type, OPTION_TEXT, member.anchors, "anchors", "FILE.npy",                       \
                   "boxes that outputs are offsets of (blazeface; default: the usual ones)"),      \
        OPTION_ROW(type, OPTION_TEXT, member.draw, "draw", "OUT.png",                              \
                   "draw the answer on the picture (a folder, for several pictures)")

typedef struct decoded {
    const char *name; /* of the decoder; NULL: the answer is not decoded */
    uint32_t n;
    hone_detection found[DECODED_MAX];
    hone_keypoint points[DECODED_MAX];
    hone_class_map map;
} decoded;

/* The decoder that the options or the model's outputs ask for, or NULL. */
const char *decoded_name(const decode_options *o, engine *e);

/* Reads the outputs after a run; d->name is set by the caller. */
int decoded_read(decoded *d, engine *e, const decode_options *o);
/* Fills a table (begun here). */
void decoded_table(const decoded *d, const labels *list, table *t);
void decoded_json(const decoded *d, const labels *list, cJSON *object);
/* Draws on the picture at `picture` (NULL: there is none). */
int decoded_draw(const decoded *d, engine *e, const labels *list, const char *picture,
                 const char *out);
/* Frees what a reading holds; the next one may follow. */
void decoded_free(decoded *d);

#endif

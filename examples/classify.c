/* SPDX-License-Identifier: Apache-2.0
 * Classifies a picture: classify MODEL PICTURE. Prints the five best classes. */
#include <hone/hone_tools.h>
#include <stdio.h>

static int classify(hone_session *session, const char *picture) {
    hone_tensor scores = HONE_TENSOR_INIT;
    hone_class best[5];
    if (hone_session_read_picture(session, 0, picture, NULL) != HONE_OK ||
        hone_session_run(session) != HONE_OK ||
        hone_session_output(session, 0, &scores) != HONE_OK) {
        fprintf(stderr, "classify: %s\n", hone_session_message(session));
        return 1;
    }
    const uint32_t n = hone_tensor_top(&scores, best, 5);
    for (uint32_t i = 0; i < n; i++) printf("%4u  %.4f\n", best[i].index, (double)best[i].score);
    return 0;
}

int main(int argc, char **argv) {
    hone_ctx *ctx = NULL;
    hone_model *model = NULL;
    hone_session *session = NULL;
    int failed = 1;
    if (argc != 3) {
        fprintf(stderr, "usage: classify MODEL PICTURE\n");
    } else if (hone_ctx_new(NULL, &ctx) != HONE_OK ||
               hone_model_load(ctx, argv[1], NULL, &model) != HONE_OK) {
        fprintf(stderr, "classify: %s\n", hone_ctx_message(ctx));
    } else if (hone_session_new(model, NULL, &session) != HONE_OK) {
        fprintf(stderr, "classify: %s\n", hone_model_message(model));
    } else {
        failed = classify(session, argv[2]);
    }
    hone_session_free(session);
    hone_model_free(model);
    hone_ctx_free(ctx);
    return failed;
}

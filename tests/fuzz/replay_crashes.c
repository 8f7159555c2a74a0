/* SPDX-License-Identifier: Apache-2.0
 * Replays every file of tests/data/crashes through every fuzz target, in a process of its own with
 * a time limit: what once ended one of them must not do so again. Files whose names begin with
 * `slow` took too long. Runs in the repository's root. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

enum { SECONDS = 10, MOST_BYTES = 8 << 20 };

typedef struct fuzz_target {
    const char *name;
    int (*run)(const uint8_t *bytes, size_t n);
} fuzz_target;

static const fuzz_target targets[] = {
    {"tflite", fuzz_tflite}, {"onnx", fuzz_onnx}, {"plan", fuzz_plan}, {"tune", fuzz_tune}};

static const char *const folder = "tests/data/crashes";
static uint8_t bytes[MOST_BYTES];

static int ends_well(const fuzz_target *target, size_t n) {
    int state = 0;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        alarm(SECONDS);
        exit(target->run(bytes, n));
    }
    return child > 0 && waitpid(child, &state, 0) == child && WIFEXITED(state) &&
           WEXITSTATUS(state) == 0;
}

static size_t read_file(const char *name) {
    char path[1024];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) return 0;
    FILE *f = fopen(path, "rb");
    if (f == NULL) return 0;
    const size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    return n;
}

int main(void) {
    unsigned n_passed = 0, n_failed = 0;
    DIR *list = opendir(folder);
    for (struct dirent *e; list != NULL && (e = readdir(list)) != NULL;) {
        if (e->d_name[0] == '.') continue;
        const size_t n = read_file(e->d_name);
        for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
            if (ends_well(&targets[i], n)) {
                n_passed++;
                continue;
            }
            printf("FAIL %s: %s\n", targets[i].name, e->d_name);
            n_failed++;
        }
    }
    if (list != NULL) closedir(list);
    printf("%u passed, %u failed, 0 skipped\n", n_passed, n_failed);
    return n_failed > 0 ? 1 : 0;
}

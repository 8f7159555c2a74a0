/* SPDX-License-Identifier: Apache-2.0
 * Tensors of a session as files DIR/NAME.npy. */
#ifndef CLI_SAVED_H
#define CLI_SAVED_H

#include "engine.h"

typedef hone_status (*tensor_function)(hone_session *session, uint32_t i, hone_tensor *tensor);

/* `base`, or base/STEM of the file when it is one of several; freed with free(). */
char *saved_folder(const char *base, const char *file, uint32_t n_files);

/* The path of tensor i in the folder, its number added where an earlier one has its name. */
char *saved_path(engine *e, const char *folder, tensor_function at, uint32_t i);

/* Writes n tensors into the folder, which is made. */
int saved_write(engine *e, const char *folder, uint32_t n, tensor_function at);

#endif

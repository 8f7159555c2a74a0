# SPDX-License-Identifier: Apache-2.0
# Building for 64-bit Arm Linux on another machine, with Debian's cross compiler. The libraries come
# from scripts/aarch64_root.sh, which must have been run; all but the C library and libcjson are
# linked statically.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L /usr/aarch64-linux-gnu
                                  -E LD_LIBRARY_PATH=${CMAKE_CURRENT_LIST_DIR}/../build/aarch64-root/usr/lib/aarch64-linux-gnu)

get_filename_component(AARCH64_ROOT ${CMAKE_CURRENT_LIST_DIR}/../build/aarch64-root ABSOLUTE)
set(CMAKE_FIND_ROOT_PATH ${AARCH64_ROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(ENV{PKG_CONFIG_LIBDIR} ${AARCH64_ROOT}/usr/lib/aarch64-linux-gnu/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${AARCH64_ROOT})
set(CMAKE_C_FLAGS_INIT "-isystem ${AARCH64_ROOT}/usr/include \
-isystem ${AARCH64_ROOT}/usr/include/aarch64-linux-gnu")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-L${AARCH64_ROOT}/usr/lib/aarch64-linux-gnu")

# SPDX-License-Identifier: Apache-2.0
# Tests against the outside: ONNX's backend vectors, fuzz targets, and the files that they found.
file(GLOB CONFORMANCE_SOURCES CONFIGURE_DEPENDS tests/conformance/*.c)
add_executable(conformance ${CONFORMANCE_SOURCES})
target_link_libraries(conformance PRIVATE hone hone_flags m)
target_include_directories(conformance PRIVATE ${GENERATED})
target_compile_definitions(conformance PRIVATE _GNU_SOURCE)
target_compile_options(conformance PRIVATE ${HONE_WARNINGS})
add_test(NAME conformance COMMAND conformance WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(conformance PROPERTIES TIMEOUT 1200)
add_test(NAME conformance_contrib COMMAND conformance --data tests/data/vectors
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})

# Models of one TensorFlow Lite operator each, with LiteRT's answers.
file(GLOB TFLITE_OPS_SOURCES CONFIGURE_DEPENDS tests/tflite_ops/*.c)
add_executable(tflite_ops ${TFLITE_OPS_SOURCES})
target_link_libraries(tflite_ops PRIVATE hone hone_flags ${ZLIB_LIBRARIES} m)
target_compile_definitions(tflite_ops PRIVATE _GNU_SOURCE)
target_compile_options(tflite_ops PRIVATE ${HONE_WARNINGS})
add_test(NAME tflite_ops COMMAND tflite_ops WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(tflite_ops PROPERTIES TIMEOUT 1200)

# Operators under random attributes, shapes and types; seeds are the cases of the two above.
file(GLOB OPFUZZ_SOURCES CONFIGURE_DEPENDS tests/opfuzz/*.c)
add_executable(opfuzz ${OPFUZZ_SOURCES} tests/conformance/conform_tensor.c
               tests/tflite_ops/lite_archive.c tests/tflite_ops/lite_compare.c
               tests/tflite_ops/lite_fill.c tests/tflite_ops/lite_run.c)
target_link_libraries(opfuzz PRIVATE hone hone_flags ${ZLIB_LIBRARIES} m)
target_include_directories(opfuzz PRIVATE ${GENERATED} tests tests/conformance tests/tflite_ops)
target_compile_definitions(opfuzz PRIVATE _GNU_SOURCE)
target_compile_options(opfuzz PRIVATE ${HONE_WARNINGS})

# The fuzz targets as ordinary functions: replayed on the inputs that once ended them.
set(FUZZ_SOURCES tests/fuzz/fuzz_reader.c tests/fuzz/fuzz_tflite.c tests/fuzz/fuzz_onnx.c
                 tests/fuzz/fuzz_plan.c tests/fuzz/fuzz_tune.c)
add_executable(replay_crashes tests/fuzz/replay_crashes.c ${FUZZ_SOURCES})
target_link_libraries(replay_crashes PRIVATE hone hone_flags)
target_compile_definitions(replay_crashes PRIVATE _GNU_SOURCE)
target_compile_options(replay_crashes PRIVATE ${HONE_WARNINGS})
add_test(NAME crashes COMMAND replay_crashes WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(crashes PROPERTIES TIMEOUT 1200)

# libFuzzer's programs (clang, preset `asan`), run by tests/fuzz/run.sh.
option(HONE_FUZZ "Build the fuzz targets (needs clang)" OFF)
if(HONE_FUZZ)
  foreach(target tflite onnx plan tune)
    add_executable(fuzz_${target} tests/fuzz/fuzz_entry.c ${FUZZ_SOURCES})
    target_link_libraries(fuzz_${target} PRIVATE hone hone_flags)
    target_compile_definitions(fuzz_${target} PRIVATE _GNU_SOURCE FUZZ_TARGET=fuzz_${target})
    target_link_options(fuzz_${target} PRIVATE -fsanitize=fuzzer)
  endforeach()
endif()

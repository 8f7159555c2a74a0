# SPDX-License-Identifier: Apache-2.0
# Unit tests (Criterion, one program a file in tests/unit; not when cross-compiling), and the kernel
# harness tests/check.
if(NOT CMAKE_CROSSCOMPILING)
  pkg_check_modules(CRITERION REQUIRED criterion)
  file(GLOB UNIT_TESTS CONFIGURE_DEPENDS tests/unit/test_*.c)
endif()
foreach(source ${UNIT_TESTS})
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE hone hone_flags ${CRITERION_LIBRARIES} Threads::Threads m)
  target_include_directories(${name} PRIVATE ${GENERATED} tests/unit)
  target_compile_definitions(${name} PRIVATE _GNU_SOURCE)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES ENVIRONMENT
                       LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/unit/leaks.supp)
endforeach()

file(GLOB CHECK_SOURCES CONFIGURE_DEPENDS tests/check/*.c)
if(ISA_FILES STREQUAL X86_FILES) # stand-ins for instructions that few machines have
  set_source_files_properties(tests/check/half_stand_in_avx512.c PROPERTIES COMPILE_OPTIONS
                              "${AVX512}")
else()
  list(FILTER CHECK_SOURCES EXCLUDE REGEX "_avx512\\.c$")
endif()
add_executable(check ${CHECK_SOURCES} $<TARGET_OBJECTS:hone_kernels>)
target_link_libraries(check PRIVATE hone_flags m)
target_include_directories(check PRIVATE tests tests/check)
add_test(NAME check COMMAND check WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})

# The harness again with the loops that a Cortex-M4's DSP instructions have (core/dsp.h), in C; these
# four go before those of the library.
add_executable(check_dsp ${CHECK_SOURCES} src/kernels/conv/conv_c.c src/kernels/conv/dwconv_c.c
               src/kernels/gemm/gemm_c.c src/kernels/direct/direct_c.c)
target_link_libraries(check_dsp PRIVATE hone hone_flags m)
target_include_directories(check_dsp PRIVATE tests tests/check)
target_compile_definitions(check_dsp PRIVATE HN_DSP=1)
add_test(NAME check_dsp COMMAND check_dsp WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})

# System tests: the public headers only, plain programs (they run under every sanitizer).
file(GLOB SYSTEM_SOURCES CONFIGURE_DEPENDS tests/system/*.c)
add_executable(system_tests ${SYSTEM_SOURCES})
target_link_libraries(system_tests PRIVATE hone hone_flags Threads::Threads)
target_include_directories(system_tests PRIVATE tests)
target_compile_definitions(system_tests PRIVATE _GNU_SOURCE)
file(STRINGS tests/system/system.def SYSTEM_ROWS REGEX "^X\\(")
foreach(row ${SYSTEM_ROWS})
  string(REGEX REPLACE "^X\\(([a-z_]+)\\).*" "\\1" name ${row})
  add_test(NAME system_${name} COMMAND system_tests ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(system_${name} PROPERTIES TIMEOUT 1200
                       ENVIRONMENT HN_PLUGINS=${CMAKE_BINARY_DIR}/plugins)
endforeach()
include(cmake/hardening.cmake)

# SPDX-License-Identifier: Apache-2.0
# The CMake package (find_package(hone)) and hone.pc.
install(TARGETS hone_flags EXPORT hone-targets)
install(EXPORT hone-targets NAMESPACE hone:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/hone)
include(CMakePackageConfigHelpers)
configure_package_config_file(cmake/hone-config.cmake.in ${CMAKE_BINARY_DIR}/hone-config.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/hone)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/hone-config-version.cmake
                                 COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_BINARY_DIR}/hone-config.cmake ${CMAKE_BINARY_DIR}/hone-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/hone)
file(RELATIVE_PATH HONE_PC_TO_PREFIX /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
configure_file(cmake/hone.pc.in ${CMAKE_BINARY_DIR}/hone.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/hone.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

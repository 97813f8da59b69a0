lib_libpawl_a_SOURCES +=

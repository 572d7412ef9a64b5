# One INTERFACE target for flags; every target of ours links it.
add_library(stormproof_options INTERFACE)
target_compile_options(stormproof_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor)
if(STORMPROOF_WERROR)
  target_compile_options(stormproof_options INTERFACE -Werror)
endif()
target_include_directories(stormproof_options INTERFACE ${CMAKE_SOURCE_DIR})
if(STORMPROOF_SANITIZE)
  add_compile_options(-fsanitize=${STORMPROOF_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${STORMPROOF_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # What the sanitizers insert makes gcc see uninitialized members in std::regex; Asio uses fences, which gcc warns
    # that the thread sanitizer does not follow.
    add_compile_options(-Wno-maybe-uninitialized -Wno-tsan)
  endif()
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# stormproof_library(name SOURCES … [LIBS …] [PRIVATE_LIBS …]): a static library with our flags.
function(stormproof_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS;PRIVATE_LIBS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC stormproof_options ${ARG_LIBS} PRIVATE ${ARG_PRIVATE_LIBS})
endfunction()

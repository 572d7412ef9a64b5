# Generated code lives in targets of its own, with warnings off (SYSTEM include).
# stormproof_proto(target path/to/x.proto [ROOT dir] [GRPC]): the import path starts at ROOT.
function(stormproof_proto target proto)
  cmake_parse_arguments(ARG "GRPC" "ROOT" "" ${ARGN})
  get_filename_component(file ${proto} ABSOLUTE)
  get_filename_component(root ${ARG_ROOT} ABSOLUTE)
  file(RELATIVE_PATH relative ${root} ${file})
  string(REGEX REPLACE "\\.proto$" "" stem ${relative})
  set(gen ${CMAKE_BINARY_DIR}/gen)
  file(MAKE_DIRECTORY ${gen})
  set(outputs ${gen}/${stem}.pb.cc ${gen}/${stem}.pb.h)
  set(flags --cpp_out=${gen})
  if(ARG_GRPC)
    list(APPEND outputs ${gen}/${stem}.grpc.pb.cc ${gen}/${stem}.grpc.pb.h)
    list(APPEND flags --grpc_out=${gen} --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
  endif()
  add_custom_command(
    OUTPUT ${outputs}
    COMMAND protobuf::protoc -I ${root} ${flags} ${file}
    DEPENDS ${file}
    VERBATIM)
  add_library(${target} STATIC ${outputs})
  target_include_directories(${target} SYSTEM PUBLIC ${gen})
  target_link_libraries(${target} PUBLIC protobuf::libprotobuf)
  if(ARG_GRPC)
    target_link_libraries(${target} PUBLIC gRPC::grpc++)
  endif()
endfunction()

stormproof_proto(proto_witness proto/stormproof/v1/witness.proto ROOT proto GRPC)
stormproof_proto(proto_lifecycle proto/stormproof/v1/lifecycle.proto ROOT proto GRPC)

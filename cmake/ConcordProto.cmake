# concord_proto(<target> <file.proto> [GRPC]): an object library of what protoc generates from it,
# and with GRPC of the services' stubs, too.
function(concord_proto target proto)
  cmake_parse_arguments(PARSE_ARGV 2 arg "GRPC" "" "")
  cmake_path(ABSOLUTE_PATH proto OUTPUT_VARIABLE source)
  cmake_path(GET source PARENT_PATH from)
  cmake_path(GET source STEM name)
  set(into ${CMAKE_CURRENT_BINARY_DIR})
  set(made ${into}/${name}.pb.cc ${into}/${name}.pb.h)
  set(flags --cpp_out=${into})
  set(links protobuf::libprotobuf)
  if(arg_GRPC)
    list(APPEND made ${into}/${name}.grpc.pb.cc ${into}/${name}.grpc.pb.h)
    list(APPEND flags --grpc_out=${into} --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
    list(APPEND links gRPC::grpc++)
  endif()
  add_custom_command(
    OUTPUT ${made}
    COMMAND protobuf::protoc ${flags} -I${from} -I${Protobuf_INCLUDE_DIRS} ${source}
    DEPENDS ${source} VERBATIM)
  add_library(${target} OBJECT ${made})
  target_include_directories(${target} SYSTEM PUBLIC $<BUILD_INTERFACE:${into}>)
  target_link_libraries(${target} PUBLIC ${links})
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()

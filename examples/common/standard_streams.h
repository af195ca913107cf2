#ifndef CONCORD_EXAMPLES_COMMON_STANDARD_STREAMS_H_
#define CONCORD_EXAMPLES_COMMON_STANDARD_STREAMS_H_

namespace concord::example {

// Opens /dev/null in place of each of the descriptors 0, 1 and 2 that the parent has closed. Else
// the next file or socket would get the number, and be taken for standard input or output.
void OpenStandardStreams();

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_COMMON_STANDARD_STREAMS_H_

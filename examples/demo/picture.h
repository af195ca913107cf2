// The ring, drawn.
#ifndef CONCORD_EXAMPLES_DEMO_PICTURE_H_
#define CONCORD_EXAMPLES_DEMO_PICTURE_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "concord/types.h"
#include "examples/demo/oracle.h"
#include "examples/demo/screen.h"

namespace concord::example {

// The nodes are called node-1 to node-kMostNodes.
inline constexpr std::size_t kMostNodes = 35;
std::string NameOf(std::size_t number);

// The name, or the names, in the node's own colour.
std::string Painted(const Screen& screen, std::string_view name);
std::vector<std::string> Painted(const Screen& screen, const std::vector<Server>& servers);

// The identifier space from 0 to 2^64, cut open and laid flat: each column has the number of the
// node that owns it (a letter from 10 up).
std::string Strip(const Screen& screen, const Oracle& oracle);

void PrintStrips(Screen& screen, const Oracle& before, const Oracle& after);

// Who the members are, and what each of them owns; `keys` is counted by identifier of the owner.
void PrintTable(Screen& screen, const Oracle& oracle, const std::map<Id, std::size_t>& keys);

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_DEMO_PICTURE_H_

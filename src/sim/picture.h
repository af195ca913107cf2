// The ring as a drawing, for people: SVG.
#ifndef CONCORD_SIM_PICTURE_H_
#define CONCORD_SIM_PICTURE_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "sim/virtual_time.h"
#include "sim/world.h"

namespace concord::sim {

// Takes pictures of a world at chosen moments, and puts them side by side in one drawing. Members
// stand on the circle at their identifiers. Each points outside of it to the head of its list and,
// dashed, inside to its predecessor; what is not as in the ideal ring is red, and so are the names
// of members whose lists are wrong further on. Hosts that are down are hollow, those that stand
// still grey.
class PictureStrip final : public Watcher {
 public:
  // A picture after the first event at or after each of `moments`, which are in order.
  PictureStrip(const World& world, std::vector<Nanos> moments)
      : world_(world), moments_(std::move(moments)) {}

  // One more picture, of this moment.
  void Take();

  // The whole drawing, as a file.
  std::string Svg() const;

 private:
  void OnDone(HostId host) override;

  const World& world_;
  const std::vector<Nanos> moments_;
  std::size_t next_ = 0;
  std::vector<std::string> pictures_;
};

}  // namespace concord::sim

#endif  // CONCORD_SIM_PICTURE_H_

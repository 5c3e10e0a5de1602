#include "tests/support/frame_mutator.h"

namespace signpost::testing {

void FrameMutator::mutate_message(std::string& message) {
  const auto size = static_cast<unsigned>(message.size());
  if (size <= 12) return;  // an earlier mutation has cut it to its header
  switch (draw(12)) {
    case 0:
      message[draw(size)] = static_cast<char>(draw(256));
      return;
    case 1:
      message[draw(size)] ^= static_cast<char>(1u << draw(8));
      return;
    case 2:  // a count
      message[5 + 2 * draw(4)] = static_cast<char>(draw(3));
      return;
    case 3:  // a flag
      message[2 + draw(2)] ^= static_cast<char>(1u << draw(8));
      return;
    case 4:
      message.resize(draw(size) + 1);
      return;
    case 5:
      message.append(1 + draw(12), static_cast<char>(draw(256)));
      return;
    case 6:  // a second OPT
      message += Edns{}.wire();
      message[11] = 2;
      return;
    case 7:  // a label that runs over, or a pointer
      message[12] = static_cast<char>(draw(256));
      return;
    case 8:
      message.insert(12, 1 + draw(200), static_cast<char>(1 + draw(62)));
      return;
    default:  // the ID only
      message[0] = static_cast<char>(draw(256));
      return;
  }
}

void FrameMutator::mutate_headers(Frame& frame) {
  const auto length = static_cast<unsigned>(frame.payload.size());
  switch (draw(10)) {
    case 0:
      frame.udp_length = draw(length + 40);
      return;
    case 1:
      frame.ip_length = draw(length + 80);
      return;
    case 2:
      frame.fragment = 1u << draw(16);
      return;
    case 3:
      frame.ipv4_options = std::string(4, '\x01');
      return;
    case 4:
      frame.client_port = draw(3) == 0 ? 0 : 53;
      return;
    case 5:
      frame.protocol = draw(256);
      return;
    case 6:
      frame.padding = std::string(1 + draw(60), static_cast<char>(draw(256)));
      return;
    case 7:
      frame.udp_checksum = draw(65536);
      return;
    default:
      return;
  }
}

std::string FrameMutator::next() {
  Frame frame = corpus_.next();
  for (unsigned times = draw(3); times > 0; --times) mutate_message(frame.payload);
  if (draw(5) == 0) mutate_headers(frame);
  std::string wire = frame.wire();
  if (draw(20) == 0)
    wire[draw(static_cast<unsigned>(wire.size()))] ^= static_cast<char>(1u << draw(8));
  if (draw(50) == 0) wire.resize(14 + draw(static_cast<unsigned>(wire.size()) - 13));
  return wire;
}

}  // namespace signpost::testing

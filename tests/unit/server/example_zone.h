// The zones that the server's tests ask.
#pragma once

#include "model/answer_table.h"

namespace signpost::testing {

// example.com (SOA TTL 900, MINIMUM 300) with:
//   www A 192.0.2.1, AAAA 2001:db8::1, TXT; api A weighted 2:1 (192.0.2.10, 192.0.2.20), sticky A
//   weighted 1:1; alias CNAME www; *.wild TXT; a.deep A; sub NS with glue; dname DNAME target;
//   x.target A; gone.target CNAME; far DNAME <a name of 250 octets>; loop DNAME loop.example.com's
//   own child; big TXT beyond 1,232 octets.
model::AnswerTablePtr example_table();

}  // namespace signpost::testing

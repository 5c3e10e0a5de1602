#!/usr/bin/python3
"""check_layers_test.py CHECK_LAYERS: what tools/check-layers refuses, and what it lets pass."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

ALLOWED = [
    ("userspace/dns/name.h", '"base/status.h"'),
    ("userspace/dns/name.cc", '"dns/name.h"'),
    ("userspace/dns/name.cc", "<string>"),
    ("userspace/policy/ring.cc", '"bpf/abi.h"'),
    ("userspace/datapath/loader.cc", "<bpf/libbpf.h>"),
    ("userspace/policy/decide.cc", '"model/config.h"'),
    ("userspace/policy/decide.cc", '"absl/status/status.h"'),
    ("userspace/control/services.cc", '"signpost/v1/control.grpc.pb.h"'),
    ("userspace/daemon/main.cc", '"control/services.h"'),
    ("tools/signpost/main.cc", '"signpost/v1/control.pb.h"'),
    ("bpf/signpost.bpf.c", '"bpf/abi.h"'),
    ("bpf/signpost.bpf.c", "<linux/bpf.h>"),
    ("bpf/signpost.bpf.c", "<bpf/bpf_helpers.h>"),
    ("bpf/platform.h", "<string.h>"),
    ("tests/unit/policy/decide_test.cc", '"control/services.h"'),
    ("tests/unit/control/store_test.cc", '"signpost/v1/config.pb.h"'),
]
FORBIDDEN = [
    ("userspace/base/status.h", '"dns/name.h"'),
    ("userspace/dns/name.h", '"model/config.h"'),
    ("userspace/model/config.h", '"policy/decide.h"'),
    ("userspace/model/answer_table.cc", '"bpf/abi.h"'),
    ("userspace/policy/decide.cc", '"server/dns_server.h"'),
    ("userspace/policy/decide.cc", '"signpost/v1/config.pb.h"'),
    ("userspace/health/monitor.cc", '"policy/decide.h"'),
    ("userspace/datapath/loader.cc", '"server/dns_server.h"'),
    ("userspace/server/dns_server.cc", '"datapath/publisher.h"'),
    ("userspace/server/dns_server.cc", '"control/services.h"'),
    ("userspace/control/services.cc", '"daemon/options.h"'),
    ("userspace/daemon/main.cc", '"signpost/v1/control.pb.h"'),
    ("tools/signpost/main.cc", '"control/store.h"'),
    ("bpf/signpost.bpf.c", '"dns/name.h"'),
    ("bpf/signpost.bpf.c", "<string.h>"),
    ("tests/unit/policy/decide_test.cc", '"signpost/v1/config.pb.h"'),
]
CHECK = sys.argv.pop(1)


def check(path: str, include: str) -> subprocess.CompletedProcess:
    with tempfile.TemporaryDirectory() as root:
        file = pathlib.Path(root, path)
        file.parent.mkdir(parents=True)
        file.write_text(f"#pragma once\n\n#  include {include}\n", encoding="utf-8")
        return subprocess.run([CHECK, root], capture_output=True, text=True, check=False)


class CheckLayers(unittest.TestCase):
    def test_lets_every_allowed_include_pass(self):
        for path, include in ALLOWED:
            with self.subTest(path=path, include=include):
                result = check(path, include)
                self.assertEqual((result.returncode, result.stdout), (0, ""))

    def test_refuses_every_forbidden_include_with_its_place(self):
        for path, include in FORBIDDEN:
            with self.subTest(path=path, include=include):
                result = check(path, include)
                self.assertEqual(result.returncode, 1)
                self.assertRegex(result.stdout, f"^{path}:3: #include [^:]+: .+\n$")


unittest.main()

#!/usr/bin/python3
"""access_test.py BUILD: roles by certificate and by user, as docs/security.md says, and what signpost says of each failure."""
import grp
import json
import os
import pathlib
import pwd
import re
import subprocess
import sys
import unittest

from servers import Scene, await_true, free_port

BUILD = sys.argv.pop(1)
MANUAL = pathlib.Path(__file__).resolve().parents[2] / "docs" / "security.md"
ZONE = {"zones": [{"name": "example.com", "name_servers": ["ns1.example.net"]}]}
# Of Debian's base-passwd, on every host: their ids are fixed.
OPERATOR, READER_GROUP, STRANGER = "daemon", "games", "nobody"


def manual_commands() -> list:
    return [line.strip().replace("192.0.2.53", "127.0.0.1") for line in MANUAL.read_text().splitlines()
            if line.startswith("    openssl ")]


class Access(unittest.TestCase):
    def setUp(self):
        self.scene = self.enterContext(Scene(BUILD))
        self.folder = self.scene.folder
        self.port = free_port()
        self.audit = self.folder / "audit.log"

    def client(self, *arguments, user: str = "", groups: tuple = (), **environment) -> subprocess.CompletedProcess:
        """signpost, with the environment for where and who, and as another user if one is named."""
        extra = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": list(groups)} if user else {}
        return subprocess.run([self.scene.build / "tools/signpost/signpost", *map(str, arguments)], capture_output=True,
                              text=True, timeout=60, env=os.environ | {k: str(v) for k, v in environment.items()}, **extra)

    def audited(self) -> list:
        return [json.loads(line) for line in self.audit.read_text().splitlines()]

    def newest_author(self) -> str:
        return json.loads(self.scene.signpost("history", "-o", "json"))["items"][0]["author"]

    def config(self) -> pathlib.Path:
        path = self.folder / "zone.json"
        path.write_text(json.dumps(ZONE))
        path.chmod(0o644)
        return path


class Certificates(Access):
    def setUp(self):
        super().setUp()
        for command in manual_commands():
            subprocess.run(command, shell=True, check=True, cwd=self.folder, capture_output=True)
        self.scene.start_daemon(
            "--grpc-listen", f"127.0.0.1:{self.port}", "--grpc-cert", self.folder / "server.pem",
            "--grpc-key", self.folder / "server.key", "--grpc-client-ca", self.folder / "ca.pem",
            "--admin", "cert:ops-*.example.net", "--operator", "cert:deploy.example.net", "--audit-log", self.audit)

    def sign(self, name: str, days: int = 90, authority: str = "ca") -> dict:
        """A client of that name: the environment of signpost."""
        stem = self.folder / f"{name}-{authority}{days}"
        run = lambda *words: subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
        run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-keyout", f"{stem}.key", "-out", f"{stem}.csr")
        run("x509", "-req", "-in", f"{stem}.csr", "-CA", self.folder / f"{authority}.pem", "-CAkey",
            self.folder / f"{authority}.key", "-CAcreateserial", "-days", days, "-out", f"{stem}.pem")
        return self.environment(f"{stem}.pem", f"{stem}.key")

    def environment(self, certificate, key) -> dict:
        return {"SIGNPOST_SERVER": f"tls://127.0.0.1:{self.port}", "SIGNPOST_CA": self.folder / "ca.pem",
                "SIGNPOST_CERT": certificate, "SIGNPOST_KEY": key}

    def manual_client(self) -> dict:
        return self.environment(self.folder / "client.pem", self.folder / "client.key")

    def other_authority(self) -> str:
        subprocess.run(manual_commands()[0].replace("ca.", "other.").replace("Signpost", "Other"), shell=True, check=True,
                       cwd=self.folder, capture_output=True)
        return "other"

    def assert_fails(self, result: subprocess.CompletedProcess, text: str):
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertRegex(result.stderr, text)

    def test_the_client_of_the_manual_changes_the_configuration_and_is_its_author(self):
        done = self.client("apply", "-f", self.config(), **self.manual_client())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.newest_author(), "certificate ops-1.example.net")
        (line,) = self.audited()
        self.assertEqual((line["identity"], line["role"], line["code"], line["generation"]),
                         ("certificate ops-1.example.net", "admin", "OK", 1))
        self.assertRegex(line["peer"], r"^127\.0\.0\.1:\d+$")

    def test_who_lacks_the_role_is_told_what_it_takes_and_changes_nothing(self):
        self.assert_fails(self.client("apply", "-f", self.config(), **self.sign("deploy.example.net")),
                          "needs the role admin; certificate deploy.example.net has the role operator.*--admin cert:NAME")
        self.assert_fails(self.client("status", **self.sign("stranger.example.net")), "stranger.example.net has no role")
        self.assertEqual({line["code"] for line in self.audited()}, {"PERMISSION_DENIED"})
        self.assertNotIn("example.com", self.scene.signpost("get", "zones"))

    def test_every_failure_of_tls_has_words_of_its_own(self):
        good = self.manual_client()
        foreign = self.sign("ops-1.example.net", authority=self.other_authority())
        for changed, text in (
                ({"SIGNPOST_CERT": "", "SIGNPOST_KEY": ""}, "wants a certificate: give --cert and --key"),
                (foreign, "does not accept --cert .*signed by /CN=Other authority; it accepts .*/CN=Signpost authority"),
                (self.sign("ops-1.example.net", days=-1), "--cert .*: the certificate has expired"),
                ({"SIGNPOST_CA": self.folder / "other.pem"}, "certificate of the server .* is not accepted: .*--ca"),
                ({"SIGNPOST_CA": ""}, "--ca: is missing"),
                ({"SIGNPOST_CA": self.folder / "none.pem"}, "--ca .*none.pem: .*[Nn]o such file"),
                ({"SIGNPOST_KEY": ""}, "--key: is missing beside --cert"),
                ({"SIGNPOST_KEY": self.folder / "server.key"}, "--key .*server.key: key values mismatch"),
                ({"SIGNPOST_SERVER": f"tls://localhost:{self.port}"}, "is not for the name localhost"),
                ({"SIGNPOST_SERVER": f"tls://127.0.0.1:{free_port()}"}, "Connection refused; does it run with --grpc-listen"),
                ({"SIGNPOST_SERVER": "tls://127.0.0.1"}, "is not unix:///PATH or tls://HOST:PORT")):
            self.assert_fails(self.client("status", **(good | changed)), text)
        self.assertEqual(self.client("status", **good).returncode, 0)

    def test_a_renewed_certificate_is_shown_without_a_restart(self):
        pid = self.scene.daemon.pid
        for command in manual_commands()[1:3]:
            subprocess.run(command, shell=True, check=True, cwd=self.folder, capture_output=True)
        shown = ["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", "-cert", self.folder / "client.pem",
                 "-key", self.folder / "client.key", "-alpn", "h2"]
        body = re.sub(r"\s", "", (self.folder / "server.pem").read_text())
        await_true(lambda: body in re.sub(r"\s", "", subprocess.run(shown, input=b"", capture_output=True).stdout.decode("latin-1")),
                   "the new certificate")
        self.assertEqual(self.client("status", **self.manual_client()).returncode, 0)
        self.assertEqual(self.scene.daemon.pid, pid)

    def test_a_port_without_tls_or_roles_is_refused(self):
        for flags, text in ((["--grpc-listen", "127.0.0.1:5380"], "--grpc-listen requires"),
                            (["--grpc-cert", "x.pem"], "--grpc-cert requires --grpc-listen")):
            refused = subprocess.run([self.scene.build / "userspace/daemon/signpostd", "--listen", "127.0.0.1", *flags],
                                     capture_output=True, text=True, timeout=60)
            self.assertEqual(refused.returncode, 2)
            self.assertIn(text, refused.stderr)


@unittest.skipUnless(os.geteuid() == 0, "becomes other users, which takes root")
class Users(Access):
    def setUp(self):
        super().setUp()
        self.scene.start_daemon("--operator", f"user:{OPERATOR}", "--reader", f"group:{READER_GROUP}",
                                "--control-group", READER_GROUP, "--audit-log", self.audit)
        self.where = {"SIGNPOST_SERVER": f"unix://{self.scene.socket}"}
        self.readers = grp.getgrnam(READER_GROUP).gr_gid

    def test_a_user_has_the_role_of_its_name_and_its_changes_are_its_own(self):
        done = self.client("override", "set", "down", "--endpoint", "192.0.2.1", "--reason", "test", user=OPERATOR,
                           groups=[self.readers], **self.where)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(self.scene.signpost("override", "history"), rf"{OPERATOR}\s")
        denied = self.client("apply", "-f", self.config(), user=OPERATOR, groups=[self.readers], **self.where)
        self.assertIn(f"needs the role admin; {OPERATOR} has the role operator", denied.stderr)
        self.assertEqual([(line["identity"], line["role"], line["peer"], line["code"]) for line in self.audited()],
                         [(OPERATOR, "operator", "unix", "OK"), (OPERATOR, "operator", "unix", "PERMISSION_DENIED")])

    def test_members_of_a_group_have_its_role(self):
        member = self.client("status", user=STRANGER, groups=[self.readers], **self.where)
        self.assertEqual(member.returncode, 0, member.stderr)
        denied = self.client("override", "clear", "1", user=STRANGER, groups=[self.readers], **self.where)
        self.assertIn(f"needs the role operator; {STRANGER} has the role reader", denied.stderr)

    def test_who_is_of_no_group_that_may_does_not_connect(self):
        refused = self.client("status", user=STRANGER, **self.where)
        self.assertRegex(refused.stderr, "Permission denied; run this as root, or have signpostd open it to a group")

    def test_root_is_an_admin_whom_nobody_has_to_name(self):
        self.scene.apply(ZONE)
        self.assertEqual(self.newest_author(), "root")


unittest.main()

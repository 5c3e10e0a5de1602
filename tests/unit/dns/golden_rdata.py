#!/usr/bin/python3
"""Writes golden_rdata.tsv: RDATA as dnspython reads and writes it, an oracle that shares no code with ours.

Columns: type, text, the text that dnspython writes, wire form in hexadecimal. Run it in this folder:

    ./golden_rdata.py > golden_rdata.tsv
"""

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

HASH = "2vptu5timamqttgl4luu9kg21e0aor3s"
SAMPLES = {
    "A": ["192.0.2.1", "0.0.0.0", "255.255.255.255"],
    "AAAA": ["2001:db8::1", "::", "::ffff:192.0.2.1", "2001:DB8:0:0:1:0:0:1", "2001:db8:1:2:3:4:5:6"],
    "NS": ["ns1.example.com.", "ns1", "@", "."],
    "CNAME": ["www", "WWW.Example.COM."],
    "DNAME": ["example.net."],
    "PTR": [r"host\.with\.dots.example.com.", r"\000\255\032.example.com.", "0/25.2.0.192.in-addr.arpa."],
    "MX": ["10 mail", "0 .", "65535 mail.example.net."],
    "TXT": ['"hello world"', "hello world", '"v=spf1 -all"', r'"a\"b\\c"', r'"\000\127\255"', '""',
            '"' + "x" * 255 + '" "' + "y" * 255 + '"', r"a\;b", r'"semi;colon (and parentheses)"'],
    "SPF": ['"v=spf1 ip4:192.0.2.0/24 -all"'],
    "SOA": ["ns1 hostmaster 2026010100 7200 900 1209600 300",
            r"ns1.example.com. john\.doe.example.com. 4294967295 1h 15m 2w 1h30m"],
    "SRV": ["0 5 5060 sip", "65535 65535 65535 .", "1 2 3 sip.example.net."],
    "CAA": ['0 issue "ca.example.net"', '128 iodef "mailto:security@example.com"', '0 issuewild ";"',
            '0 issue ""', '1 tbs Unknown'],
    "NAPTR": ['100 50 "s" "z3950+I2L+I2C" "" _z3950._tcp.example.com.',
              r'100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .',
              r'100 10 "" "" "/urn:cid:.+@([^\\.]+\\.)(.*)$/\\2/i" .'],
    "HINFO": ['"PC-Intel" "Debian"', '"" ""'],
    "RP": ["mbox.example.com. text.example.com."],
    "AFSDB": ["1 afsdb"],
    "RT": ["10 relay.example.com."],
    "X25": ['"311061700956"'],
    "PX": ["10 net2.it. PRMD-net2.ADMD-p400.C-it."],
    "KX": ["10 kx"],
    "DS": ["60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
           "60485 13 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0 614B93C4F9E99B8383F6A1E4469DA50A",
           "60485 ECDSAP256SHA256 4 " + "ab" * 48],
    "CDS": ["60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118", "0 0 0 00"],
    "DLV": ["60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"],
    "DNSKEY": ["256 3 5 AQPSKmynfzW4kyBv015MUG2DeIQ3 Cbl+BBZH4b/0PY1kxkmvHjcZc8no",
               "257 3 ECDSAP256SHA256 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edb"],
    "CDNSKEY": ["257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edb", "0 3 0 AA=="],
    "TLSA": ["3 1 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971", "0 0 0 aabb cc"],
    "SMIMEA": ["3 0 0 aabbcc"],
    "SSHFP": ["1 1 dd465c09cfa51fb45020cc83316fff21b9ec74ac", "4 2 " + "0f" * 32],
    "SVCB": ["1 .", "0 foo.example.com.", "16 foo.example.com. port=53", "1 foo.example.com. key667=hello",
             r'1 foo.example.com. key667="hello\210qoo"',
             '1 foo.example.com. ipv6hint="2001:db8::1,2001:db8::53:1"',
             '1 example.com. ipv6hint="2001:db8:122:344::192.0.2.33"',
             "16 foo.example.org. alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1",
             r'16 foo.example.org. alpn="f\\\\oo\\,bar,h2"', r"16 foo.example.org. alpn=f\\\092oo\092,bar,h2",
             "1 svc alpn=h2 no-default-alpn", "1 . ech=AEX+DQA/", "1 . key65534", '2 . port="8443"'],
    "HTTPS": ["1 . alpn=h2,h3", "0 pool.svc.example.net.",
              '1 . alpn="h3,h2" ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1 port=8443'],
    "URI": ['10 1 "ftp://ftp1.example.com/public"', '0 65535 "https://example.com/?a=b c"'],
    "LOC": ["42 21 54 N 71 06 18 W -24m 30m", "42 21 43.952 N 71 5 6.344 W -24m 1m 200m", "52 14 05 N 00 08 50 E 10m",
            "32 7 19 S 116 2 25 E 10m", "42 21 28.764 N 71 00 51.617 W -44m 2000m", "0 N 0 E 0",
            "90 0 0 S 180 0 0 W -100000.00m 0.01m 90000000m 5m", "1 2 3.004 N 5 6 7.008 E 42849672.95m"],
    "CERT": ["PKIX 12345 8 AQIDBAUG", "65280 1 2 AQ==", "PGP 0 0 AQID"],
    "OPENPGPKEY": ["AQIDBAUG BwgJ"],
    "DHCID": ["AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA="],
    "EUI48": ["00-00-5e-00-53-2a", "FF-FF-FF-FF-FF-FF"],
    "EUI64": ["00-00-5e-ef-10-00-00-2a"],
    "RRSIG": ["A 5 3 86400 20030322173103 20030220173103 2642 example.com. oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTr",
              "TYPE65280 13 2 300 20380119031408 19700101000000 65535 . AQ==",
              "SOA ECDSAP256SHA256 2 300 4294967295 0 1 @ AQID"],
    "NSEC": [r"host.example.com. A MX RRSIG NSEC TYPE1234", r"\000.example.com. NS SOA RRSIG NSEC DNSKEY CAA TYPE65535",
             "a A"],
    "NSEC3": [f"1 1 12 aabbccdd {HASH} A RRSIG", f"1 0 0 - {HASH}", f"1 0 0 - {HASH} MX DNSKEY NS SOA NSEC3PARAM RRSIG"],
    "NSEC3PARAM": ["1 0 12 aabbccdd", "1 0 0 -"],
    "CSYNC": ["66 3 A NS AAAA", "0 0"],
    "ZONEMD": ["2018031500 1 1 FEBE3D4CE2EC2FFA4BA99D46CD69D6D29711E55217057BEE7EB1A7B641A47BA7"
               "FED2DD5B97AE499FAFA4F22C6BD647DE"],
    "NID": ["10 0014:4fff:ff20:ee64"],
    "L32": ["10 198.51.100.1"],
    "L64": ["10 2001:0DB8:1140:1000"],
    "LP": ["10 l64-subnet1.example.com."],
    "NSAP-PTR": ["host.example.com."],
    "AVC": ['"app-name:WOLFGANG|app-class:OAM"'],
    "TYPE65280": [r"\# 4 01020304", r"\# 0", r"\# 3 ab cdEF"],
}
GENERIC_TOO = {"A": r"\# 4 c0000201", "MX": r"\# 8 000a046d61696c00"}


def main():
    origin = dns.name.from_text("example.com.")
    for mnemonic, texts in SAMPLES.items():
        rdtype = dns.rdatatype.from_text(mnemonic)
        for text in texts + ([GENERIC_TOO[mnemonic]] if mnemonic in GENERIC_TOO else []):
            rdata = dns.rdata.from_text(dns.rdataclass.IN, rdtype, text, origin, relativize=False)
            print(mnemonic, text, rdata.to_text(), rdata.to_wire().hex(), sep="\t")


if __name__ == "__main__":
    main()

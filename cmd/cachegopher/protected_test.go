package main

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
)

// TestRefusesToListen starts nodes without users on publicly reachable addresses: they end with exit
// status 2 and one line, before they listen. With users, or without protected mode, they start.
func TestRefusesToListen(t *testing.T) {
	const refusal = `, where a node without users does not listen (protected mode); give "security" some "users", or listen on a private or loopback address; "protected": false in "security" if everybody may do everything` + "\n"
	const server = `"servers": [{"id": "a", "address": "127.0.0.1:7", "role": "primary"},
		{"id": "b", "address": ["127.0.0.1:8", "%A"], "role": "primary"%TLS}]}`
	hash := hashOf(t, "hunter2")
	for _, c := range []struct{ security, address, tls, flags, want string }{
		{``, "0.0.0.0:9", "", "--server-id b", `c.json:2: servers[1].address[1]: 0.0.0.0:9 is every address of this machine` + refusal},
		{``, ":9", "", "--server-id b", `c.json:2: servers[1].address[1]: :9 is every address of this machine` + refusal},
		{``, "[::ffff:8.8.8.8]:9", "", "--server-id b", `c.json:2: servers[1].address[1]: [::ffff:8.8.8.8]:9 is a public address` + refusal},
		{``, "127.0.0.1:9", "", "--server-id a --address [::]:9", `c.json:1: --address: [::]:9 is every address of this machine` + refusal},
		{``, "0.0.0.0:9", "", "--check-config", `c.json:2: servers[1].address[1]: 0.0.0.0:9 is every address of this machine` + refusal},
		{`"tls_cert": "x", "tls_key": "x"`, "127.0.0.1:9", `, "tls_address": "0.0.0.0:10"`, "--server-id b", `c.json:2: servers[1].tls_address: 0.0.0.0:10 is every address of this machine` + refusal},
		{``, "127.0.0.1:9", `, "admin_address": "0.0.0.0:10", "admin_profiling": true, "admin_show_keys": true`, "--server-id b", `c.json:2: servers[1].admin_address: 0.0.0.0:10 is every address of this machine` + refusal},
		{``, "127.0.0.1:9", `, "admin_address": "8.8.8.8:10"`, "--check-config", `c.json:2: servers[1].admin_address: 8.8.8.8:10 is a public address` + refusal},
		// These are refused for something else: files of certificates that are not there.
		{`"tls_cert": "x", "tls_key": "x", "tls_ca": "x", "tls_clients": "required"`, "127.0.0.1:9", `, "tls_address": "0.0.0.0:10"`, "--server-id b", "c.json:1: security: cannot use the certificates: read the certificate: open x: no such file or directory; give PEM files that the node may read\n"},
		{`"protected": false, "tls_cert": "x", "tls_key": "x"`, "0.0.0.0:9", "", "--server-id b", "c.json:1: security: cannot use the certificates: read the certificate: open x: no such file or directory; give PEM files that the node may read\n"},
		{fmt.Sprintf(`"users": [{"name": "u", "password": %q, "rights": ["read"]}], "tls_cert": "x", "tls_key": "x"`, hash), "0.0.0.0:9", "", "--server-id b", "c.json:1: security: cannot use the certificates: read the certificate: open x: no such file or directory; give PEM files that the node may read\n"},
	} {
		folder := t.TempDir()
		text := `{"common": {"production": true}, "security": {` + c.security + `}, ` + strings.NewReplacer("%A", c.address, "%TLS", c.tls).Replace(server)
		write(t, folder, "c.json", text)
		status, stdout, stderr := command(t, folder, append([]string{"--config", "c.json"}, strings.Fields(c.flags)...)...)
		if status != exitUsage || stdout != "" || stderr != c.want {
			t.Errorf("%s %s %s %s\nstatus %d, standard output %q, standard error\n%s want\n%s", c.security, c.address, c.tls, c.flags, status, stdout, stderr, c.want)
		}
	}
	folder := t.TempDir()
	write(t, folder, "c.json", `{"common": {"production": true, "admin_address": "0.0.0.0:10"},
		`+strings.NewReplacer("%A", "127.0.0.1:9", "%TLS", `, "admin_address": "127.0.0.1:11"`).Replace(server))
	wantOnce := `c.json:1: common.admin_address: 0.0.0.0:10 is every address of this machine` + refusal
	if status, _, stderr := command(t, folder, "--config", "c.json", "--check-config"); status != exitUsage || stderr != wantOnce {
		t.Errorf("the admin address of common: status %d, %s", status, stderr)
	}
	want := "cachegopher: --address: 0.0.0.0:9 is every address of this machine, where a node without users does not listen (protected mode); listen on a private or loopback address, or give a config that has \"security\"; --protected=false if everybody may do everything\n"
	if status, stdout, stderr := command(t, t.TempDir(), "--address", "0.0.0.0:9"); status != exitUsage || stdout != "" || stderr != want {
		t.Errorf("without a config: status %d, %q, %q", status, stdout, stderr)
	}
}

// TestListensAnyway: nodes without protected mode on all addresses, and nodes on a private address, serve
// and log a warning.
func TestListensAnyway(t *testing.T) {
	own := ownAddress()
	if own == "" {
		t.Skip("SKIPPED: this machine has no address but the loopback's")
	}
	private := netip.MustParseAddr(own).IsPrivate()
	for _, c := range []struct{ security, host, admin, flag, warning string }{
		{`"security": {"protected": false},`, "0.0.0.0", "127.0.0.1", "", "everybody who reaches this address may read and change everything"},
		{``, "0.0.0.0", "127.0.0.1", "--protected=false", "everybody who reaches this address may read and change everything"},
		{``, own, "127.0.0.1", "", "everybody in this network may read and change everything"},
		{`"security": {"protected": false},`, "127.0.0.1", "0.0.0.0", "", "everybody who reaches this address may read what the admin listener serves"},
		{``, "127.0.0.1", own, "", "everybody in this network may read what the admin listener serves"},
		{securityOf(t, t.TempDir(), "") + ",", "127.0.0.1", "0.0.0.0", "", "everybody who reaches this address may read what the admin listener serves"},
	} {
		if (c.host == own || c.admin == own) && !private {
			t.Logf("SKIPPED in part: %s is no private address", own)
			continue
		}
		port, adminPort, folder := freePort(t), freePort(t), t.TempDir()
		write(t, folder, "cacheGopherConfig.json", `{`+c.security+`"servers": [{"id": "a", "address": "`+net.JoinHostPort(c.host, port)+
			`", "admin_address": "`+net.JoinHostPort(c.admin, adminPort)+`", "role": "primary", "max_memory": "64MB"}]}`)
		d := launch(t, folder, append([]string{binary}, strings.Fields(c.flag)...)...)
		d.serving()
		d.address = net.JoinHostPort(map[bool]string{true: own, false: c.host}[c.host == "0.0.0.0"], port)
		d.dial().want("PING", "PONG")
		if log := d.stdout.String(); strings.Count(log, "WARN ") != 1 || !strings.Contains(log, "WARN "+c.warning) {
			t.Errorf("with %q and %q on %s and %s not one warning in %s", c.security, c.flag, c.host, c.admin, log)
		}
		url := "http://" + net.JoinHostPort(map[bool]string{true: own, false: c.admin}[c.admin == "0.0.0.0"], adminPort)
		if code, _ := get(t, url+"/healthz", "*/*"); code != 200 {
			t.Errorf("operators are answered %d", code)
		}
	}
}

// ownAddress returns a non-loopback IPv4 address of this machine; "" if there is none.
func ownAddress() string {
	all, _ := net.InterfaceAddrs()
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() {
			return n.IP.String()
		}
	}
	return ""
}

// TestRefusesSocket gives a node a socket on all addresses, which its config does not name.
func TestRefusesSocket(t *testing.T) {
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // the test is over
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // the test is over
	d := launchManaged(t, []string{"LISTEN_FDS=1"}, []*os.File{file}, "--address", freeAddress(t))
	if status := d.ended(patience); status != exitUsage || !strings.Contains(d.stderr.String(), "ListenStream of the node's socket unit: "+l.Addr().String()+" is every address") {
		t.Errorf("exit status %d, %s", status, d.stderr)
	}
}

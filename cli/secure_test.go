package cli

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/server/servertest"
)

// TestProtectedNode talks to a node that has users, with TLS and without.
func TestProtectedNode(t *testing.T) {
	n := servertest.Start(t, servertest.User("app", "hunter2", "read", "write"), servertest.TLS())
	for _, c := range []struct {
		flags    []string
		password string
		status   int
		want     string
	}{
		{[]string{"--address", n.Direct}, "", 2, "NOAUTH"},
		{[]string{"--address", n.Direct, "--user", "app"}, "guess", 2, "WRONGPASS"},
		{[]string{"--address", n.Direct, "--user", "app"}, "hunter2", 0, "app"},
		{[]string{"--address", n.TLSAddress, "--user", "app", "--cacert", n.CA}, "hunter2", 0, "app"},
		{[]string{"--address", "cachegophers://app:hunter2@" + n.TLSAddress, "--cacert", n.CA}, "", 0, "app"},
		{[]string{"--address", n.TLSAddress, "--user", "app", "--tls"}, "hunter2", 3, "certificate"},
		{[]string{"--address", n.Direct, "--cert", n.Cert}, "", 2, "--cert and --key belong together"},
		{[]string{"--address", n.Direct, "--cacert", "/nowhere"}, "", 2, "--cacert, --cert, --key: read the authorities: open /nowhere: no such file"},
	} {
		p := newPlace(t, append(c.flags, "--timeout", "20s")...)
		if c.password != "" {
			p.env = append(p.env, "CACHEGOPHER_PASSWORD="+c.password)
		}
		out := p.input("", "ACL", "WHOAMI")
		if all := out.out + out.errs; out.status != c.status || !strings.Contains(all, c.want) || strings.Contains(all, "hunter2") {
			t.Errorf("%v: exit status %d, %s; want %d, %s", c.flags, out.status, all, c.status, c.want)
		}
	}
}

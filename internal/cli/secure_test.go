package cli

import (
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/cachegopher/cachegopher/internal/certs"
	"github.com/cachegopher/cachegopher/internal/certs/certstest"
	"github.com/cachegopher/cachegopher/server/auth"
	"github.com/cachegopher/cachegopher/server/servertest"
)

// TestProtectedNode talks to a node that has users, with TLS and without.
func TestProtectedNode(t *testing.T) {
	folder := t.TempDir()
	ca := certstest.New(t, folder)
	cert, key := ca.Issue(t, folder, "node")
	store, err := certs.Load(certs.Files{Cert: cert, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	hash, err := bcrypt.GenerateFromPassword([]byte("hunter2"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	users, err := auth.New([]auth.Account{{Name: "app", Hash: string(hash), Rights: []string{"read", "write"}}}, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := servertest.Start(t, servertest.Users(users), servertest.TLS(store.Server()))
	for _, c := range []struct {
		flags    []string
		password string
		status   int
		want     string
	}{
		{[]string{"--address", n.Direct}, "", 2, "NOAUTH"},
		{[]string{"--address", n.Direct, "--user", "app"}, "guess", 2, "WRONGPASS"},
		{[]string{"--address", n.Direct, "--user", "app"}, "hunter2", 0, "app"},
		{[]string{"--address", n.TLSAddress, "--user", "app", "--cacert", ca.CA}, "hunter2", 0, "app"},
		{[]string{"--address", "cachegophers://app:hunter2@" + n.TLSAddress, "--cacert", ca.CA}, "", 0, "app"},
		{[]string{"--address", n.TLSAddress, "--user", "app", "--tls"}, "hunter2", 3, "certificate"},
		{[]string{"--address", n.Direct, "--cert", cert}, "", 2, "--cert and --key belong together"},
		{[]string{"--address", n.Direct, "--cacert", "/nowhere"}, "", 2, "no such file"},
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

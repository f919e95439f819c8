package coordination

import (
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/certs/certstest"
	"github.com/cachegopher/cachegopher/internal/etcdtest"
)

// TestNoQuorum: the primary goes on while two of etcd's three members are dead, and says so. When one is back nothing
// changes, and elections are possible.
func TestNoQuorum(t *testing.T) {
	t.Parallel()
	etcd := etcdtest.StartCluster(t, 3)
	w := worldOf(t, etcd...)
	w.bear()
	logs := w.listen()
	for _, id := range []string{"a", "b", "c"} {
		w.add(id, 0)
	}
	a := w.settled()
	epoch := a.epoch
	etcd[0].Kill()
	etcd[1].Kill()
	w.says(logs, "no quorum", "etcd")
	for end := time.Now().Add(w.conf.FailoverAfter); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if !a.writable() {
			t.Fatalf("no writes without a quorum\n%s", w)
		}
	}
	etcd[1].Restart()
	w.eventually("etcd is there", func() bool { return !a.c.Status().Away })
	if l := w.settled(); l != a || l.epoch != epoch {
		t.Errorf("%s leads in epoch %d, was a in %d", l.id, l.epoch, epoch)
	}
	a.kill()
	if l := w.leader(); l == a || l.epoch <= epoch {
		t.Errorf("%s leads in epoch %d after the death of a in %d", l.id, l.epoch, epoch)
	}
}

// TestOlderCopy: etcd is restored from a copy that names an earlier primary. The primary leads on, in no earlier epoch; the
// earlier one, which starts again, follows it. TestOlderCopyUnheard has the case that nobody else has heard of the primary.
func TestOlderCopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "a", "b", "c")
	a := w.settled()
	restore := w.copyEtcd(a)
	a.kill()
	b := w.leader()
	epoch := b.epoch
	w.eventually("the third member has heard of it", func() bool {
		return !slices.ContainsFunc(w.all(), func(f *fake) bool { e, _ := f.Leadership(); return f.id != "a" && e != epoch })
	})
	restore()
	w.eventually("registered anew", func() bool { return !b.c.Status().Away && b.c.Status().Members >= 2 && b.writable() })
	again := w.add("a", 100)
	w.eventually("a follows", func() bool { e, p := again.Leadership(); return p == b.id && e >= epoch })
	if again.writable() || w.leader() != b || b.epoch < epoch {
		t.Errorf("%s led in epoch %d\n%s", b.id, epoch, w)
	}
	key := keysOf("test").last("a")
	w.eventually("etcd knows the epoch", func() bool {
		is, err := w.client().Get(t.Context(), key)
		v := newView()
		return err == nil && len(is.Kvs) == 1 && v.apply(keysOf("test"), is.Kvs[0], false) == nil && v.last["a"].Epoch >= epoch && v.last["a"].ID == b.id
	})
}

// copyEtcd copies etcd's data, and returns once f has reached etcd again. restore replaces the data by the copy.
func (w *world) copyEtcd(f *fake) (restore func()) {
	w.t.Helper()
	saved := w.t.TempDir()
	replace := func(to, from string) {
		w.t.Helper()
		w.etcd.Kill()
		if err := errors.Join(os.RemoveAll(to), os.CopyFS(to, os.DirFS(from))); err != nil {
			w.t.Fatal(err)
		}
		w.etcd.Restart()
	}
	replace(saved, w.etcd.Data)
	w.eventually("etcd is there", func() bool { return !f.c.Status().Away })
	return func() { replace(w.etcd.Data, saved) }
}

// secureWorld returns a world whose etcd wants certificates of its clients; issue makes one.
func secureWorld(t *testing.T) (w *world, issue func(name string) (cert, key string)) {
	t.Helper()
	folder := t.TempDir()
	authority := certstest.New(t, folder)
	issue = func(name string) (cert, key string) { return authority.Issue(t, folder, name) }
	cert, key := issue("etcd")
	w = worldOf(t, etcdtest.Start(t, "-cert", cert, "-key", key, "-client-ca", authority.CA))
	w.conf.TLSCA = authority.CA
	return w, issue
}

// TestSignIn: nodes with a client certificate, and as a user with no rights but those that the log names, elect a primary
// and replace it at once when its process ends. To sign in is a write in etcd, so they do it once, not at each renewal.
func TestSignIn(t *testing.T) {
	t.Parallel()
	w, issue := secureWorld(t)
	w.bear()
	w.conf.TLSCert, w.conf.TLSKey = issue("node")
	c := w.client()
	w.users(c)
	w.conf.User, w.password = "node", "secret"
	for _, id := range []string{"a", "b", "c"} {
		w.add(id, 0)
	}
	a := w.settled()
	w.eventually("nothing is written", func() bool {
		before := w.entries()
		time.Sleep(w.conf.FailoverAfter)
		return w.entries() <= before+1 // this sign-in
	})
	a.kill()
	if l := w.leader(); l == a {
		t.Error("a leads after its death")
	}
}

// entries returns the number of entries in the log of etcd, which asks for users.
func (w *world) entries() uint64 {
	w.t.Helper()
	conf, err := settings(&w.conf)
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := clientv3.New(clientv3.Config{Endpoints: w.conf.Etcd, Username: "root", Password: "secret", DialTimeout: patience, TLS: conf.TLS, Logger: zap.NewNop()})
	if err != nil {
		w.t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // it only read
	is, err := c.Status(w.t.Context(), w.conf.Etcd[0])
	if err != nil {
		w.t.Fatal(err)
	}
	return is.RaftAppliedIndex
}

// TestNoClientCertificate: a node without the certificate that etcd wants says so.
func TestNoClientCertificate(t *testing.T) {
	t.Parallel()
	w, _ := secureWorld(t)
	logs := w.listen()
	a := w.add("a", 0)
	w.says(logs, "TLS with etcd fails", "tls_cert")
	if a.writable() {
		t.Error("it leads")
	}
}

// users makes the users root and node, with the password secret, and from then on etcd asks for users.
func (w *world) users(c *clientv3.Client) {
	w.t.Helper()
	ctx := w.t.Context()
	for _, do := range []func() error{
		func() error { _, err := c.RoleAdd(ctx, "root"); return err },
		func() error { _, err := c.UserAdd(ctx, "root", "secret"); return err },
		func() error { _, err := c.UserGrantRole(ctx, "root", "root"); return err },
		func() error { _, err := c.RoleAdd(ctx, "nodes"); return err },
		func() error {
			_, err := c.RoleGrantPermission(ctx, "nodes", "/cachegopher/", clientv3.GetPrefixRangeEnd("/cachegopher/"), clientv3.PermissionType(clientv3.PermReadWrite))
			return err
		},
		func() error { _, err := c.UserAdd(ctx, "node", "secret"); return err },
		func() error { _, err := c.UserGrantRole(ctx, "node", "nodes"); return err },
		func() error { _, err := c.AuthEnable(ctx); return err },
	} {
		if err := do(); err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestSecondaryRestartsWithoutEtcd: while etcd is away, a secondary's process ends and starts again; the primary takes
// writes again once it follows. When etcd returns nothing changes.
func TestSecondaryRestartsWithoutEtcd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "a", "b", "c")
	w.settled().kill() // so that another one leads than the config says
	b := w.leader()
	again := w.add("a", 100)
	w.eventually("a follows", func() bool { return b.followed() && b.c.Status().Members == 3 })
	epoch := b.epoch
	w.etcd.Kill()
	w.eventually("failsafe", func() bool { return b.c.Status().Failsafe })
	again.kill()
	w.eventually("writes are refused without a", func() bool { return !b.writable() })
	again = w.add("a", 0)
	w.eventually("writes", b.writable)
	if e, p := again.Leadership(); e != epoch || p != b.id {
		t.Errorf("a follows %s in epoch %d; %s leads in %d", p, e, b.id, epoch)
	}
	w.etcd.Restart()
	w.eventually("etcd is there", func() bool { return !b.c.Status().Away && b.c.Status().Members == 3 })
	if l := w.settled(); l != b || l.epoch != epoch || again.writable() {
		t.Errorf("%s leads in epoch %d, was %s in %d", l.id, l.epoch, b.id, epoch)
	}
}

package servertest

import (
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/cachegopher/cachegopher/internal/certs/certstest"
	"github.com/cachegopher/cachegopher/internal/config"
)

type options struct {
	id        string
	role      string
	maxMemory int64
	maxSize   int64
	admin     bool
	users     []user
	tls       bool
	files     certificates

	nodePassword string // path of the file with nodeUser's password; empty: nodes do not sign in
}

// user is a user in a config.
type user struct {
	Name     string   `json:"name"`
	Password string   `json:"password"` // bcrypt hash
	Rights   []string `json:"rights"`

	plain string
}

// certificates are paths of PEM files.
type certificates struct{ ca, cert, key string }

// Option changes the node that Start starts, or all nodes of StartGroup.
type Option func(*options)

// ID sets the node's id; the default contains its port. Nodes of a group get id with 1, 2, ... appended.
func ID(id string) Option { return func(o *options) { o.id = id } }

// Secondary makes a single node report the role of a secondary and refuse writes. It has no primary.
// It goes with neither User, TLS nor WithAdmin: StartGroup starts real secondaries.
func Secondary() Option { return func(o *options) { o.role = config.Secondary } }

// MaxMemory bounds the memory of entries, in bytes.
func MaxMemory(bytes int64) Option { return func(o *options) { o.maxMemory = bytes } }

// MaxSize bounds the number of entries.
func MaxSize(entries int64) Option { return func(o *options) { o.maxSize = entries } }

// User adds a user; clients must sign in then. Rights are "read", "write", "admin" and "replication".
func User(name, password string, rights ...string) Option {
	return func(o *options) { o.users = append(o.users, user{Name: name, Rights: rights, plain: password}) }
}

// TLS makes the node listen at TLSAddress too, with a certificate for 127.0.0.1 and localhost. See CA.
func TLS() Option { return func(o *options) { o.tls = true } }

// WithAdmin makes the node serve operators at Admin: /metrics, /readyz and so on.
func WithAdmin() Option { return func(o *options) { o.admin = true } }

// configured reports whether the node needs a config: without one there are no users, no TLS and no admin listener.
func (o *options) configured() bool { return len(o.users) > 0 || o.tls || o.admin }

// optionsOf applies opts, hashes passwords and issues certificates.
func optionsOf(t testing.TB, opts []Option) options {
	t.Helper()
	o := options{role: config.Primary, maxMemory: DefaultMaxMemory}
	for _, set := range opts {
		set(&o)
	}
	if o.configured() && o.role == config.Secondary {
		t.Fatal("servertest: Secondary goes with neither User, TLS nor WithAdmin; StartGroup starts real secondaries")
	}
	for i := range o.users {
		o.users[i].Password = hashOf(t, o.users[i].plain)
	}
	if o.tls {
		folder := t.TempDir()
		ca := certstest.New(t, folder)
		cert, key := ca.Issue(t, folder, "node")
		o.files = certificates{ca.CA, cert, key}
	}
	return o
}

// hashOf hashes a password for a config, at the least cost.
func hashOf(t testing.TB, password string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatalf("servertest: hash a password: %v", err)
	}
	return string(hash)
}

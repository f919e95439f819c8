package config

import (
	"reflect"
	"time"
)

// Coordination says which etcd decides who leads each group. Without any etcd the config and operators do.
type Coordination struct {
	Etcd          []string // URLs of etcd's members; none: no coordination
	Cluster       string
	FailoverAfter time.Duration
	WithoutEtcd   string // WithoutEtcdFailsafe, WithoutEtcdWritable or WithoutEtcdReadonly
	ForgetAfter   time.Duration
	User          string
	PasswordFile  string
	TLSCA         string
	TLSCert       string
	TLSKey        string
}

// What a primary does that cannot reach etcd.
const (
	WithoutEtcdFailsafe = "failsafe" // takes writes while all members of its group confirm that they follow it
	WithoutEtcdWritable = "writable" // takes writes, even if another member leads meanwhile
	WithoutEtcdReadonly = "readonly" // refuses writes
)

// Coordinated reports whether etcd decides who leads.
func (f *File) Coordinated() bool { return f != nil && len(f.Coordination.Etcd) > 0 }

func (c *Coordination) keys() table {
	const pem = "the path of a PEM file"
	return table{
		{"etcd", &c.Etcd, words{"strings: URLs of etcd's members", "a URL, as in \"http://127.0.0.1:2379\""}, nil, AtStart,
			"where etcd is reached: its members' URLs, all `http://` or all `https://`"},
		{"cluster", &c.Cluster, text("a string"), "main", AtStart,
			"the cluster's name, 1 to 64 letters, digits, and any of `_ - . : @`: its keys in etcd begin with `/cachegopher/<cluster>/`"},
		{"failover_after", &c.FailoverAfter, duration(2*time.Second, time.Hour), 2 * time.Second, AtStart,
			"how long a primary may be silent before another member takes its place; one whose process has ended is replaced at once. All nodes must have the same value"},
		{"without_etcd", &c.WithoutEtcd, choice(WithoutEtcdFailsafe, WithoutEtcdWritable, WithoutEtcdReadonly), WithoutEtcdFailsafe, AtStart,
			"what a primary does that cannot reach etcd: `failsafe`: it takes writes while every other member of its group confirms that it follows; `writable`: it takes writes in any case, so that there may be two primaries; `readonly`: it refuses writes"},
		{"forget_after", &c.ForgetAfter, duration(time.Minute, 365*day), time.Hour, AtStart,
			"after this time without a sign of life a member that is in no config is forgotten"},
		{"user", &c.User, text("the name of a user"), nil, AtStart, "the user as which nodes sign in at etcd"},
		{"password_file", &c.PasswordFile, text("the path of a file"), nil, AtStart, "the file that holds the password of `user`"},
		{"tls_ca", &c.TLSCA, text(pem), nil, AtStart, "the authority that signs etcd's certificates; without it the system's authorities"},
		{"tls_cert", &c.TLSCert, text(pem), nil, AtStart, "the certificate with which nodes sign in at etcd"},
		{"tls_key", &c.TLSKey, text(pem), nil, AtStart, "the private key of that certificate"},
	}
}

// given is an object that may be left out: its defaults hold only where something is given.
type given struct{ inner }

func (given) absent(field any) bool { return reflect.ValueOf(field).Elem().IsZero() }

func (g given) check(f *faults, path string, field any) {
	if !g.absent(field) {
		g.inner.check(f, path, field)
		if !f.under(path) {
			field.(*Coordination).check(f, path)
		}
	}
}

func (g given) show(field any) any {
	if g.absent(field) {
		return nil
	}
	return g.inner.show(field)
}

func (g given) fill(field any) {
	if !g.absent(field) {
		g.inner.fill(field)
	}
}

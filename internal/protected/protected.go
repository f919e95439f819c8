// Package protected starts a node that has a user and speaks TLS, for tests of those who have to sign in.
package protected

import (
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/cachegopher/cachegopher/internal/certs"
	"github.com/cachegopher/cachegopher/internal/certs/certstest"
	"github.com/cachegopher/cachegopher/server/auth"
	"github.com/cachegopher/cachegopher/server/servertest"
)

// The user of the node, who may read and write.
const (
	User     = "app"
	Password = "hunter2"
)

// Node is a node that wants its clients to sign in.
type Node struct {
	*servertest.Node
	CA   string // file of the authority that the node's certificate is from
	Cert string // file of that certificate
}

// Start starts a node that ends with the test.
func Start(t testing.TB) Node {
	t.Helper()
	folder := t.TempDir()
	ca := certstest.New(t, folder)
	cert, key := ca.Issue(t, folder, "node")
	store, err := certs.Load(certs.Files{Cert: cert, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(Password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	users, err := auth.New([]auth.Account{{Name: User, Hash: string(hash), Rights: []string{"read", "write"}}}, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	return Node{servertest.Start(t, servertest.Users(users), servertest.TLS(store.Server())), ca.CA, cert}
}

package client_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/server/servertest"
)

// exampleTB lets servertest start nodes for examples, which have no testing.TB.
type exampleTB struct {
	testing.TB
	cleanups []func()
}

func (t *exampleTB) Helper()                           {}
func (t *exampleTB) Failed() bool                      { return false }
func (t *exampleTB) Cleanup(f func())                  { t.cleanups = append(t.cleanups, f) }
func (t *exampleTB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (t *exampleTB) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (t *exampleTB) stop() {
	for i := range t.cleanups {
		t.cleanups[len(t.cleanups)-1-i]()
	}
}

// newClient returns a client of a new node, and a function that stops both.
func newClient() (c *client.Client, stop func()) {
	t := new(exampleTB)
	c, err := client.New(client.WithServers(servertest.Start(t).Address))
	if err != nil {
		panic(err)
	}
	return c, func() { c.Close(); t.stop() }
}

// startNode starts a node and changes to a folder whose config file names it.
func startNode() (stop func()) {
	t := new(exampleTB)
	n := servertest.Start(t)
	old, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	folder, err := os.MkdirTemp("", "client")
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "cacheGopherConfig.json"), []byte(servertest.Config([]*servertest.Node{n})), 0o600); err != nil {
		panic(err)
	}
	if err := os.Chdir(folder); err != nil {
		panic(err)
	}
	return func() {
		os.Chdir(old)        //nolint:errcheck // it was there
		os.RemoveAll(folder) //nolint:errcheck // a temporary folder
		t.stop()
	}
}

// Each block of code in the guide is part of an example, which runs.
func TestGuideShowsExamples(t *testing.T) {
	guide, err := os.ReadFile("../docs/client.md")
	if err != nil {
		t.Fatal(err)
	}
	examples, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	words := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	blocks := strings.Split(string(guide), "```go\n")[1:]
	if len(blocks) == 0 {
		t.Fatal("the guide shows no code")
	}
	for _, b := range blocks {
		code, _, ok := strings.Cut(b, "```")
		if !ok || !strings.Contains(words(string(examples)), words(code)) {
			t.Errorf("not part of any example:\n%s", code)
		}
	}
}

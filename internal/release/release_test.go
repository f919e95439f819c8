package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const testVersion = "v0.9.1"

// copyRepository makes a repository of the files of this one, as they are now.
func copyRepository(t *testing.T) (folder string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("SKIPPED: there is no git")
	}
	root, err := output(".", "git", "rev-parse", "--show-toplevel")
	if err != nil {
		t.Skip("SKIPPED: not in a git repository: " + err.Error())
	}
	list, err := output(root, "git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	for _, f := range strings.Split(list, "\x00") {
		info, err := os.Lstat(filepath.Join(root, f))
		if err != nil || !info.Mode().IsRegular() {
			continue // deleted, or a link
		}
		data, err := os.ReadFile(filepath.Join(root, f))
		if err == nil {
			err = os.MkdirAll(filepath.Join(folder, filepath.Dir(f)), 0o700)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, f), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "--quiet"}, {"config", "user.name", "test"}, {"config", "user.email", "test@example.com"},
		{"config", "commit.gpgsign", "false"}, {"config", "tag.gpgsign", "false"}, {"add", "--all"}, {"commit", "--quiet", "-m", "first"}} {
		if _, err := output(folder, "git", args...); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// programs are packages that import those of each module.
var programs = map[string]string{
	"github.com/cachegopher/cachegopher": `package importer

import (
	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/adapters/fiberstorage"
	"github.com/cachegopher/cachegopher/client/adapters/scsstore"
	"github.com/cachegopher/cachegopher/client/observe/cacheslog"
)

func use() {
	c, err := client.New(client.WithServers("localhost:1"), client.WithHooks(cacheslog.New(nil, cacheslog.Options{})))
	_, _, _ = scsstore.New(c), fiberstorage.New(c, "p"), err
}
`,
	"github.com/cachegopher/cachegopher/client/nearcache": `package importer

import (
	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/nearcache"
)

func use() {
	near, err := nearcache.New(nearcache.Options{})
	_, _ = client.WithNearCache(near), err
}
`,
	"github.com/cachegopher/cachegopher/client/adapters/gocachestore": `package importer

import "github.com/cachegopher/cachegopher/client/adapters/gocachestore"

func use() { _ = gocachestore.New(nil) }
`,
	"github.com/cachegopher/cachegopher/client/observe/cacheotel": `package importer

import (
	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/observe/cacheotel"
)

func use() {
	h, err := cacheotel.New(cacheotel.Options{})
	_, _ = client.WithHooks(h), err
}
`,
	"github.com/cachegopher/cachegopher/client/observe/cacheprom": `package importer

import (
	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/observe/cacheprom"
)

func use() { _ = client.WithHooks(cacheprom.New(cacheprom.Options{})) }
`,
}

// unwanted are modules that only the server needs.
var unwanted = []string{"github.com/panjf2000/gnet/v2", "github.com/panjf2000/ants/v2", "go.uber.org/zap", "gopkg.in/natefinch/lumberjack.v2"}

// TestEachModuleCanBeImported compiles a program for each module, with what a proxy would serve of the released version,
// and checks that it does not depend on what only the server needs.
func TestEachModuleCanBeImported(t *testing.T) {
	root := copyRepository(t)
	r := release{root: root, version: testVersion}
	if err := r.run(); err != nil {
		t.Fatal(err)
	}
	modules, err := findModules(root)
	if err != nil {
		t.Fatal(err)
	}
	proxy := t.TempDir()
	if err := writeProxy(root, proxy, testVersion, modules); err != nil {
		t.Fatal(err)
	}
	for _, m := range modules {
		if !m.public() {
			continue
		}
		program, ok := programs[m.path]
		if !ok {
			t.Errorf("no program imports module %s", m.path)
			continue
		}
		t.Run(m.folder, func(t *testing.T) {
			for _, u := range unwanted {
				if m.folder != "." && slices.Contains(m.requires, u) {
					t.Errorf("requires %s", u)
				}
			}
			importModule(t, proxy, t.TempDir(), m.path, program)
		})
	}
}

// importModule compiles a package in an empty folder. It has a module cache of its own, since the next run releases other
// content under the same version; other modules come from the user's cache.
func importModule(t *testing.T, proxy, cache, path, program string) {
	folder := t.TempDir()
	normal, err := output(".", "go", "env", "GOPROXY")
	if err != nil {
		t.Fatal(err)
	}
	published, err := output(".", "go", "env", "GOMODCACHE")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOMODCACHE", cache)
	t.Setenv("GOPROXY", "file://"+proxy+",file://"+filepath.Join(published, "cache", "download")+","+normal)
	t.Setenv("GOSUMDB", "off")
	t.Setenv("GONOPROXY", "none")
	t.Setenv("GOPRIVATE", "")
	t.Setenv("GOWORK", "off")
	t.Setenv("GOFLAGS", "-mod=mod -modcacherw -trimpath")
	if err := os.WriteFile(filepath.Join(folder, "importer.go"), []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	steps := [][]string{{"mod", "init", "example.com/importer"}, {"get", path + "@" + testVersion}, {"build", "."}}
	for _, args := range steps {
		if _, err := output(folder, "go", args...); err != nil {
			t.Fatal(err)
		}
	}
	deps, err := output(folder, "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}} {{.Version}}{{end}}", ".")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(deps, path+" "+testVersion) {
		t.Errorf("the program is not built from %s %s:\n%s", path, testVersion, deps)
	}
	for _, u := range unwanted {
		if strings.Contains(deps, u+" ") {
			t.Errorf("the program contains %s", u)
		}
	}
}

// TestRelease: each public module has a tag, whose go.mod requires the others at the same version; a dry run does nothing.
func TestRelease(t *testing.T) {
	root := copyRepository(t)
	state := func() string {
		t.Helper()
		s, err := output(root, "git", "log", "--oneline", "--decorate", "--all")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	before := state()
	if err := (&release{root: root, version: testVersion, dry: true}).run(); err != nil || state() != before {
		t.Errorf("a dry run: %v\n%s", err, state())
	}
	for _, bad := range []string{"0.9.1", "v2.0.0", "v0.9", "v0.09.1"} {
		if err := (&release{root: root, version: bad}).run(); err == nil || state() != before {
			t.Errorf("version %q: %v", bad, err)
		}
	}
	if err := (&release{root: root, version: testVersion}).run(); err != nil {
		t.Fatal(err)
	}
	tags, err := output(root, "git", "tag", "--list")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"client/adapters/gocachestore/", "client/nearcache/", "client/observe/cacheotel/", "client/observe/cacheprom/", ""}
	for i := range want {
		want[i] += testVersion
	}
	if got := strings.Fields(tags); !slices.Equal(got, want) {
		t.Errorf("tags %v, want %v", got, want)
	}
	mod, err := output(root, "git", "show", "client/observe/cacheotel/"+testVersion+":client/observe/cacheotel/go.mod")
	if err != nil || !strings.Contains(mod, "cachegopher/cachegopher "+testVersion) {
		t.Errorf("%v\n%s", err, mod)
	}
	if err := (&release{root: root, version: testVersion}).run(); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("the same version again: %v", err)
	}
	if err := os.WriteFile(filepath.Join(root, "README.md"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&release{root: root, version: "v0.9.2"}).run(); err == nil || !strings.Contains(err.Error(), "not committed") {
		t.Errorf("with changes: %v", err)
	}
}
